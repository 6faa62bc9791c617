//! A new password: for whoever knows the old one, and for nobody who merely sits at the keyboard.

use super::{overview, told};
use crate::{
    app::App,
    audit::{Asked, Event},
    login::{noted, onward},
    pages::{self, Visitor, signed_in::OwnForm},
    password,
    sign_in::usable_password,
    words::{Text, text},
};
use axum::{
    Extension,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use countersign_provider::{Clock, System};
use countersign_store::{Outcome, StoreError};
use serde::Deserialize;
use serde_json::json;

/// The form.
#[derive(Deserialize)]
pub(crate) struct Change {
    #[serde(default)]
    current: String,
    #[serde(default)]
    new: String,
    #[serde(default)]
    again: String,
}

/// Changes it, and ends every other session: whoever else knew the old one is out.
pub(crate) async fn change(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    OwnForm { session, headers, given }: OwnForm<Change>,
) -> Response {
    let refused = async |status, problem: Text, wait: Option<u64>| {
        overview::page(&app, &session, status, json!({ "problem": problem, "wait_seconds": wait })).await
    };
    if let Err(problem) = password::acceptable(&given.new, &given.again) {
        return refused(StatusCode::UNPROCESSABLE_ENTITY, problem, None).await;
    }
    let name = session.account.as_str();
    if let Err(wait) = app.throttle.attempt(name, visitor.0, System.now()) {
        let mut page = refused(StatusCode::TOO_MANY_REQUESTS, text("too-many-attempts"), Some(wait)).await;
        page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
        return page;
    }
    let account = match app.stores.rows.account(name).await {
        Ok(account) => account,
        Err(error) => return pages::error::store(&app, &error),
    };
    if !password::verify(given.current, account.and_then(|account| usable_password(&app, account))).await {
        let locks_out = app.throttle.failed(name, visitor.0);
        app.audit.wrong_password(Some(name), visitor.0, Asked::BeforeAChange, locks_out, System.now());
        return refused(StatusCode::UNAUTHORIZED, text("account-password-wrong"), None).await;
    }
    app.throttle.succeeded(name, visitor.0);
    let changed: Result<_, StoreError> = async {
        let hash = password::made(given.new).await;
        if app.stores.rows.set_password(name, &hash).await? == Outcome::Refused {
            return Err(StoreError::unavailable("the account is gone"));
        }
        app.audit.append(noted(name, visitor, Event::PasswordChanged));
        app.begin_only_session(&headers, visitor, name).await
    }
    .await;
    match changed {
        Ok(cookie) => {
            let answer = onward(&app, &format!("{}?told=password", overview::PATH), cookie);
            told::noted(&app, answer, "password")
        }
        Err(error) => pages::error::store(&app, &error),
    }
}
