//! Where an account is signed in, and the end of that.

use super::{browser, overview};
use crate::{
    app::App,
    login::onward,
    pages::{self, Visitor, error::page_error, see, signed_in::OwnForm},
    session::Session,
};
use axum::{Extension, extract::State, http::StatusCode, response::Response};
use countersign_core::Timestamp;
use countersign_provider::{Clock, System};
use countersign_store::{AuditEntry, Outcome, SessionRecord, StoreError};
use serde::Deserialize;
use serde_json::{Value, json};

/// Which session is to end, by its name, or all but the one that asks.
#[derive(Deserialize)]
pub(crate) struct Ended {
    #[serde(default)]
    session: String,
    #[serde(default)]
    others: String,
}

/// Ends sessions of the one who asks. What had ended already, and what was never theirs, are answered alike.
pub(crate) async fn end(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    OwnForm { session, headers, given }: OwnForm<Ended>,
) -> Response {
    if !given.others.is_empty() {
        let begun = app.begin_only_session(&headers, visitor, &session.account).await;
        return match begun {
            Ok(cookie) => {
                app.audit.append(noted(&session, visitor, "sessions_ended"));
                onward(&app, &told("others"), cookie)
            }
            Err(error) => pages::error::store(&app, &error),
        };
    }
    let Ok(name) = given.session.parse() else {
        return page_error(&app, StatusCode::BAD_REQUEST, "error-form-incomplete");
    };
    match app.stores.rows.end_session_named(&session.account, name).await {
        Ok(Outcome::Done) => {
            app.audit.append(noted(&session, visitor, "session_ended"));
            see(&[&app.base, &*told("ended")].concat())
        }
        Ok(Outcome::Refused) => see(&[&app.base, &*told("gone")].concat()),
        Err(error) => pages::error::store(&app, &error),
    }
}

fn told(what: &str) -> String {
    format!("{}?told={what}", overview::PATH)
}

/// An event that an owner is told of when they ask who did what.
pub(super) fn noted(session: &Session, Visitor(address): Visitor, event: &str) -> AuditEntry {
    AuditEntry {
        owner: Some(session.account.as_str().into()),
        address: address.map(|address| address.to_string()),
        ..AuditEntry::new(System.now(), event)
    }
}

/// The sessions of whoever asks, the newest first; no cookie can be made of what is told.
pub(super) async fn list(app: &App, session: &Session) -> Result<Vec<Value>, StoreError> {
    let sessions = app.stores.rows.sessions_of(&session.account, System.now()).await?;
    Ok(sessions.iter().take(SHOWN).map(|known| told_of(known, session)).collect())
}

fn told_of(known: &SessionRecord, session: &Session) -> Value {
    json!({
        "name": known.name().to_string(),
        "own": known.name() == session.name,
        "created": known.created.seconds(),
        "last_seen": known.last_seen.max(known.created).seconds(),
        "expires": Timestamp::seconds(known.expires),
        "address": known.address,
        "browser": known.user_agent.as_deref().map(browser::named),
    })
}

/// How many are shown; with all others something can be done at once.
const SHOWN: usize = 100;
