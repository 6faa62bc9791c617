//! Accounts disabled and enabled again.

use super::named::{Named, another, question_on, to};
use crate::{
    administration::accounts::{disable as disable_account, enable as enable_account},
    app::App,
    pages::{
        OrPage, Refused, Visitor,
        admin::{
            administrator::{Administrator, AdministratorForm},
            question::Question,
        },
        confirm::Confirmation,
    },
};
use axum::{Extension, extract::State, http::StatusCode, response::Response};
use countersign_store::Account;
use serde::Deserialize;

/// A form without fields of its own.
#[derive(Deserialize)]
pub(super) struct Nothing {}

/// Asks whether it is meant.
pub(super) async fn question(
    State(app): State<App>,
    administrator: Administrator,
    Named(account): Named,
) -> Result<Response, Refused> {
    another(&app, &administrator, &account)?;
    asked(&account).ask(&app, &administrator, StatusCode::OK, None).await
}

/// Disables it.
pub(super) async fn disable(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Named(account): Named,
    AdministratorForm { administrator, given }: AdministratorForm<Confirmation>,
) -> Result<Response, Refused> {
    another(&app, &administrator, &account)?;
    asked(&account).confirmed(&app, &administrator, visitor, given).await?;
    disable_account(&app, &administrator.actor(visitor), &account.name).await.or_page(&app)?;
    Ok(to(&app, &account.name, "disabled"))
}

/// Enables it.
pub(super) async fn enable(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Named(account): Named,
    AdministratorForm { administrator, .. }: AdministratorForm<Nothing>,
) -> Result<Response, Refused> {
    enable_account(&app, &administrator.actor(visitor), &account.name).await.or_page(&app)?;
    Ok(to(&app, &account.name, "enabled"))
}

fn asked(account: &Account) -> Question<'_> {
    question_on(account, "/disable", ["admin-disable-title", "admin-disable-told", "admin-account-disable"])
}
