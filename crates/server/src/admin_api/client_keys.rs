//! `/applications/{client_id}/keys`: a second key, so that a client can change over without an outage.

use super::{
    application::ShownKey,
    applications::{find, location, new_key, secret_of},
    caller::{Caller, May},
    creation::{Creation, Made},
    input::Named,
    problem::Problem,
    scope::ApplicationsWrite,
};
use crate::{administration::keys as administration, app::App, audit::Event, stores::Stores};
use axum::{extract::State, http::StatusCode, response::Response};
use countersign_core::Timestamp;
use countersign_store::ClientRecord;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A key to add, of the kind that the application has.
#[derive(Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewKey {
    /// An RSA public key (PEM); left out for a new secret.
    pub(crate) public_key: Option<String>,
    /// Accept a public key under 2048 bits.
    #[serde(default)]
    pub(crate) allow_small_key: bool,
}

/// An added key.
#[derive(Deserialize, Serialize, ToSchema)]
pub(crate) struct AddedKey {
    /// Shown this once.
    pub(crate) client_secret: Option<String>,
    pub(crate) key: ShownKey,
}

/// Adds a key; the one before it is accepted as well until it is removed.
#[utoipa::path(post, path = "/applications/{client_id}/keys", tag = "applications", request_body = NewKey,
    params(("client_id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again, it is answered the same.")),
    responses((status = 201, body = AddedKey, headers(("Location" = String)))), security(("api_key" = ["applications:write"])))]
pub(super) async fn add_key(
    State(app): State<App>,
    May { caller, .. }: May<ApplicationsWrite>,
    Named(id): Named<String>,
    new: Creation<NewKey>,
) -> Result<Response, Problem> {
    new.once(&app, |new| add(app.clone(), caller, id, new)).await
}

async fn add(app: App, caller: Caller, id: String, new: NewKey) -> Result<Made, Problem> {
    let (id, application) = find(&app, &id).await?;
    let added = new.add(&app.stores, &application.client).await?;
    let since = Timestamp::from_seconds(added.key.since);
    app.audit.append(administration::about(&id, since, caller.did(Event::KeyAdded)));
    let location = format!("{}/keys/{}", location(&app, &id), added.key.since);
    Ok(Made::new(location, None, &added))
}

impl NewKey {
    /// Adds it; what it did is not in the audit log yet.
    pub(crate) async fn add(self, stores: &Stores, client: &ClientRecord) -> Result<AddedKey, Problem> {
        let key = new_key(self.public_key.as_deref(), self.allow_small_key, None)?;
        let since = administration::add(stores, client, &key).await?;
        let client_secret = secret_of(&key).map(|secret| secret.expose().into());
        Ok(AddedKey { client_secret, key: ShownKey::new(since, &key) })
    }
}

/// Removes one of two keys.
#[utoipa::path(delete, path = "/applications/{client_id}/keys/{since}", tag = "applications",
    params(("client_id" = String, Path), ("since" = u64, Path, description = "Since when the key is accepted: it names the key.")),
    responses((status = 204)), security(("api_key" = ["applications:write"])))]
pub(super) async fn remove_key(
    State(app): State<App>,
    May { caller, .. }: May<ApplicationsWrite>,
    Named((id, since)): Named<(String, u64)>,
) -> Result<StatusCode, Problem> {
    let (id, application) = find(&app, &id).await?;
    let since = Timestamp::from_seconds(since);
    administration::remove(&app.stores, &application.client, since).await?;
    app.audit.append(administration::about(&id, since, caller.did(Event::KeyRemoved)));
    Ok(StatusCode::NO_CONTENT)
}
