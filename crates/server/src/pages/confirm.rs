//! What cannot be undone asks for the password again.

use super::{OrPage, Refused, Visitor, error::too_many};
use crate::{
    app::App,
    audit::Asked,
    password,
    session::Session,
    sign_in::usable_password,
    words::{Text, text},
};
use countersign_provider::{Clock, System};
use serde::Deserialize;

/// What a form holds to confirm it: the fields of `templates/confirm.html`.
#[derive(Deserialize)]
pub(crate) struct Confirmation {
    #[serde(default)]
    pub(crate) password: String,
    /// The name of what it is about, typed.
    #[serde(default)]
    pub(crate) named: String,
}

/// Whether the account has a password that can be asked for.
pub(crate) async fn has_password(app: &App, session: &Session) -> Result<bool, Refused> {
    let account = app.stores.rows.account(&session.account).await.or_page(app)?;
    Ok(account.and_then(|account| usable_password(app, account)).is_some())
}

/// Whether the form holds the account's password; of who signs in elsewhere, the name of what it is about. Else, what is wrong.
///
/// # Security
///
/// Wrong ones count like those at sign-in: a session that somebody left open guesses no faster.
pub(crate) async fn is_confirmed(
    app: &App,
    session: &Session,
    visitor: Visitor,
    given: Confirmation,
    name: &str,
) -> Result<Result<(), Text>, Refused> {
    let account = app.stores.rows.account(&session.account).await.or_page(app)?;
    let Some(hash) = account.and_then(|account| usable_password(app, account)) else {
        let typed = given.named.trim() == name;
        return Ok(typed.then_some(()).ok_or_else(|| text("confirm-wrong-id")));
    };
    let (account, Visitor(from)) = (session.account.as_str(), visitor);
    if let Err(wait) = app.throttle.attempt(account, from, System.now()) {
        return Ok(Err(too_many(wait)));
    }
    if !password::verify(given.password, Some(hash)).await {
        let locks_out = app.throttle.failed(account, from);
        app.audit.wrong_password(Some(account), from, Asked::BeforeAChange, locks_out, System.now());
        return Ok(Err(text("confirm-wrong-password")));
    }
    app.throttle.succeeded(account, from);
    Ok(Ok(()))
}
