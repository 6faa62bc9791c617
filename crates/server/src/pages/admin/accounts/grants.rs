//! What an account granted, taken back.

use super::named::{Named, to};
use crate::{
    administration::tokens,
    app::App,
    pages::{OrPage, Refused, Visitor, admin::administrator::AdministratorForm, error::incomplete},
};
use axum::{Extension, extract::State, response::Response};
use countersign_store::{Page, ResourceOwner};
use serde::Deserialize;

/// Which, by its number.
#[derive(Deserialize)]
pub(super) struct Ended {
    #[serde(default)]
    grant: String,
}

/// Revokes one. What has ended already and what another account granted are answered alike.
pub(super) async fn revoke(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Named(account): Named,
    AdministratorForm { administrator, given }: AdministratorForm<Ended>,
) -> Result<Response, Refused> {
    let Ok(record) = given.grant.parse::<i64>() else {
        return Err(incomplete(&app).into());
    };
    let owner = ResourceOwner::from(account.name.as_str());
    let page = Page { limit: 1, before: record.checked_add(1) };
    let found = app.stores.rows.tokens(None, Some(&owner), page).await.or_page(&app)?;
    let Some(stored) = found.into_iter().find(|stored| stored.record == record) else {
        return Ok(to(&app, &account.name, "gone"));
    };
    tokens::end(&app, &administrator.actor(visitor), &stored.token).await.or_page(&app)?;
    Ok(to(&app, &account.name, "revoked"))
}
