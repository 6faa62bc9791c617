//! A new password for somebody who has lost theirs.

use super::{
    choice::{Choice, Chosen},
    named::{Named, another, to},
};
use crate::{
    administration::accounts::set_password,
    app::App,
    pages::{
        OrPage, Refused, Visitor,
        admin::{
            Section, address,
            administrator::{Administrator, AdministratorForm},
            show as page, shown_once,
        },
        confirm::{Confirmation, has_password, is_confirmed},
    },
    password,
    words::Text,
};
use axum::{Extension, extract::State, http::StatusCode, response::Response};
use countersign_store::Account;
use serde::Deserialize;
use serde_json::json;

/// Which password, and the administrator's own.
#[derive(Deserialize)]
pub(super) struct New {
    #[serde(flatten)]
    choice: Choice,
    #[serde(flatten)]
    confirmation: Confirmation,
}

/// Asks which.
pub(super) async fn form(
    State(app): State<App>,
    administrator: Administrator,
    Named(account): Named,
) -> Result<Response, Refused> {
    another(&app, &administrator, &account)?;
    shown(&app, &administrator, &account, &Choice::fresh(), StatusCode::OK, None).await
}

/// Sets it, and ends the account's sessions.
pub(super) async fn set(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Named(account): Named,
    AdministratorForm { administrator, given }: AdministratorForm<New>,
) -> Result<Response, Refused> {
    another(&app, &administrator, &account)?;
    let New { choice, confirmation } = given;
    let chosen = match choice.made(&administrator.0) {
        Ok(chosen) => {
            is_confirmed(&app, &administrator.0, visitor, confirmation, &account.name).await?.map(|()| chosen)
        }
        Err(wrong) => Err(wrong),
    };
    let Chosen { password, is_random } = match chosen {
        Ok(chosen) => chosen,
        Err(wrong) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return shown(&app, &administrator, &account, &choice, status, Some(&wrong)).await;
        }
    };
    let hash = password::made(password.clone()).await;
    set_password(&app, &administrator.actor(visitor), &account.name, &hash).await.or_page(&app)?;
    if is_random {
        let link = address::account(&account.name, "");
        return Ok(shown_once(
            &app,
            &administrator,
            Section::Accounts,
            "admin-password-set-title",
            &account.name,
            &password,
            &link,
        ));
    }
    Ok(to(&app, &account.name, "password"))
}

async fn shown(
    app: &App,
    administrator: &Administrator,
    account: &Account,
    choice: &Choice,
    status: StatusCode,
    wrong: Option<&Text>,
) -> Result<Response, Refused> {
    let values = json!({
        "name": account.name,
        "link": address::account(&account.name, ""),
        "choice": choice,
        "wrong": wrong,
        "has_password": has_password(app, &administrator.0).await?,
    });
    Ok(page(app, administrator, Section::Accounts, status, "admin/password.html", values))
}
