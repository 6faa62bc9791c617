//! `/applications/{client_id}/keys`: a second key, so that a client can change over without an outage.

use super::{
    application::ShownKey,
    applications::{about, find, location, new_key, secret_of},
    caller::{Caller, May},
    creation::{Creation, Made},
    input::Named,
    problem::Problem,
    scope::ApplicationsWrite,
};
use crate::{app::App, audit::Event};
use axum::{extract::State, http::StatusCode, response::Response};
use countersign_core::Timestamp;
use countersign_provider::{Clock, System};
use countersign_store::{Change, ClientKey, KeySlot, Outcome};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A key to add, of the kind that the application has.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewKey {
    /// An RSA public key (PEM); left out for a new secret.
    public_key: Option<String>,
    /// Accept a public key under 2048 bits.
    #[serde(default)]
    allow_small_key: bool,
}

/// An added key.
#[derive(Serialize, ToSchema)]
pub(super) struct AddedKey {
    /// Shown this once.
    client_secret: Option<String>,
    key: ShownKey,
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
    let key = new_key(new.public_key.as_deref(), new.allow_small_key, None)?;
    let same_kind = matches!(
        (&key, &application.client.key),
        (ClientKey::Secret(_), ClientKey::Secret(_)) | (ClientKey::PublicKey(_), ClientKey::PublicKey(_))
    );
    if !same_kind {
        return Err(Problem::invalid("public_key", "an application keeps to the kind of key that it has"));
    }
    // Since when names the key: within one second, the next one names it.
    let newest = application.client.since(KeySlot::Newest).map_or(0, Timestamp::seconds);
    let since = Timestamp::from_seconds(System.now().seconds().max(newest.saturating_add(1)));
    let sealed = app.stores.sealed.seal_client_key(&id, &key)?;
    if app.stores.rows.add_client_key(&id, &sealed, since).await? == Outcome::Refused {
        return Err(Problem::conflict("there are two keys already: remove one first"));
    }
    app.stores.forget(&[Change::Client(id.clone())]);
    app.audit.append(about(&caller, Event::KeyAdded, &id));
    let location = format!("{}/keys/{}", location(&app, &id), since.seconds());
    let client_secret = secret_of(&key).map(|secret| secret.expose().into());
    Ok(Made::new(location, None, &AddedKey { client_secret, key: ShownKey::new(since, &key) }))
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
    let slots = [KeySlot::Newest, KeySlot::Previous];
    if !slots.into_iter().any(|slot| application.client.since(slot) == Some(since)) {
        return Err(Problem::absent());
    }
    if app.stores.rows.remove_client_key(&id, since).await? == Outcome::Refused {
        return Err(Problem::conflict("the last key stays: add another one first"));
    }
    app.stores.forget(&[Change::Client(id.clone())]);
    app.audit.append(about(&caller, Event::KeyRemoved, &id));
    Ok(StatusCode::NO_CONTENT)
}
