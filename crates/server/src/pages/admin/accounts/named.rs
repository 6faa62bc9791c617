//! The account that a page is about.

use crate::{
    administration::accounts::find,
    app::App,
    pages::{
        OrPage, Refused,
        admin::{Administrator, Section, address, question::Question, refused::told_page},
        error::not_found,
        see,
    },
};
use axum::{
    extract::{FromRequestParts, Path},
    http::{StatusCode, request::Parts},
    response::Response,
};
use countersign_store::Account;

/// An account, named in the path with an `@`.
pub(super) struct Named(pub(super) Account);

impl FromRequestParts<App> for Named {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let nothing = || Refused::from(not_found(app));
        // Before it is looked up: only administrators learn which accounts there are.
        Administrator::from_request_parts(parts, app).await?;
        let Path(name) = Path::<String>::from_request_parts(parts, app).await.map_err(|_| nothing())?;
        let name = name.strip_prefix('@').ok_or_else(nothing)?;
        find(app, name).await.or_page(app).map(Self)
    }
}

/// What is asked before an act, by a page at `below`: its title, what comes of it, and the button that does it.
pub(super) fn question_on<'a>(
    account: &'a Account,
    below: &str,
    [title, told, button]: [&'static str; 3],
) -> Question<'a> {
    Question {
        section: Section::Accounts,
        title,
        called: None,
        name: &account.name,
        told,
        button,
        link: address::account(&account.name, below),
        back: address::account(&account.name, ""),
        hidden: None,
    }
}

/// To the account's page, which says what was done.
pub(super) fn to(app: &App, name: &str, told: &str) -> Response {
    see(&format!("{}{}?told={told}", app.base, address::account(name, "")))
}

/// That it is not the account of whoever asks.
///
/// # Errors
///
/// A page that says why not: nobody locks themselves out by a wrong click.
pub(super) fn another(app: &App, administrator: &Administrator, account: &Account) -> Result<(), Refused> {
    if administrator.0.account == account.name {
        return Err(told_page(app, StatusCode::CONFLICT, "admin-refused-own").into());
    }
    Ok(())
}
