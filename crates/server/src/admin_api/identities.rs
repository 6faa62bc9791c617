//! `/accounts/{name}/identities`: who an account is elsewhere.

use super::{
    caller::{Caller, May},
    creation::{Creation, Made},
    input::{Asked, Named},
    problem::Problem,
    scope::{AccountsRead, AccountsWrite},
    text,
};
use crate::{
    administration::{accounts::find, identities},
    app::App,
};
use axum::{Json, extract::State, http::StatusCode, response::Response};
use countersign_core::percent;
use countersign_provider::{Clock, System};
use countersign_store::ExternalIdentity;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// An account as another issuer knows it.
#[derive(Deserialize, Serialize, ToSchema)]
#[schema(as = Identity)]
pub(crate) struct Shown {
    /// Who says so, such as an OpenID issuer's URL.
    #[schema(example = "https://id.example.com")]
    pub(crate) issuer: String,
    /// Whom they mean.
    pub(crate) subject: String,
    /// Since when, in Unix seconds.
    pub(crate) created: u64,
}

/// The identities of an account.
#[derive(Deserialize, Serialize, ToSchema)]
pub(crate) struct Identities {
    /// By issuer and subject.
    pub(crate) items: Vec<Shown>,
}

/// An identity to connect with an account: whoever has it there signs in here.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewIdentity)]
pub(crate) struct New {
    /// Who says so, compared byte by byte.
    #[schema(min_length = 1, max_length = 255, example = "https://id.example.com")]
    pub(crate) issuer: String,
    /// Whom they mean, compared byte by byte.
    #[schema(min_length = 1, max_length = 255, example = "248289761001")]
    pub(crate) subject: String,
}

/// Which identity to disconnect.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Who says so.
    issuer: String,
    /// Whom they mean.
    subject: String,
}

/// Lists who an account is elsewhere.
#[utoipa::path(get, path = "/accounts/{name}/identities", tag = "accounts", params(("name" = String, Path)),
    responses((status = 200, body = Identities)), security(("api_key" = ["accounts:read"])))]
pub(super) async fn list_identities(
    State(app): State<App>,
    _: May<AccountsRead>,
    Named(name): Named<String>,
) -> Result<Json<Identities>, Problem> {
    find(&app, &name).await?;
    let found = app.stores.rows.identities(&name).await?;
    Ok(Json(Identities { items: found.into_iter().map(Shown::of).collect() }))
}

/// Connects an identity with an account; one that is connected already stays where it is.
#[utoipa::path(post, path = "/accounts/{name}/identities", tag = "accounts", request_body = New,
    params(("name" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again, it is answered the same.")),
    responses((status = 201, body = Shown, headers(("Location" = String)))), security(("api_key" = ["accounts:write"])))]
pub(super) async fn add_identity(
    State(app): State<App>,
    May { caller, .. }: May<AccountsWrite>,
    Named(name): Named<String>,
    new: Creation<New>,
) -> Result<Response, Problem> {
    new.once(&app, |new| add(app.clone(), caller, name, new)).await
}

async fn add(app: App, caller: Caller, name: String, new: New) -> Result<Made, Problem> {
    let identity = new.of(&name)?;
    identities::connect(&app, &caller.actor(), &identity).await?;
    let location = format!("{}{}/accounts/{}/identities", app.base, super::ROOT, percent::encode(&name));
    Ok(Made::new(location, None, &Shown::of(identity)))
}

impl New {
    /// The identity, as that account's.
    pub(crate) fn of(self, account: &str) -> Result<ExternalIdentity, Problem> {
        Ok(ExternalIdentity {
            issuer: part("issuer", self.issuer)?,
            subject: part("subject", self.subject)?,
            account: account.into(),
            created: System.now(),
        })
    }
}

fn part(field: &str, given: String) -> Result<String, Problem> {
    if given.is_empty() || given.len() > 255 || given.contains(char::is_control) {
        return Err(Problem::invalid(field, "1 to 255 bytes without control characters"));
    }
    Ok(given)
}

/// Disconnects an identity from an account; its sessions go on.
#[utoipa::path(delete, path = "/accounts/{name}/identities", tag = "accounts", params(("name" = String, Path), Which),
    responses((status = 204)), security(("api_key" = ["accounts:write"])))]
pub(super) async fn remove_identity(
    State(app): State<App>,
    May { caller, .. }: May<AccountsWrite>,
    Named(name): Named<String>,
    Asked(Which { issuer, subject }): Asked<Which>,
) -> Result<StatusCode, Problem> {
    let (issuer, subject) = (text::short("issuer", issuer)?, text::short("subject", subject)?);
    identities::disconnect(&app, &caller.actor(), &name, (&issuer, &subject)).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Shown {
    pub(crate) fn of(identity: ExternalIdentity) -> Self {
        Self { issuer: identity.issuer, subject: identity.subject, created: identity.created.seconds() }
    }
}
