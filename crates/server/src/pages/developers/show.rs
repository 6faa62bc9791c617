//! An account's applications, and one of them.

use super::{
    Refused, address,
    register::MOST,
    sent::{Developer, Own},
};
use crate::{
    app::App,
    config::Applications,
    pages::OrPage,
    words::{Text, text},
};
use axum::{extract::State, http::StatusCode, response::Response};
use countersign_core::{Timestamp, signature::rsa};
use countersign_provider::{System, token};
use countersign_store::{
    Application, ApplicationFilter, ClientKey, ClientRecord, ClientStatus, ClientUsage, KeySlot, Page,
    UsageFilter,
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
        "account": session.account,
        "csrf": session.csrf.expose(),
    });
    Ok(app.pages.show(StatusCode::OK, "developers/list.html", values, None))
}

/// One of them.
pub(super) async fn application(
    State(app): State<App>,
    Own { session, application }: Own,
) -> Result<Response, Refused> {
    let (client, profile) = (&application.client, &application.profile);
    let filter = UsageFilter { client: Some(client.id.clone()), ..UsageFilter::default() };
    let used = app.stores.rows.usage(&filter, Page::first(MOST_USAGE)).await.or_page(&app)?;
    let used: Vec<_> = used.into_iter().map(|record| record.usage).collect();
    let values = json!({
        "id": client.id.as_str(),
        "link": address(&client.id, ""),
        "name": client.name,
        "status": in_words(&application),
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
        "keys": keys(client, &used),
        "is_active": client.status == ClientStatus::Active,
        "once": token(&System, 16),
        "account": session.account,
        "csrf": session.csrf.expose(),
    });
    Ok(app.pages.show(StatusCode::OK, "developers/application.html", values, None))
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
        ClientStatus::Suspended => text("status-suspended"),
    }
}

/// Two keys by a handful of methods each; what keys that are gone have left behind may come on top.
const MOST_USAGE: u32 = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::ClientId;
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
