//! `/tokens`: token credentials.

use super::{
    applications::find as find_application,
    caller::{Caller, May},
    creation::{Creation, Made},
    input::{Asked, Named},
    page::{self, Listed},
    problem::Problem,
    scope::{TokensRead, TokensWrite},
    text,
};
use crate::{administration::tokens, app::App, cli::check};
use axum::{Json, extract::State, http::StatusCode, response::Response};
use countersign_core::{ClientId, Timestamp, TokenId, percent};
use countersign_provider::{Clock, System, token};
use countersign_store::{ResourceOwner, StoredToken, TokenRecord, TokenStatus, TokenStore};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Token credentials, without their secret.
#[derive(Serialize, ToSchema)]
#[schema(as = Token)]
pub(super) struct Shown {
    /// Their identifier (`oauth_token`).
    token: String,
    client_id: String,
    /// The account on whose behalf they are used.
    owner: String,
    scopes: Vec<String>,
    /// `active` or `revoked`.
    status: &'static str,
    /// In Unix seconds.
    issued: u64,
    /// In Unix seconds; null for never.
    expires: Option<u64>,
    /// In Unix seconds; coarse.
    last_used: Option<u64>,
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
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewToken)]
pub(super) struct New {
    /// Who may use them.
    client_id: String,
    /// On whose behalf: of an application for its owner alone, that one.
    owner: String,
    /// What they allow: what the application may ask for.
    #[serde(default)]
    #[schema(max_items = 100)]
    scopes: Vec<String>,
}

/// Issued token credentials.
#[derive(Serialize, ToSchema)]
pub(super) struct Issued {
    /// Their identifier (`oauth_token`).
    token: String,
    /// Shown this once.
    token_secret: String,
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
    let unknown = |_| Problem::invalid("client_id", "there is no such application");
    let (client, application) = find_application(&app, &new.client_id).await.map_err(unknown)?;
    let owner = text::short("owner", new.owner)?;
    let account = app.stores.rows.account(&owner).await?.filter(|account| !account.disabled);
    if account.is_none() {
        return Err(Problem::invalid("owner", "there is no such account that may sign in"));
    }
    if application.profile.owner_only && application.profile.owner.as_deref() != Some(&*owner) {
        return Err(Problem::invalid("owner", "this application is for its owner alone"));
    }
    text::list("scopes", &new.scopes, 100, 100)?;
    let scopes = text::checked("scopes", check::scopes(&new.scopes))?;
    if let Some(scope) = scopes.iter().find(|scope| !application.client.scopes.contains(scope)) {
        return Err(Problem::invalid("scopes", format!("the application may not ask for {scope:?}")));
    }
    let id = TokenId::new(&token(&System, 24)).map_err(|bad| Problem::invalid("token", bad.to_string()))?;
    let record = TokenRecord {
        id,
        secret: token(&System, 43).into(),
        client,
        owner: owner.into(),
        scopes,
        issued: System.now(),
        expires: None,
        status: TokenStatus::Active,
    };
    app.stores.sealed.issue(&record).await?;
    app.audit.append(tokens::about(&caller.actor(), "issued", &record));
    let location = format!("{}{}/tokens/{}", app.base, super::ROOT, percent::encode(record.id.as_str()));
    let issued = Issued { token: record.id.as_str().into(), token_secret: record.secret.expose().into() };
    Ok(Made::new(location, None, &issued))
}

/// Revokes token credentials, for good.
#[utoipa::path(delete, path = "/tokens/{token}", tag = "tokens", params(("token" = String, Path)),
    responses((status = 204)), security(("api_key" = ["tokens:write"])))]
pub(super) async fn revoke_token(
    State(app): State<App>,
    May { caller, .. }: May<TokensWrite>,
    Named(id): Named<String>,
) -> Result<StatusCode, Problem> {
    let id = TokenId::new(&id).map_err(|_| Problem::absent())?;
    tokens::revoke(&app, &caller.actor(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Shown {
    fn of(stored: StoredToken) -> Self {
        let token = stored.token;
        Self {
            token: token.id.as_str().into(),
            client_id: token.client.as_str().into(),
            owner: token.owner.as_str().into(),
            scopes: token.scopes,
            status: if token.status == TokenStatus::Revoked { "revoked" } else { "active" },
            issued: token.issued.seconds(),
            expires: token.expires.map(Timestamp::seconds),
            last_used: stored.last_used.map(Timestamp::seconds),
        }
    }
}

const LIST: &str = "tokens";
