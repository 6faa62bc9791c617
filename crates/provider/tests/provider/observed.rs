//! What an observer is told: every request that was let through, and nothing else.

use crate::support::{ACCEPTED, NOW, World, printer, two_legged};
use countersign_core::Timestamp;
use countersign_provider::{CredentialRequest, Observer, VerifiedRequest};
use countersign_store::KeySlot;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Observer for Seen {
    fn verified(&self, request: &VerifiedRequest, now: Timestamp) {
        assert_eq!((request.key(), now.seconds()), (KeySlot::Newest, NOW));
        let owner = request.resource_owner().map_or("nobody", |owner| owner.as_str());
        let told = format!("{} {} {owner}", request.client().id, request.signature_method());
        self.0.lock().expect("no panic").push(told);
    }

    fn asked(&self, request: &CredentialRequest<'_>, now: Timestamp) {
        assert_eq!((request.key(), now.seconds()), (KeySlot::Newest, NOW));
        let told = format!("{} {} asks", request.client().id, request.signature_method());
        self.0.lock().expect("no panic").push(told);
    }
}

impl Seen {
    fn taken(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("no panic"))
    }
}

fn watched() -> (World, Seen) {
    let seen = Seen::default();
    let observer = seen.clone();
    (World::with(|builder| builder.observer(observer)), seen)
}

#[tokio::test]
async fn who_called_by_which_method_is_told_once() {
    let (world, seen) = watched();
    let token = world.token().await;
    let by = printer().id;
    let asked = format!("{by} HMAC-SHA1 asks");
    assert_eq!(seen.taken(), [asked.clone(), asked], "for temporary credentials, then for token credentials");
    assert_eq!(world.protect(&world.request(&token).sign()).await.told(), ACCEPTED);
    assert_eq!(world.protect_by(&world.call("GET", "/").sign(), &two_legged()).await.told(), ACCEPTED);
    assert_eq!(seen.taken(), [format!("{by} HMAC-SHA1 jane"), format!("{by} HMAC-SHA1 nobody")]);
}

#[tokio::test]
async fn strangers_and_replays_are_not_told() {
    let (world, seen) = watched();
    let wire = world.call("GET", "/").sign();
    assert_eq!(world.protect_by(&wire, &two_legged()).await.told(), ACCEPTED);
    assert_eq!(seen.taken().len(), 1);
    assert_eq!(world.protect_by(&wire, &two_legged()).await.told(), (401, "nonce_used"));
    for call in [world.call("GET", "/").forged(), world.call("GET", "/").at(NOW - 3600)] {
        assert_eq!(world.protect_by(&call.sign(), &two_legged()).await.told().0, 401);
    }
    assert!(seen.taken().is_empty());
}

#[tokio::test]
async fn forged_or_replayed_requests_for_credentials_are_not_told() {
    let (world, seen) = watched();
    let wire = world.initiation().sign();
    assert_eq!(world.initiate(&wire).await.told().0, 200);
    assert_eq!(seen.taken().len(), 1);
    assert_eq!(world.initiate(&wire).await.told(), (401, "nonce_used"));
    assert_eq!(world.initiate(&world.initiation().forged().sign()).await.told(), (401, "signature_invalid"));
    assert!(seen.taken().is_empty());
}
