//! The account: its password, and where it is signed in.

use super::{identities, sessions, told::proven};
use crate::{
    app::App,
    pages::{
        self, PageQuery, Told,
        signed_in::{self, SignedIn},
    },
    session::Session,
    sign_in::usable_password,
};
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use countersign_store::StoreError;
use serde_json::{Value, json};

pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    PageQuery(Told { told }): PageQuery<Told>,
    headers: HeaderMap,
) -> Response {
    page(&app, &session, StatusCode::OK, json!({ "told": proven(&app, &headers, &told) })).await
}

/// The page with what else is to be said.
pub(super) async fn page(app: &App, session: &Session, status: StatusCode, said: Value) -> Response {
    match values(app, session, said).await {
        Ok(values) => signed_in::page(app, session, status, "account.html", values),
        Err(error) => pages::error::store(app, &error),
    }
}

async fn values(app: &App, session: &Session, mut said: Value) -> Result<Value, StoreError> {
    let account = app.stores.rows.account(&session.account).await?;
    said["has_password"] = account.and_then(|account| usable_password(app, account)).is_some().into();
    said["elsewhere"] = identities::values(app, session).await?;
    said["sessions"] = sessions::list(app, &session.account, session.name).await?.into();
    Ok(said)
}

pub(super) const PATH: &str = "/account";
