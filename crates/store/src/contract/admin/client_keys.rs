//! Two keys at a time, so that a client changes over without an outage.

use super::{super::*, applications::stored, printer};
use crate::{AdminStore, ClientKey, ClientRecord, KeySlot, Outcome, PreviousKey};
use countersign_core::PublicKey;
use std::sync::Arc;

/// The newest becomes the previous one, either may go, and the last one stays.
pub async fn a_client_has_two_keys_while_it_changes_over(store: Arc<impl AdminStore>) {
    store.add_client(&ClientRecord { key_since: NOW, ..printer("printer") }).await.expect("add");
    let add = async |text: &str, since: u64| {
        store.add_client_key(&id("printer"), &secret(text), NOW.plus(since)).await.expect("add")
    };
    let remove =
        async |since: u64| store.remove_client_key(&id("printer"), NOW.plus(since)).await.expect("remove");
    assert_eq!(remove(0).await, Outcome::Refused, "the last one");
    assert_eq!(add("second", 0).await, Outcome::Refused, "as new as the other one");
    assert_eq!(add("second", 5).await, Outcome::Done);
    assert_eq!(add("third", 6).await, Outcome::Refused, "a third one");
    assert_eq!(keys(&*store).await, "second 5, sealed 0");
    assert_eq!(remove(3).await, Outcome::Refused, "none of its own");
    assert_eq!(remove(0).await, Outcome::Done);
    assert_eq!((keys(&*store).await.as_str(), remove(5).await), ("second 5", Outcome::Refused));

    assert_eq!(add("third", 6).await, Outcome::Done);
    assert_eq!(remove(6).await, Outcome::Done);
    assert_eq!(keys(&*store).await, "second 5", "the newest one was a mistake");
    assert_eq!(stored(&*store, "printer").await.revision, 4);
    let nobody = store.add_client_key(&id("Printer"), &secret("s"), NOW.plus(9)).await;
    assert_eq!(nobody.expect("add"), Outcome::Refused);
}

/// Secrets and public keys are never mixed, whichever came first; both of one kind are kept whole.
pub async fn a_key_of_another_kind_is_refused(store: Arc<impl AdminStore>) {
    let public = |byte: u8| ClientKey::PublicKey(PublicKey::from_der(&[byte, 255, 0]));
    store.add_client(&printer("shared")).await.expect("add");
    store.add_client(&ClientRecord::new(id("signer"), "Signer", public(1))).await.expect("add");
    let add =
        async |name: &str, key: &ClientKey| store.add_client_key(&id(name), key, NOW).await.expect("add");
    assert_eq!(add("shared", &public(2)).await, Outcome::Refused);
    assert_eq!(add("signer", &secret("s")).await, Outcome::Refused);
    assert_eq!(add("signer", &public(2)).await, Outcome::Done);
    let mut mixed = printer("mixed");
    mixed.previous_key = Some(PreviousKey { key: public(1), since: NOW });
    let kept = match store.add_client(&mixed).await {
        Ok(()) => store.client(&mixed.id).await.expect("find").expect("it is there"),
        Err(_) => return,
    };
    assert!(kept.previous().is_none() && kept.since(KeySlot::Previous).is_none());
    let signer = store.load(&id("signer"), None).await.expect("a load");
    let signer = signer.client().expect("it is there");
    assert!(matches!(&signer.key, ClientKey::PublicKey(key) if key.as_der() == [2, 255, 0]));
    let previous = signer.previous().map(|previous| &previous.key);
    assert!(matches!(previous, Some(ClientKey::PublicKey(key)) if key.as_der() == [1, 255, 0]));
}

pub(super) fn secret(text: &str) -> ClientKey {
    ClientKey::Secret(text.into())
}

/// Each key with the seconds since when it is accepted, the newest first: on the hot path too.
async fn keys(store: &impl AdminStore) -> String {
    let loaded = store.load(&id("printer"), None).await.expect("a load");
    let client = loaded.client().expect("it is there");
    let found = store.client(&client.id).await.expect("find").expect("it is there");
    assert_eq!(format!("{found:?}"), format!("{client:?}"));
    let mut all = vec![(&client.key, client.key_since)];
    all.extend(client.previous().map(|previous| (&previous.key, previous.since)));
    let told = |(key, since): (&ClientKey, countersign_core::Timestamp)| match key {
        ClientKey::Secret(secret) => format!("{} {}", secret.expose(), since.seconds() - NOW.seconds()),
        ClientKey::PublicKey(_) => "a public key".into(),
    };
    all.into_iter().map(told).collect::<Vec<_>>().join(", ")
}
