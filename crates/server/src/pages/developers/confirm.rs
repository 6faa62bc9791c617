//! What cannot be undone asks for the password again.

use super::{Refused, sent::Fields};
use crate::{
    app::App,
    pages::{OrPage, Visitor},
    password,
    session::Session,
    sign_in::usable_password,
};
use countersign_core::ClientId;
use countersign_provider::{Clock, System};

/// Whether the account has a password that can be asked for.
pub(super) async fn has_password(app: &App, session: &Session) -> Result<bool, Refused> {
    let account = app.stores.rows.account(&session.account).await.or_page(app)?;
    Ok(account.and_then(|account| usable_password(app, account)).is_some())
}

/// Whether the form holds the account's password; of who signs in elsewhere, the application's identifier. Else, what is wrong.
///
/// # Security
///
/// Wrong ones count like those at sign-in: a session that somebody left open guesses no faster.
pub(super) async fn is_confirmed(
    app: &App,
    session: &Session,
    visitor: Visitor,
    fields: &Fields,
    id: &ClientId,
) -> Result<Result<(), String>, Refused> {
    let account = app.stores.rows.account(&session.account).await.or_page(app)?;
    let Some(hash) = account.and_then(|account| usable_password(app, account)) else {
        let typed = fields.text("identifier").trim() == id.as_str();
        return Ok(typed.then_some(()).ok_or_else(|| "That is not the application's identifier.".into()));
    };
    let (name, Visitor(from)) = (session.account.as_str(), visitor);
    if let Err(wait) = app.throttle.attempt(name, from, System.now()) {
        return Ok(Err(format!("Too many attempts. Try again in {wait} seconds.")));
    }
    if !password::verify(fields.text("password").into(), Some(hash)).await {
        return Ok(Err("The password is wrong.".into()));
    }
    app.throttle.succeeded(name, from);
    Ok(Ok(()))
}
