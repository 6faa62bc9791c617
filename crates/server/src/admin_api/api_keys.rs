//! `/api-keys`: what programs call this API with, made by programs: never more than they are themselves.

use super::{
    caller::{Caller, May},
    creation::{Creation, Made},
    input::{Asked, Named},
    key,
    page::{self, Listed},
    problem::Problem,
    scope::{ApiKeysRead, ApiKeysWrite, Scope},
    text,
};
use crate::{app::App, audit::Event, check, span};
use axum::{Json, extract::State, http::StatusCode, response::Response};
use countersign_core::Timestamp;
use countersign_provider::{Clock, System};
use countersign_store::{AdminStore, ApiKey, AuditEntry, Outcome, StoreError, StoredApiKey};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A key, without the key.
#[derive(Deserialize, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(crate) struct Shown {
    /// Its number: the audit log names it.
    pub(crate) number: i64,
    /// What it is for.
    pub(crate) name: String,
    /// It works only while this account is an enabled administrator's; null for nobody's in particular.
    pub(crate) account: Option<String>,
    pub(crate) scopes: Vec<String>,
    /// `active`, `expired` or `revoked`.
    pub(crate) status: String,
    /// In Unix seconds.
    pub(crate) created: u64,
    /// In Unix seconds; null for never.
    pub(crate) expires: Option<u64>,
    /// In Unix seconds; to the minute.
    pub(crate) last_used: Option<u64>,
}

/// Which keys to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Of this account.
    account: Option<String>,
    /// How many: 50 by default.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A key to make.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewApiKey)]
pub(crate) struct New {
    /// What it is for.
    #[schema(min_length = 1, max_length = 100, example = "Backup")]
    pub(crate) name: String,
    /// What it allows: what the key that asks allows, or less.
    #[schema(min_items = 1, max_items = 50, example = json!(["accounts:read"]))]
    pub(crate) scopes: Vec<String>,
    /// When it ends, in Unix seconds; null for never. It never lasts longer than the key that asks.
    pub(crate) expires: Option<u64>,
    /// Only while this account is an administrator's and enabled; that of the key that asks, where that has one.
    pub(crate) account: Option<String>,
}

/// A made key.
#[derive(Deserialize, Serialize, ToSchema)]
#[schema(as = MadeApiKey)]
pub(crate) struct MadeKey {
    /// Its number.
    pub(crate) number: i64,
    /// Shown this once.
    pub(crate) api_key: String,
    /// When it ends, in Unix seconds; null for never.
    pub(crate) expires: Option<u64>,
    /// What a person should know of it.
    pub(crate) warnings: Vec<String>,
}

/// Lists keys, the newest first; never the keys themselves.
#[utoipa::path(get, path = "/api-keys", tag = "api-keys", params(Filter),
    responses((status = 200, body = Listed<Shown>)), security(("api_key" = ["api_keys:read"])))]
pub(super) async fn list_api_keys(
    State(app): State<App>,
    _: May<ApiKeysRead>,
    Asked(asked): Asked<Filter>,
) -> Result<Json<Listed<Shown>>, Problem> {
    let limit = page::limit(asked.limit)?;
    let account = text::filter("account", asked.account)?;
    let page = page::rows(LIST, asked.cursor.as_deref(), limit)?;
    let (found, now) = (app.stores.rows.api_keys(account.as_deref(), page).await?, System.now());
    Ok(Json(Listed::of(LIST, limit, found, |one| one.record.to_string(), |one| Shown::of(one, now))))
}

/// Makes a key; it is shown once, here.
#[utoipa::path(post, path = "/api-keys", tag = "api-keys", request_body = New,
    params(("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again, it is answered the same.")),
    responses((status = 201, body = MadeKey, headers(("Location" = String)))), security(("api_key" = ["api_keys:write"])))]
pub(super) async fn create_api_key(
    State(app): State<App>,
    May { caller, .. }: May<ApiKeysWrite>,
    new: Creation<New>,
) -> Result<Response, Problem> {
    new.once(&app, |new| create(app.clone(), caller, new)).await
}

/// # Security
///
/// A key that could give what it has not could give itself everything, and one that could outlast itself would never end.
async fn create(app: App, caller: Caller, mut new: New) -> Result<Made, Problem> {
    new.check().map_err(|(field, told)| Problem::invalid(field, told))?;
    if let Some(scope) = new.scopes.iter().find(|scope| !caller.scopes.contains(scope)) {
        let told = format!("this key lacks the scope {scope}, and gives no other key more than it has");
        return Err(Problem::new(StatusCode::FORBIDDEN, told).about("scopes"));
    }
    match (&caller.account, &new.account) {
        (Some(own), Some(other)) if own != other => {
            let told = "this key is an account's, and makes keys of that account alone";
            return Err(Problem::new(StatusCode::FORBIDDEN, told).about("account"));
        }
        (Some(own), None) => new.account = Some(own.clone()),
        _ => {}
    }
    if let Some(name) = &new.account {
        administrator(&*app.stores.rows, name).await?.map_err(|told| Problem::invalid("account", told))?;
    }
    let ends = caller.expires.map(Timestamp::seconds);
    let is_cut = ends.is_some_and(|ends| new.expires.is_none_or(|expires| expires > ends));
    if is_cut {
        new.expires = ends;
    }
    let mut made = new.make(&*app.stores.rows).await?;
    made.warnings.extend(is_cut.then(|| "it ends when the key ends that made it".to_owned()));
    let detail = Some(recorded(made.number, Some(&new)));
    app.audit.append(AuditEntry { detail, ..caller.did(Event::ApiKeyAdded) });
    let location = format!("{}{}/api-keys/{}", app.base, super::ROOT, made.number);
    Ok(Made::new(location, None, &made))
}

/// Whether the account may administrate; else what is wrong with it.
pub(crate) async fn administrator(
    rows: &dyn AdminStore,
    name: &str,
) -> Result<Result<(), String>, StoreError> {
    if check::account_name(name).is_err() {
        return Ok(Err("there is no such account".into()));
    }
    Ok(match rows.account(name).await? {
        Some(account) if account.admin && !account.disabled => Ok(()),
        Some(_) => Err(format!("{name} is no administrator who may sign in")),
        None => Err(format!("there is no account {name}: `countersign user list` lists them")),
    })
}

impl New {
    /// That it can be made; else the field, and what is wrong with it.
    pub(crate) fn check(&mut self) -> Result<(), (&'static str, String)> {
        check::client_name(&self.name).map_err(|error| ("name", error.to_string()))?;
        if self.name.len() > LONGEST_NAME {
            return Err(("name", format!("a name is {LONGEST_NAME} bytes at most")));
        }
        if !(1..=50).contains(&self.scopes.len()) {
            return Err(("scopes", "1 to 50 scopes".into()));
        }
        if let Some(unknown) = self.scopes.iter().find_map(|scope| scope.parse::<Scope>().err()) {
            return Err(("scopes", unknown.to_string()));
        }
        self.scopes = check::unique(&self.scopes);
        let now = System.now();
        let lasts = now.seconds()..=now.plus(span::LONGEST).seconds();
        if self.expires.is_some_and(|expires| !lasts.contains(&expires)) {
            return Err(("expires", "from now on, and within 10 years; or null for never".into()));
        }
        Ok(())
    }

    /// Makes what was checked.
    pub(crate) async fn make(&self, rows: &dyn AdminStore) -> Result<MadeKey, StoreError> {
        let key = key::new();
        let record = ApiKey {
            hash: key::hash(key.expose()),
            name: self.name.clone(),
            account: self.account.clone(),
            scopes: self.scopes.clone(),
            created: System.now(),
            expires: self.expires.map(Timestamp::from_seconds),
        };
        let number = rows.add_api_key(&record).await?;
        Ok(MadeKey { number, api_key: key.expose().into(), expires: self.expires, warnings: Vec::new() })
    }
}

/// Revokes a key, for good; it may be the one that asks.
#[utoipa::path(delete, path = "/api-keys/{number}", tag = "api-keys", params(("number" = i64, Path)),
    responses((status = 204)), security(("api_key" = ["api_keys:write"])))]
pub(super) async fn revoke_api_key(
    State(app): State<App>,
    May { caller, .. }: May<ApiKeysWrite>,
    Named(number): Named<i64>,
) -> Result<StatusCode, Problem> {
    if app.stores.rows.revoke_api_key(number, System.now()).await? == Outcome::Refused {
        return Err(Problem::absent());
    }
    let detail = Some(recorded(number, None));
    app.audit.append(AuditEntry { detail, ..caller.did(Event::ApiKeyRevoked) });
    Ok(StatusCode::NO_CONTENT)
}

/// What the audit log says of a key: what it may, where it was made.
pub(crate) fn recorded(number: i64, made: Option<&New>) -> String {
    match made {
        Some(key) => format!("API key {number} ({}): {}", key.name, key.scopes.join(" ")),
        None => format!("API key {number}"),
    }
}

impl Shown {
    pub(crate) fn of(stored: StoredApiKey, now: Timestamp) -> Self {
        let StoredApiKey { record, key, last_used, revoked } = stored;
        let status = match (revoked, key.expires) {
            (Some(_), _) => "revoked",
            (None, Some(end)) if end <= now => "expired",
            _ => "active",
        };
        Self {
            number: record,
            name: key.name,
            account: key.account,
            scopes: key.scopes,
            status: status.into(),
            created: key.created.seconds(),
            expires: key.expires.map(Timestamp::seconds),
            last_used: last_used.map(Timestamp::seconds),
        }
    }
}

const LIST: &str = "api-keys";
/// Bytes: the audit log holds it in each event.
const LONGEST_NAME: usize = 100;
