//! Where an account is signed in, and the end of that.

use super::{browser, overview::PATH, told};
use crate::{
    app::App,
    audit::Event,
    login::{noted, onward},
    pages::{self, Visitor, signed_in::OwnForm},
};
use axum::{Extension, extract::State, response::Response};
use countersign_core::Timestamp;
use countersign_provider::{Clock, System};
use countersign_store::{Outcome, SessionName, SessionRecord, StoreError};
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
                app.audit.append(noted(&session.account, visitor, Event::SessionsEnded));
                told::noted(&app, onward(&app, &format!("{PATH}?told=others"), cookie), "others")
            }
            Err(error) => pages::error::store(&app, &error),
        };
    }
    let Ok(name) = given.session.parse() else {
        return pages::error::incomplete(&app);
    };
    match app.stores.rows.end_session_named(&session.account, name).await {
        Ok(Outcome::Done) => {
            app.audit.append(noted(&session.account, visitor, Event::SessionEnded));
            told::to(&app, PATH, "ended")
        }
        Ok(Outcome::Refused) => told::to(&app, PATH, "gone"),
        Err(error) => pages::error::store(&app, &error),
    }
}

/// The sessions of an account, the newest first; no cookie can be made of what is told.
///
/// `own` is the session of whoever looks.
pub(in crate::pages) async fn list(
    app: &App,
    account: &str,
    own: SessionName,
) -> Result<Vec<Value>, StoreError> {
    let sessions = app.stores.rows.sessions_of(account, System.now()).await?;
    Ok(sessions.iter().map(|known| told_of(known, own)).collect())
}

fn told_of(known: &SessionRecord, own: SessionName) -> Value {
    json!({
        "name": known.name().to_string(),
        "own": known.name() == own,
        "created": known.created.seconds(),
        "last_seen": known.last_seen.max(known.created).seconds(),
        "expires": Timestamp::seconds(known.expires),
        "address": known.address,
        "browser": known.user_agent.as_deref().map(browser::named),
    })
}
