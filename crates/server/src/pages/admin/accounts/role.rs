//! The role of administrators, given and taken.

use super::named::{Named, another, question_on, to};
use crate::{
    administration::accounts::set_role,
    app::App,
    pages::{
        OrPage, Refused, Visitor,
        admin::{
            administrator::{Administrator, AdministratorForm},
            question::Question,
        },
        confirm::Confirmation,
        error::incomplete,
    },
};
use axum::{Extension, extract::State, http::StatusCode, response::Response};
use countersign_store::Account;
use serde::Deserialize;

/// Which it is to be: what whoever sent the form was asked about, whatever it is by now.
#[derive(Deserialize)]
pub(super) struct Role {
    #[serde(default)]
    admin: String,
    #[serde(flatten)]
    confirmation: Confirmation,
}

/// Asks whether it is meant.
pub(super) async fn question(
    State(app): State<App>,
    administrator: Administrator,
    Named(account): Named,
) -> Result<Response, Refused> {
    another(&app, &administrator, &account)?;
    asked(&account, !account.admin).ask(&app, &administrator, StatusCode::OK, None).await
}

/// Gives it, or takes it.
pub(super) async fn set(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Named(account): Named,
    AdministratorForm { administrator, given }: AdministratorForm<Role>,
) -> Result<Response, Refused> {
    another(&app, &administrator, &account)?;
    let admin = match given.admin.as_str() {
        "yes" => true,
        "no" => false,
        _ => return Err(incomplete(&app).into()),
    };
    asked(&account, admin).confirmed(&app, &administrator, visitor, given.confirmation).await?;
    set_role(&app, &administrator.actor(visitor), &account.name, admin).await.or_page(&app)?;
    Ok(to(&app, &account.name, if admin { "promoted" } else { "demoted" }))
}

fn asked(account: &Account, admin: bool) -> Question<'_> {
    let (words, value) = if admin {
        (["admin-promote-title", "admin-promote-told", "admin-promote-button"], "yes")
    } else {
        (["admin-demote-title", "admin-demote-told", "admin-account-take-role"], "no")
    };
    Question { hidden: Some(("admin", value)), ..question_on(account, "/role", words) }
}
