//! `/applications`: clients with what people say of them.

use super::{
    application::{Settings, Shown, public_key},
    caller::{Caller, May},
    creation::{Creation, Made},
    input::{self, Asked, Given, Named},
    page::{self, Listed},
    problem::Problem,
    revision::{etag, is_current},
    scope::{ApplicationsRead, ApplicationsWrite},
    text,
};
use crate::{administration::applications as administration, app::App, audit::Event, check};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use countersign_core::{ClientId, Secret};
use countersign_provider::{Clock, System, token};
use countersign_store::{
    Application, ApplicationFilter, ApplicationProfile, ClientKey, ClientRecord, ClientStatus,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which applications to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Of this account.
    owner: Option<String>,
    /// `active`, `pending`, `rejected` or `suspended`.
    status: Option<String>,
    /// With this in their name.
    name: Option<String>,
    /// How many: 50 by default.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// An application to register.
#[derive(Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewApplication)]
pub(crate) struct New {
    #[serde(deserialize_with = "input::object")]
    pub(crate) settings: Settings,
    /// The account that it belongs to.
    pub(crate) owner: Option<String>,
    /// Let it wait for approval.
    #[serde(default)]
    pub(crate) pending: bool,
    /// Keep the identifier that another provider issued.
    pub(crate) client_id: Option<String>,
    /// Keep the secret that another provider issued, with `client_id`.
    #[schema(max_length = 1000)]
    pub(crate) client_secret: Option<String>,
    /// Verify its signatures with this RSA public key (PEM) instead of a secret.
    pub(crate) public_key: Option<String>,
    /// Accept a public key under 2048 bits.
    #[serde(default)]
    pub(crate) allow_small_key: bool,
}

/// A registered application, with its secret if it has one.
#[derive(Deserialize, Serialize, ToSchema)]
pub(crate) struct Registered {
    /// Shown this once.
    pub(crate) client_secret: Option<String>,
    pub(crate) application: Shown,
    /// What a person should know of it.
    pub(crate) warnings: Vec<String>,
}

/// Lists applications, the newest first.
#[utoipa::path(get, path = "/applications", tag = "applications", params(Filter),
    responses((status = 200, body = Listed<Shown>)), security(("api_key" = ["applications:read"])))]
pub(super) async fn list_applications(
    State(app): State<App>,
    _: May<ApplicationsRead>,
    Asked(asked): Asked<Filter>,
) -> Result<Json<Listed<Shown>>, Problem> {
    let limit = page::limit(asked.limit)?;
    let status = asked.status.as_deref().map(str::parse::<ClientStatus>).transpose();
    let filter = ApplicationFilter {
        owner: text::filter("owner", asked.owner)?,
        status: status.map_err(|_| Problem::malformed("no status of an application").about("status"))?,
        name: text::filter("name", asked.name)?,
    };
    let page = page::rows(LIST, asked.cursor.as_deref(), limit)?;
    let found = app.stores.rows.applications(&filter, page).await?;
    Ok(Json(Listed::of(LIST, limit, found, |one| one.record.to_string(), Shown::of)))
}

/// Registers an application; its secret is shown once, here.
#[utoipa::path(post, path = "/applications", tag = "applications", request_body = New,
    params(("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again, it is answered the same.")),
    responses((status = 201, body = Registered, headers(("Location" = String), ("ETag" = String)))),
    security(("api_key" = ["applications:write"])))]
pub(super) async fn register_application(
    State(app): State<App>,
    May { caller, .. }: May<ApplicationsWrite>,
    new: Creation<New>,
) -> Result<Response, Problem> {
    new.once(&app, |new| register(app.clone(), caller, new)).await
}

async fn register(app: App, caller: Caller, new: New) -> Result<Made, Problem> {
    let owner = text::filter("owner", new.owner.clone())?;
    if let Some(name) = &owner
        && app.stores.rows.account(name).await?.is_none()
    {
        return Err(Problem::invalid("owner", "there is no such account"));
    }
    let (mut application, secret) = new.application(owner)?;
    let warnings = check::warnings(&application.client, &app.config);
    let Application { client, profile, .. } = &application;
    application = administration::register(&app, &caller.actor(), client, profile).await?;
    let (location, tag) = (location(&app, &application.client.id), etag(application.revision));
    let shown = Registered {
        client_secret: secret.map(|secret| secret.expose().into()),
        application: Shown::of(application),
        warnings,
    };
    Ok(Made::new(location, Some(tag), &shown))
}

impl New {
    pub(crate) fn application(self, owner: Option<String>) -> Result<(Application, Option<Secret>), Problem> {
        let given = self.client_id.map(|id| ClientId::new(&id)).transpose();
        let given = given.map_err(|bad| Problem::invalid("client_id", bad.to_string()))?;
        if self.client_secret.is_some() && (given.is_none() || self.public_key.is_some()) {
            return Err(Problem::invalid("client_secret", "comes with client_id and without public_key"));
        }
        let key = new_key(self.public_key.as_deref(), self.allow_small_key, self.client_secret)?;
        let id = given.map_or_else(|| ClientId::new(&token(&System, 24)), Ok);
        let id = id.map_err(|bad| Problem::invalid("client_id", bad.to_string()))?;
        let secret = secret_of(&key);
        let mut client = ClientRecord::new(id, "", key);
        client.created = System.now();
        client.key_since = client.created;
        client.status = if self.pending { ClientStatus::Pending } else { ClientStatus::Active };
        let profile = ApplicationProfile { owner, ..ApplicationProfile::default() };
        let mut application = Application { record: 0, revision: 0, client, profile };
        self.settings.apply(&mut application)?;
        Ok((application, secret))
    }
}

/// The public key that was sent, or a secret.
pub(super) fn new_key(
    pem: Option<&str>,
    allow_small: bool,
    secret: Option<String>,
) -> Result<ClientKey, Problem> {
    if let Some(pem) = pem {
        return public_key(pem, allow_small).map(ClientKey::PublicKey);
    }
    text::secret("client_secret", secret).map(ClientKey::Secret)
}

/// What is shown of a new key.
pub(super) fn secret_of(key: &ClientKey) -> Option<Secret> {
    match key {
        ClientKey::Secret(secret) => Some(secret.clone()),
        ClientKey::PublicKey(_) => None,
    }
}

/// Shows an application; never its secret.
#[utoipa::path(get, path = "/applications/{client_id}", tag = "applications", params(("client_id" = String, Path)),
    responses((status = 200, body = Shown, headers(("ETag" = String)))), security(("api_key" = ["applications:read"])))]
pub(super) async fn get_application(
    State(app): State<App>,
    _: May<ApplicationsRead>,
    Named(id): Named<String>,
) -> Result<Response, Problem> {
    Ok(tagged(find(&app, &id).await?.1))
}

/// Replaces an application's settings, if nobody has changed it since it was read.
#[utoipa::path(put, path = "/applications/{client_id}", tag = "applications", request_body = Settings,
    params(("client_id" = String, Path), ("If-Match" = String, Header, description = "The ETag that was read.")),
    responses((status = 200, body = Shown, headers(("ETag" = String)))), security(("api_key" = ["applications:write"])))]
pub(super) async fn update_application(
    State(app): State<App>,
    May { caller, .. }: May<ApplicationsWrite>,
    Named(id): Named<String>,
    headers: HeaderMap,
    Given(settings): Given<Settings>,
) -> Result<Response, Problem> {
    let (id, mut application) = find(&app, &id).await?;
    is_current(&headers, application.revision)?;
    settings.apply(&mut application)?;
    administration::save(&app, &caller.actor(), &application, Event::ApplicationChanged).await?;
    Ok(tagged(find(&app, id.as_str()).await?.1))
}

/// Removes an application with all its tokens.
#[utoipa::path(delete, path = "/applications/{client_id}", tag = "applications", params(("client_id" = String, Path)),
    responses((status = 204)), security(("api_key" = ["applications:write"])))]
pub(super) async fn delete_application(
    State(app): State<App>,
    May { caller, .. }: May<ApplicationsWrite>,
    Named(id): Named<String>,
) -> Result<StatusCode, Problem> {
    let id = client_id(&id)?;
    administration::remove(&app, &caller.actor(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The application of that name. What cannot be an identifier is told as one that nobody has.
pub(super) async fn find(app: &App, id: &str) -> Result<(ClientId, Application), Problem> {
    let id = client_id(id)?;
    let found = administration::find(app, &id).await?;
    Ok((id, found))
}

pub(super) fn client_id(text: &str) -> Result<ClientId, Problem> {
    ClientId::new(text).map_err(|_| Problem::absent())
}

/// The application with its `ETag`.
pub(super) fn tagged(application: Application) -> Response {
    ([(header::ETAG, etag(application.revision))], Json(Shown::of(application))).into_response()
}

pub(super) fn location(app: &App, id: &ClientId) -> String {
    let id = countersign_core::percent::encode(id.as_str());
    format!("{}{}/applications/{id}", app.base, super::ROOT)
}

const LIST: &str = "applications";
