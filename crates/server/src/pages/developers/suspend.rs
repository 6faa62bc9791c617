//! Suspending an application for a while, and letting it go on: what its owner suspended, and nothing else.

use super::{
    Refused, address, record, see,
    sent::{Own, SentOwn},
};
use crate::{
    app::App,
    audit::Event,
    pages::{OrPage, Visitor, error::page_error, signed_in},
    session::Session,
};
use axum::{Extension, extract::State, http::StatusCode, response::Response};
use countersign_store::{
    Application, Change,
    ClientStatus::{self, Active, Suspended},
    Edit,
};
use serde_json::json;

/// Asks whether that is meant.
pub(super) async fn form(
    State(app): State<App>,
    Own { session, application }: Own,
) -> Result<Response, Refused> {
    if application.client.status != Active {
        return Err(meanwhile(&app));
    }
    Ok(page(&app, &session, &application))
}

/// Suspends it. That harms nobody who could not remove it as well, so no password is asked for.
pub(super) async fn suspend(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    SentOwn { own, .. }: SentOwn,
) -> Result<Response, Refused> {
    if own.application.client.status != Active {
        return Err(meanwhile(&app));
    }
    change(&app, own, visitor, Suspended, Event::ApplicationSuspended).await
}

/// Lets it go on.
///
/// # Security
///
/// What an operator suspended stays suspended. Guarded by the revision that was read: an operator who suspends it at the same
/// moment is not overruled.
pub(super) async fn resume(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    SentOwn { own, .. }: SentOwn,
) -> Result<Response, Refused> {
    if own.application.client.status != Suspended {
        return Err(meanwhile(&app));
    }
    if !own.application.profile.suspended_by_owner {
        return Err(page_error(&app, StatusCode::FORBIDDEN, "suspend-by-operator").into());
    }
    change(&app, own, visitor, Active, Event::ApplicationResumed).await
}

async fn change(
    app: &App,
    Own { session, mut application }: Own,
    visitor: Visitor,
    status: ClientStatus,
    event: Event,
) -> Result<Response, Refused> {
    application.client.status = status;
    application.profile.suspended_by_owner = status == Suspended;
    let id = &application.client.id;
    match app.stores.rows.update_application(&application).await.or_page(app)? {
        Edit::Done => {
            app.stores.forget(&[Change::Client(id.clone())]);
            record(app, event, id, &session.account, visitor);
            Ok(see(app, &address(id, "")))
        }
        Edit::Stale => Err(meanwhile(app)),
        Edit::Absent => Err(crate::pages::error::not_found(app).into()),
    }
}

fn meanwhile(app: &App) -> Refused {
    page_error(app, StatusCode::CONFLICT, "suspend-meanwhile").into()
}

fn page(app: &App, session: &Session, application: &Application) -> Response {
    let values = json!({
        "name": application.client.name,
        "link": address(&application.client.id, ""),
    });
    signed_in::page(app, session, StatusCode::OK, "developers/suspend.html", values)
}
