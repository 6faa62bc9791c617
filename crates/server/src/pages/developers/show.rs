//! An account's applications, and one of them.

use super::{
    Refused, address,
    register::MOST,
    sent::{Developer, Own},
};
use crate::{
    app::App,
    config::Applications,
    pages::{OrPage, signed_in},
    words::{Text, text},
};
use aws_lc_rs::digest::{SHA256, digest};
use axum::{extract::State, http::StatusCode, response::Response};
use countersign_core::{ClientId, Timestamp, signature::rsa};
use countersign_provider::{System, token};
use countersign_store::{
    Application, ApplicationFilter, ClientKey, ClientRecord, ClientStatus, ClientUsage, KeySlot, Page,
    StoreError, UsageFilter,
};
use serde_json::{Value, json};

/// All of an account's.
pub(super) async fn list(State(app): State<App>, Developer(session): Developer) -> Result<Response, Refused> {
    let filter = ApplicationFilter { owner: Some(session.account.clone()), ..ApplicationFilter::default() };
    let found = app.stores.rows.applications(&filter, Page::first(MOST)).await.or_page(&app)?;
    let brief = |one: &Application| {
        json!({
            "link": address(&one.client.id, ""),
            "name": one.client.name,
            "id": one.client.id.as_str(),
            "status": in_words(one),
        })
    };
    let values = json!({
        "applications": found.iter().map(brief).collect::<Vec<_>>(),
        "closed": app.config.applications == Applications::Closed,
    });
    Ok(signed_in::page(&app, &session, StatusCode::OK, "developers/list.html", values))
}

/// One of them.
pub(super) async fn application(
    State(app): State<App>,
    Own { session, application }: Own,
) -> Result<Response, Refused> {
    let client = &application.client;
    let used = usage(&app, &client.id).await.or_page(&app)?;
    let mut values = facts(&application, &used);
    values["link"] = address(&client.id, "").into();
    values["status"] = json!(in_words(&application));
    values["is_active"] = (client.status == ClientStatus::Active).into();
    let by_owner = application.profile.suspended_by_owner;
    values["is_suspended"] = (client.status == ClientStatus::Suspended && by_owner).into();
    values["once"] = token(&System, 16).into();
    Ok(signed_in::page(&app, &session, StatusCode::OK, "developers/application.html", values))
}

/// How an application's keys were used.
pub(in crate::pages) async fn usage(app: &App, id: &ClientId) -> Result<Vec<ClientUsage>, StoreError> {
    let filter = UsageFilter { client: Some(id.clone()), ..UsageFilter::default() };
    let used = app.stores.rows.usage(&filter, Page::first(MOST_USAGE)).await?;
    Ok(used.into_iter().map(|record| record.usage).collect())
}

/// What is told of an application, for `developers/facts.html` and the list of its keys; no secret is among it.
pub(in crate::pages) fn facts(application: &Application, used: &[ClientUsage]) -> Value {
    let (client, profile) = (&application.client, &application.profile);
    json!({
        "id": client.id.as_str(),
        "name": client.name,
        "rejection": profile.rejection.as_ref().filter(|_| client.status == ClientStatus::Rejected),
        "description": profile.description,
        "home_page": profile.home_page,
        "callbacks": client.callbacks,
        "callback_prefixes": client.callback_prefixes,
        "allow_oob": client.allow_oob,
        "two_legged": client.two_legged,
        "owner_only": profile.owner_only,
        "scopes": client.scopes,
        "methods": client.methods,
        "created": client.created.seconds(),
        "last_used": used.iter().map(|used| used.last_used.seconds()).max(),
        "keys": keys(client, used),
    })
}

/// Both keys, the newest first.
fn keys(client: &ClientRecord, used: &[ClientUsage]) -> Vec<Value> {
    let previous = client.previous().map(|previous| &previous.key);
    let all = [(KeySlot::Newest, Some(&client.key)), (KeySlot::Previous, previous)];
    let told = |(slot, key): (KeySlot, Option<&ClientKey>)| {
        let (since, key) = (client.since(slot)?, key?);
        let of_key = used.iter().filter(|used| used.key_since == since);
        Some(json!({
            "kind": kind(key),
            "fingerprint": fingerprint(key),
            "since": since.seconds(),
            "last_used": of_key.map(|used| used.last_used.seconds()).max(),
        }))
    };
    all.into_iter().filter_map(told).collect()
}

fn kind(key: &ClientKey) -> Text {
    match key {
        ClientKey::Secret(_) => text("key-secret"),
        ClientKey::PublicKey(key) => {
            let bits = rsa::modulus_bits(key).unwrap_or_default();
            text("key-rsa").number("bits", bits as u64)
        }
    }
}

/// SHA-256 of a public key's DER, in pairs of digits; a secret has none that would not help to guess it.
fn fingerprint(key: &ClientKey) -> Option<String> {
    let ClientKey::PublicKey(key) = key else { return None };
    let hash = digest(&SHA256, key.as_der());
    Some(hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":"))
}

/// A key's place in time as a form names it.
pub(super) fn since(text: &str) -> Option<Timestamp> {
    text.parse().ok().map(Timestamp::from_seconds)
}

pub(super) fn in_words(application: &Application) -> Text {
    match application.client.status {
        ClientStatus::Active if application.profile.owner_only => text("status-active-own"),
        ClientStatus::Active => text("status-active"),
        ClientStatus::Pending => text("status-pending"),
        ClientStatus::Rejected => text("status-rejected"),
        ClientStatus::Suspended if application.profile.suspended_by_owner => text("status-suspended-by-you"),
        ClientStatus::Suspended => text("status-suspended"),
    }
}

/// Two keys by a handful of methods each; what keys that are gone have left behind may come on top.
const MOST_USAGE: u32 = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_store::PreviousKey;

    fn used(key_since: u64, method: &str, last_used: u64) -> ClientUsage {
        ClientUsage {
            client: ClientId::new("c").expect("an identifier"),
            key_since: Timestamp::from_seconds(key_since),
            method: method.into(),
            first_used: Timestamp::from_seconds(last_used),
            last_used: Timestamp::from_seconds(last_used),
            requests: 1,
        }
    }

    #[test]
    fn each_key_tells_when_it_was_last_used_by_whatever_method() {
        let mut client = ClientRecord::with_secret("c", "new", "Printer");
        client.key_since = Timestamp::from_seconds(20);
        let since = Timestamp::from_seconds(10);
        client.previous_key = Some(PreviousKey { key: ClientKey::Secret("old".into()), since });
        let told = keys(
            &client,
            &[used(10, "HMAC-SHA1", 30), used(10, "HMAC-SHA256", 25), used(5, "HMAC-SHA1", 40)],
        );
        assert_eq!(told.len(), 2);
        assert_eq!((&told[0]["since"], &told[0]["last_used"]), (&json!(20), &Value::Null));
        assert_eq!(told[1]["last_used"], json!(30));
        assert!(!json!(told).to_string().contains("old"), "no secret is among what a page is told");
    }
}
