//! Deleting an application, with all that was granted to it.

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
        signed_in,
    },
    session::Session,
    words::Text,
};
use axum::{Extension, extract::State, http::StatusCode, response::Response};
use countersign_store::{Application, Change, Outcome};
use serde_json::json;

/// Asks whether that is meant.
pub(super) async fn form(
    State(app): State<App>,
    Own { session, application }: Own,
) -> Result<Response, Refused> {
    page(&app, &session, &application, StatusCode::OK, None).await
}

/// Deletes it.
pub(super) async fn remove(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    SentOwn { own: Own { session, application }, fields }: SentOwn,
) -> Result<Response, Refused> {
    let id = &application.client.id;
    if let Err(wrong) = is_confirmed(&app, &session, visitor, fields.confirmation(), id.as_str()).await? {
        return page(&app, &session, &application, StatusCode::UNPROCESSABLE_ENTITY, Some(&wrong)).await;
    }
    // OK because it is gone, whoever removed it
    if app.stores.rows.remove_client(id).await.or_page(&app)? == Outcome::Done {
        app.stores.forget(&[Change::Client(id.clone())]);
        record(&app, Event::ApplicationRemoved, id, &session.account, visitor);
    }
    Ok(see(&app, "/developers"))
}

async fn page(
    app: &App,
    session: &Session,
    application: &Application,
    status: StatusCode,
    wrong: Option<&Text>,
) -> Result<Response, Refused> {
    let id = &application.client.id;
    let values = json!({
        "name": application.client.name,
        "id": id.as_str(),
        "link": address(id, ""),
        "has_password": has_password(app, session).await?,
        "wrong": wrong,
    });
    Ok(signed_in::page(app, session, status, "developers/delete.html", values))
}
