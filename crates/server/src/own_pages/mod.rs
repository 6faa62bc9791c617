//! Sign-in and consent on pages of the operator's own, which answer through the administration's API.
//!
//! ```text
//!   authorize ─▶ challenge + cookie ─▶ the operator's page ─▶ their backend: accept | reject ─▶ continue ─▶ callback
//!    begin.rs     challenge.rs                                admin_api/challenges.rs           finish.rs
//! ```
//!
//! Two bindings make one browser of three visits: the cookie says that whoever continues is whoever began, and the way back,
//! which nobody but the backend is told, that it is whoever answered.

mod begin;
mod challenge;
mod finish;
mod way_back;

pub(crate) use finish::PATH;

use crate::{app::App, pages::error};
use axum::{Router, routing::get};
use countersign_core::ClientId;
use countersign_store::{ResourceOwner, StoreError};

/// The routes that take the place of the server's own consent page.
pub(crate) fn routes(authorize: &[&str]) -> Router<App> {
    let asking = authorize.iter().fold(Router::new(), |router, path| router.route(path, get(begin::begin)));
    // Whatever looks ahead with HEAD must not use up the answer.
    asking.route(PATH, get(finish::finish).head(error::method_not_allowed))
}

/// Why an owner may grant nothing to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Barred {
    /// The account of that name is disabled.
    Disabled,
    /// The client is another owner's alone.
    NotTheirs,
}

impl Barred {
    /// Looks whether it is so; an owner need not be an account.
    pub(crate) async fn look(
        app: &App,
        client: &ClientId,
        owner: &ResourceOwner,
    ) -> Result<Option<Self>, StoreError> {
        let account = app.stores.rows.account(owner.as_str()).await?;
        if account.is_some_and(|account| account.disabled) {
            return Ok(Some(Self::Disabled));
        }
        let profile = app.stores.rows.application(client).await?.map(|found| found.profile);
        let alone = profile.filter(|profile| profile.owner_only);
        Ok(alone.filter(|profile| profile.owner.as_deref() != Some(owner.as_str())).map(|_| Self::NotTheirs))
    }
}
