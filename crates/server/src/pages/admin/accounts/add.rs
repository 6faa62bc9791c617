//! An account made for somebody.

use super::{
    choice::{Choice, Chosen},
    named::to,
};
use crate::{
    administration::accounts,
    app::App,
    names,
    pages::{
        OrPage, Refused, Visitor,
        admin::{
            Section, address,
            administrator::{Administrator, AdministratorForm},
            show as page, shown_once,
        },
    },
    password,
    words::{Text, text},
};
use axum::{Extension, extract::State, http::StatusCode, response::Response};
use countersign_provider::{Clock, System};
use countersign_store::Account;
use serde::Deserialize;
use serde_json::json;

/// The form. The role is given on the account's page, where it is asked for once more.
#[derive(Deserialize)]
pub(super) struct New {
    #[serde(default)]
    name: String,
    #[serde(flatten)]
    choice: Choice,
}

/// The empty form.
pub(super) async fn form(State(app): State<App>, administrator: Administrator) -> Response {
    shown(&app, &administrator, "", &Choice::fresh(), StatusCode::OK, None)
}

/// Makes it.
pub(super) async fn add(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    AdministratorForm { administrator, given: New { name, choice } }: AdministratorForm<New>,
) -> Result<Response, Refused> {
    let refused = |status, wrong: &Text| shown(&app, &administrator, &name, &choice, status, Some(wrong));
    if let Err(rule) = names::honest(&name) {
        return Ok(refused(StatusCode::UNPROCESSABLE_ENTITY, &rule.in_words()));
    }
    let Chosen { password, is_random } = match choice.made(&administrator.0) {
        Ok(chosen) => chosen,
        Err(wrong) => return Ok(refused(StatusCode::UNPROCESSABLE_ENTITY, &wrong)),
    };
    if app.stores.rows.account(&name).await.or_page(&app)?.is_some() {
        return Ok(refused(StatusCode::CONFLICT, &text("admin-account-taken")));
    }
    let password_hash = Some(password::made(password.clone()).await);
    let account = Account { name, password_hash, admin: false, disabled: false, created: System.now() };
    accounts::add(&app, &administrator.actor(visitor), &account).await.or_page(&app)?;
    if is_random {
        let link = address::account(&account.name, "");
        return Ok(shown_once(
            &app,
            &administrator,
            Section::Accounts,
            "admin-account-added-title",
            &account.name,
            &password,
            &link,
        ));
    }
    Ok(to(&app, &account.name, "added"))
}

fn shown(
    app: &App,
    administrator: &Administrator,
    name: &str,
    choice: &Choice,
    status: StatusCode,
    wrong: Option<&Text>,
) -> Response {
    let values = json!({ "name": name, "choice": choice, "wrong": wrong });
    page(app, administrator, Section::Accounts, status, "admin/new_account.html", values)
}
