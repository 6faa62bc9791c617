//! Token credentials as a list.

use super::{grants::is_over, revoke};
use crate::{
    app::App,
    pages::{
        OrPage, Refused,
        admin::{
            Section,
            administrator::Administrator,
            asked::{Asked, BEFORE},
            filter::Filter,
            listed::Listed,
            show as page,
        },
    },
};
use axum::{extract::State, http::StatusCode, response::Response};
use countersign_core::{ClientId, Timestamp, percent};
use countersign_provider::{Clock, System};
use countersign_store::{ResourceOwner, StoreError, StoredToken, TokenStatus};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Those that the filters let through, the newest first.
pub(super) async fn show(
    State(app): State<App>,
    administrator: Administrator,
    asked: Asked,
) -> Result<Response, Refused> {
    let client = asked.client(&app, "client")?;
    let owner = asked.text("owner").map(ResourceOwner::from);
    let place = asked.page(&app)?;
    let found = app.stores.rows.tokens(client.as_ref(), owner.as_ref(), place).await.or_page(&app)?;
    let asked_before = asked.without("ended");
    let listed = Listed::of(found, &asked_before, PATH, BEFORE, |one| one.record.to_string());
    let names = names(&app, &listed.rows).await.or_page(&app)?;
    let now = System.now();
    let ended: Option<u64> = asked.read(&app, "ended", "admin-log-bad-address")?;
    let values = json!({
        "filters": [
            Filter::text(&asked, "client", "admin-log-client"),
            Filter::text(&asked, "owner", "admin-log-account"),
        ],
        "tokens": listed.rows.iter().map(|one| told_of(one, &names, now)).collect::<Vec<_>>(),
        "older": listed.older,
        "goes_on": place.before.is_some(),
        "ended": ended,
        "revoke_all": revoke::all(client.as_ref(), owner.as_ref()),
    });
    Ok(page(&app, &administrator, Section::Tokens, StatusCode::OK, "admin/tokens.html", values))
}

/// What the clients of these are called; one that was removed meanwhile has no name.
async fn names(app: &App, tokens: &[StoredToken]) -> Result<HashMap<ClientId, String>, StoreError> {
    let mut names = HashMap::new();
    for StoredToken { token, .. } in tokens {
        if !names.contains_key(&token.client) {
            let known = app.stores.rows.application(&token.client).await?;
            names.insert(token.client.clone(), known.map(|known| known.client.name).unwrap_or_default());
        }
    }
    Ok(names)
}

/// What a page tells of one: neither its identifier nor its secret.
pub(super) fn told_of(stored: &StoredToken, names: &HashMap<ClientId, String>, now: Timestamp) -> Value {
    let (token, client, owner) = (&stored.token, stored.token.client.as_str(), stored.token.owner.as_str());
    json!({
        "record": stored.record,
        "client": client,
        "of_client": format!("{PATH}?client={}", percent::encode(client)),
        "name": names.get(&token.client),
        "owner": owner,
        "of_owner": format!("{PATH}?owner={}", percent::encode(owner)),
        "scopes": token.scopes,
        "status": status(stored, now),
        "since": token.issued.seconds(),
        "last_used": stored.last_used.map(Timestamp::seconds),
        "expires": token.expires.map(Timestamp::seconds),
        "revoke": (!is_over(stored, now)).then(|| revoke::one(stored.record)),
    })
}

fn status(stored: &StoredToken, now: Timestamp) -> &'static str {
    match stored.token.status {
        TokenStatus::Revoked => "revoked",
        _ if is_over(stored, now) => "expired",
        TokenStatus::OwnerDisabled => "disabled",
        TokenStatus::Active => "active",
    }
}

pub(super) const PATH: &str = "/admin/tokens";
