//! `/tokens`: token credentials.

use super::{
    caller::{Caller, May},
    creation::{Creation, Made},
    input::{Asked, Named},
    page::{self, Listed},
    problem::Problem,
    scope::{TokensRead, TokensWrite},
    text,
};
use crate::{administration::tokens, app::App, audit::Event, check};
use axum::{Json, extract::State, http::StatusCode, response::Response};
use countersign_core::{ClientId, Timestamp, TokenId, percent};
use countersign_provider::{Clock, System, token};
use countersign_store::{
    AdminStore, Application, Page, ResourceOwner, StoredToken, TokenRecord, TokenStatus, TokenStore,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Token credentials, without their secret.
#[derive(Deserialize, Serialize, ToSchema)]
#[schema(as = Token)]
pub(crate) struct Shown {
    /// The number of their record, by which the audit log names them.
    pub(crate) record: i64,
    /// Their identifier (`oauth_token`).
    pub(crate) token: String,
    pub(crate) client_id: String,
    /// The account on whose behalf they are used.
    pub(crate) owner: String,
    pub(crate) scopes: Vec<String>,
    /// `active` or `revoked`.
    pub(crate) status: String,
    /// In Unix seconds.
    pub(crate) issued: u64,
    /// In Unix seconds; null for never.
    pub(crate) expires: Option<u64>,
    /// In Unix seconds; coarse.
    pub(crate) last_used: Option<u64>,
}

/// Which token credentials to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Of this application.
    client: Option<String>,
    /// Of this account.
    owner: Option<String>,
    /// How many: 50 by default.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Token credentials to issue without the dance.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewToken)]
pub(crate) struct New {
    /// Who may use them.
    pub(crate) client_id: String,
    /// On whose behalf: of an application for its owner alone, that one.
    pub(crate) owner: String,
    /// What they allow: what the application may ask for.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub(crate) scopes: Vec<String>,
    /// Give scopes that the application may not ask for itself, too.
    #[serde(default)]
    pub(crate) any_scope: bool,
    /// Keep the identifier that another provider issued.
    pub(crate) token: Option<String>,
    /// Keep the secret that another provider issued, with `token`.
    #[schema(max_length = 1000)]
    pub(crate) token_secret: Option<String>,
}

/// Issued token credentials.
#[derive(Deserialize, Serialize, ToSchema)]
pub(crate) struct Issued {
    /// Their identifier (`oauth_token`).
    pub(crate) token: String,
    /// Shown this once.
    pub(crate) token_secret: String,
    /// What a person should know of them.
    pub(crate) warnings: Vec<String>,
}

/// Lists token credentials, the newest first.
#[utoipa::path(get, path = "/tokens", tag = "tokens", params(Filter),
    responses((status = 200, body = Listed<Shown>)), security(("api_key" = ["tokens:read"])))]
pub(super) async fn list_tokens(
    State(app): State<App>,
    _: May<TokensRead>,
    Asked(asked): Asked<Filter>,
) -> Result<Json<Listed<Shown>>, Problem> {
    let limit = page::limit(asked.limit)?;
    let client = asked.client.as_deref().map(ClientId::new).transpose();
    let client = client.map_err(|bad| Problem::malformed(bad.to_string()).about("client"))?;
    let owner = text::filter("owner", asked.owner)?.map(ResourceOwner::from);
    let page = page::rows(LIST, asked.cursor.as_deref(), limit)?;
    let found = app.stores.rows.tokens(client.as_ref(), owner.as_ref(), page).await?;
    Ok(Json(Listed::of(LIST, limit, found, |one| one.record.to_string(), Shown::of)))
}

/// Issues token credentials without the dance; the secret is shown once, here.
#[utoipa::path(post, path = "/tokens", tag = "tokens", request_body = New,
    params(("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again, it is answered the same.")),
    responses((status = 201, body = Issued, headers(("Location" = String)))), security(("api_key" = ["tokens:write"])))]
pub(super) async fn issue_token(
    State(app): State<App>,
    May { caller, .. }: May<TokensWrite>,
    new: Creation<New>,
) -> Result<Response, Problem> {
    new.once(&app, |new| issue(app.clone(), caller, new)).await
}

async fn issue(app: App, caller: Caller, new: New) -> Result<Made, Problem> {
    let (record, warnings) = new.record(&*app.stores.rows).await?;
    app.stores.sealed.issue(&record).await?;
    app.audit.append(tokens::about(&caller.actor(), Event::Issued, &record));
    let location = format!("{}{}/tokens/{}", app.base, super::ROOT, percent::encode(record.id.as_str()));
    let (token, token_secret) = (record.id.as_str().into(), record.secret.expose().into());
    Ok(Made::new(location, None, &Issued { token, token_secret, warnings }))
}

impl New {
    /// What is to be stored, and what to tell of it.
    pub(crate) async fn record(self, rows: &dyn AdminStore) -> Result<(TokenRecord, Vec<String>), Problem> {
        if self.token_secret.is_some() && self.token.is_none() {
            return Err(Problem::invalid("token_secret", "comes with token"));
        }
        let secret = text::secret("token_secret", self.token_secret)?;
        let id = self.token.map_or_else(|| TokenId::new(&token(&System, 24)), |id| TokenId::new(&id));
        let id = id.map_err(|bad| Problem::invalid("token", bad.to_string()))?;
        let application = allowed(rows, &self.client_id, &self.owner).await?;
        text::list("scopes", &self.scopes, 100, 100)?;
        let scopes = text::checked("scopes", check::scopes(&self.scopes))?;
        let beyond = scopes.iter().find(|scope| !application.client.scopes.contains(scope));
        if let Some(scope) = beyond.filter(|_| !self.any_scope) {
            return Err(Problem::invalid("scopes", format!("the application may not ask for {scope:?}")));
        }
        let warnings = check::beyond(&scopes, &application.client).into_iter().collect();
        let record = TokenRecord {
            id,
            secret,
            client: application.client.id,
            owner: self.owner.into(),
            scopes,
            issued: System.now(),
            expires: None,
            status: TokenStatus::Active,
        };
        Ok((record, warnings))
    }
}

/// The application, where that account may be one that it acts for.
async fn allowed(rows: &dyn AdminStore, client_id: &str, owner: &str) -> Result<Application, Problem> {
    let unknown = || Problem::invalid("client_id", "there is no such application");
    let client = ClientId::new(client_id).map_err(|_| unknown())?;
    let application = rows.application(&client).await?.ok_or_else(unknown)?;
    let nobody = || Problem::invalid("owner", "there is no such account that may sign in");
    check::account_name(owner).map_err(|_| nobody())?;
    rows.account(owner).await?.filter(|account| !account.disabled).ok_or_else(nobody)?;
    if application.profile.owner_only && application.profile.owner.as_deref() != Some(owner) {
        return Err(Problem::invalid("owner", "this application is for its owner alone"));
    }
    Ok(application)
}

/// Shows token credentials; never their secret.
#[utoipa::path(get, path = "/tokens/{token}", tag = "tokens", params(("token" = String, Path)),
    responses((status = 200, body = Shown)), security(("api_key" = ["tokens:read"])))]
pub(super) async fn get_token(
    State(app): State<App>,
    _: May<TokensRead>,
    Named(id): Named<String>,
) -> Result<Json<Shown>, Problem> {
    let record = find(&app, &id).await?;
    // What is listed has its number, and when it was used.
    let mut page = Page::first(page::MOST);
    loop {
        let found = app.stores.rows.tokens(Some(&record.client), Some(&record.owner), page).await?;
        page.before = Some(found.last().ok_or_else(Problem::absent)?.record);
        if let Some(own) = found.into_iter().find(|one| one.token.id == record.id) {
            return Ok(Json(Shown::of(own)));
        }
    }
}

/// The credentials of that identifier. What cannot be one is told as one that nobody has.
async fn find(app: &App, id: &str) -> Result<TokenRecord, Problem> {
    let id = TokenId::new(id).map_err(|_| Problem::absent())?;
    Ok(tokens::find(&app.stores, &id).await?)
}

/// Revokes token credentials, for good.
#[utoipa::path(delete, path = "/tokens/{token}", tag = "tokens", params(("token" = String, Path)),
    responses((status = 204)), security(("api_key" = ["tokens:write"])))]
pub(super) async fn revoke_token(
    State(app): State<App>,
    May { caller, .. }: May<TokensWrite>,
    Named(id): Named<String>,
) -> Result<StatusCode, Problem> {
    let record = find(&app, &id).await?;
    tokens::end(&app, &caller.actor(), &record).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Shown {
    pub(crate) fn of(stored: StoredToken) -> Self {
        let token = stored.token;
        Self {
            record: stored.record,
            token: token.id.as_str().into(),
            client_id: token.client.as_str().into(),
            owner: token.owner.as_str().into(),
            scopes: token.scopes,
            status: if token.status == TokenStatus::Revoked { "revoked" } else { "active" }.into(),
            issued: token.issued.seconds(),
            expires: token.expires.map(Timestamp::seconds),
            last_used: stored.last_used.map(Timestamp::seconds),
        }
    }
}

const LIST: &str = "tokens";
