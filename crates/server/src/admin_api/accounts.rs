//! `/accounts`: resource owners and administrators.

use super::{
    caller::{Caller, May},
    creation::{Creation, Made},
    input::{Asked, Given, Named},
    page::{self, Listed},
    problem::Problem,
    scope::{AccountsRead, AccountsWrite},
    text,
};
use crate::{administration::accounts, app::App, check, password};
use axum::{Json, extract::State, response::Response};
use countersign_core::{Secret, percent};
use countersign_provider::{Clock, System};
use countersign_store::{Account, AccountFilter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// An account.
#[derive(Deserialize, Serialize, ToSchema)]
#[schema(as = Account)]
pub(crate) struct Shown {
    #[schema(example = "jane")]
    pub(crate) name: String,
    /// Whether it may administrate.
    pub(crate) admin: bool,
    pub(crate) disabled: bool,
    /// Whether it has a password; `[sign_in] password` says whether one may sign in by it.
    pub(crate) has_password: bool,
    /// When it was made, in Unix seconds.
    pub(crate) created: u64,
}

/// Which accounts to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// With this in their name.
    name: Option<String>,
    admin: Option<bool>,
    disabled: Option<bool>,
    /// How many: 50 by default.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// An account to make.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAccount)]
pub(crate) struct New {
    /// As it is typed at sign-in.
    #[schema(min_length = 1, max_length = 255, example = "jane")]
    pub(crate) name: String,
    /// 8 characters or more; left out for an account that signs in by other means.
    #[schema(min_length = 8, max_length = 1000, example = "correct horse battery staple")]
    pub(crate) password: Option<String>,
    /// Whether it may administrate.
    #[serde(default)]
    pub(crate) admin: bool,
}

/// Whether an account may administrate.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Role {
    admin: bool,
}

/// A password to set.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPassword {
    /// 8 characters or more.
    #[schema(min_length = 8, max_length = 1000, example = "correct horse battery staple")]
    pub(crate) password: String,
}

/// Lists accounts by name.
#[utoipa::path(get, path = "/accounts", tag = "accounts", params(Filter),
    responses((status = 200, body = Listed<Shown>)), security(("api_key" = ["accounts:read"])))]
pub(super) async fn list_accounts(
    State(app): State<App>,
    _: May<AccountsRead>,
    Asked(asked): Asked<Filter>,
) -> Result<Json<Listed<Shown>>, Problem> {
    let limit = page::limit(asked.limit)?;
    let after = asked.cursor.as_deref().map(|cursor| page::place(LIST, cursor)).transpose()?;
    let name = text::filter("name", asked.name)?;
    let filter = AccountFilter { name, admin: asked.admin, disabled: asked.disabled };
    let found = app.stores.rows.accounts_page(&filter, after.as_deref(), limit + 1).await?;
    Ok(Json(Listed::of(LIST, limit, found, |account| account.name.clone(), Shown::of)))
}

/// Makes an account.
#[utoipa::path(post, path = "/accounts", tag = "accounts", request_body = New,
    params(("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again, it is answered the same.")),
    responses((status = 201, body = Shown, headers(("Location" = String)))), security(("api_key" = ["accounts:write"])))]
pub(super) async fn create_account(
    State(app): State<App>,
    May { caller, .. }: May<AccountsWrite>,
    new: Creation<New>,
) -> Result<Response, Problem> {
    new.once(&app, |new| create(app.clone(), caller, new)).await
}

async fn create(app: App, caller: Caller, new: New) -> Result<Made, Problem> {
    text::checked("name", check::new_account_name(&new.name))?;
    // Before a password is hashed in vain.
    if app.stores.rows.account(&new.name).await?.is_some() {
        return Err(Problem::conflict(format!("there is an account {} already", new.name)).about("name"));
    }
    let password_hash = match new.password {
        Some(password) => Some(hashed(password).await?),
        None => None,
    };
    let created = System.now();
    let account = Account { name: new.name, password_hash, admin: new.admin, disabled: false, created };
    accounts::add(&app, &caller.actor(), &account).await?;
    let location = format!("{}{}/accounts/{}", app.base, super::ROOT, percent::encode(&account.name));
    Ok(Made::new(location, None, &Shown::of(account)))
}

async fn hashed(password: String) -> Result<Secret, Problem> {
    let length = password.chars().count();
    if !(password::SHORTEST..=1000).contains(&length) {
        return Err(Problem::invalid("password", "a password has 8 to 1000 characters"));
    }
    Ok(password::made(password).await)
}

/// Shows an account.
#[utoipa::path(get, path = "/accounts/{name}", tag = "accounts", params(("name" = String, Path)),
    responses((status = 200, body = Shown)), security(("api_key" = ["accounts:read"])))]
pub(super) async fn get_account(
    State(app): State<App>,
    _: May<AccountsRead>,
    Named(name): Named<String>,
) -> Result<Json<Shown>, Problem> {
    shown(&app, &name).await
}

/// Disables an account: its sessions end, its tokens are refused.
#[utoipa::path(post, path = "/accounts/{name}/disable", tag = "accounts", params(("name" = String, Path)),
    responses((status = 200, body = Shown)), security(("api_key" = ["accounts:write"])))]
pub(super) async fn disable_account(
    State(app): State<App>,
    May { caller, .. }: May<AccountsWrite>,
    Named(name): Named<String>,
) -> Result<Json<Shown>, Problem> {
    accounts::disable(&app, &caller.actor(), &name).await?;
    shown(&app, &name).await
}

/// Enables a disabled account again.
#[utoipa::path(post, path = "/accounts/{name}/enable", tag = "accounts", params(("name" = String, Path)),
    responses((status = 200, body = Shown)), security(("api_key" = ["accounts:write"])))]
pub(super) async fn enable_account(
    State(app): State<App>,
    May { caller, .. }: May<AccountsWrite>,
    Named(name): Named<String>,
) -> Result<Json<Shown>, Problem> {
    accounts::enable(&app, &caller.actor(), &name).await?;
    shown(&app, &name).await
}

/// Makes an account an administrator's, or takes that away.
#[utoipa::path(put, path = "/accounts/{name}/role", tag = "accounts", params(("name" = String, Path)), request_body = Role,
    responses((status = 200, body = Shown)), security(("api_key" = ["accounts:write"])))]
pub(super) async fn set_role(
    State(app): State<App>,
    May { caller, .. }: May<AccountsWrite>,
    Named(name): Named<String>,
    Given(Role { admin }): Given<Role>,
) -> Result<Json<Shown>, Problem> {
    accounts::set_role(&app, &caller.actor(), &name, admin).await?;
    shown(&app, &name).await
}

/// Sets the password of an account, and ends its sessions: whoever knew the old one is out.
#[utoipa::path(put, path = "/accounts/{name}/password", tag = "accounts", params(("name" = String, Path)), request_body = NewPassword,
    responses((status = 200, body = Shown)), security(("api_key" = ["accounts:write"])))]
pub(super) async fn set_password(
    State(app): State<App>,
    May { caller, .. }: May<AccountsWrite>,
    Named(name): Named<String>,
    Given(NewPassword { password }): Given<NewPassword>,
) -> Result<Json<Shown>, Problem> {
    // Before a password is hashed in vain.
    accounts::find(&app, &name).await?;
    let hash = hashed(password).await?;
    accounts::set_password(&app, &caller.actor(), &name, &hash).await?;
    shown(&app, &name).await
}

async fn shown(app: &App, name: &str) -> Result<Json<Shown>, Problem> {
    Ok(Json(Shown::of(accounts::find(app, name).await?)))
}

impl Shown {
    pub(crate) fn of(account: Account) -> Self {
        Self {
            name: account.name,
            admin: account.admin,
            disabled: account.disabled,
            has_password: account.password_hash.is_some(),
            created: account.created.seconds(),
        }
    }
}

const LIST: &str = "accounts";
