//! Giving an application to another account.

use super::{
    Refused, address, record, see,
    sent::{Own, SentOwn},
};
use crate::{
    app::App,
    audit::Event,
    pages::{
        OrPage, Visitor,
        confirm::{has_password, is_confirmed},
        error::page_error,
        signed_in,
    },
    session::Session,
    words::{Text, text},
};
use axum::{Extension, extract::State, http::StatusCode, response::Response};
use countersign_store::{Application, Outcome};
use serde_json::json;

/// Asks to whom.
pub(super) async fn form(
    State(app): State<App>,
    Own { session, application }: Own,
) -> Result<Response, Refused> {
    transferable(&app, &application)?;
    page(&app, &session, &application, "", StatusCode::OK, None).await
}

/// Gives it away.
///
/// # Security
///
/// Which accounts there are is told to nobody who has not confirmed with a password of their own first.
pub(super) async fn give(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    SentOwn { own: Own { session, application }, fields }: SentOwn,
) -> Result<Response, Refused> {
    transferable(&app, &application)?;
    let (id, to) = (&application.client.id, fields.text("to").trim());
    let mut wrong = is_confirmed(&app, &session, visitor, fields.confirmation(), id.as_str()).await?.err();
    if wrong.is_none() {
        let given =
            app.stores.rows.transfer_application(id, Some(&session.account), to).await.or_page(&app)?;
        if given == Outcome::Done {
            record(&app, Event::ApplicationTransferred, id, &session.account);
            return Ok(see(&app, "/developers"));
        }
        wrong = Some(text("transfer-refused"));
    }
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    page(&app, &session, &application, to, status, wrong.as_ref()).await
}

/// What was approved by nobody because it is its owner's alone stays its owner's.
fn transferable(app: &App, application: &Application) -> Result<(), Refused> {
    if application.profile.owner_only {
        return Err(page_error(app, StatusCode::CONFLICT, "transfer-own").into());
    }
    Ok(())
}

async fn page(
    app: &App,
    session: &Session,
    application: &Application,
    to: &str,
    status: StatusCode,
    wrong: Option<&Text>,
) -> Result<Response, Refused> {
    let id = &application.client.id;
    let values = json!({
        "name": application.client.name,
        "id": id.as_str(),
        "link": address(id, ""),
        "to": to,
        "has_password": has_password(app, session).await?,
        "wrong": wrong,
    });
    Ok(signed_in::page(app, session, status, "developers/transfer.html", values))
}
