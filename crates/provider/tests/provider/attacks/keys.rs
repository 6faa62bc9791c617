//! Two live keys of a client: either signs, none but they, and never two kinds.

use crate::support::{
    ACCEPTED, Call, Counting, Counts, Credentials, PUBLIC_KEY, Said, World, printer, signer, stranger,
    two_legged, with_private_key,
};
use countersign_core::{
    HmacSha1, Plaintext, PublicKey, Timestamp,
    signature::rsa::{self, RsaSha1, RsaSha256},
};
use countersign_store::{ClientKey, ClientRecord, KeySlot, PreviousKey};

/// The printer's newest secret; [`printer`] signs with the one before.
fn renewed() -> Credentials {
    Credentials::new(&printer().id, "the-newest-secret")
}

/// A public key whose other half nobody has here.
fn another_key() -> PublicKey {
    let pem = include_str!("../../../../../vectors/keys/test-2048.pem");
    rsa::from_pem(pem, 2048).expect("a public key")
}

/// Puts a newer key before the one that is there.
async fn renew(world: &World, client: &str, key: ClientKey) {
    let turn = |client: &mut ClientRecord| {
        let since = client.key_since;
        client.previous_key = Some(PreviousKey { key: std::mem::replace(&mut client.key, key), since });
        client.key_since = Timestamp::from_seconds(1_700_000_000);
    };
    world.store.change(client, turn).await;
}

async fn turned() -> World {
    let world = World::with(|builder| builder.signature_method(Plaintext));
    renew(&world, &printer().id, ClientKey::Secret(renewed().secret.as_str().into())).await;
    world
}

async fn ask(world: &World, call: Call) -> Said {
    world.protect_by(&call.sign(), &two_legged()).await
}

fn used(said: &Said) -> Option<KeySlot> {
    said.verified.as_ref().map(countersign_provider::VerifiedRequest::key)
}

const INVALID: (u16, &str) = (401, "signature_invalid");

#[tokio::test]
async fn either_secret_signs_and_the_proof_tells_which() {
    let world = turned().await;
    for (client, slot, since) in
        [(printer(), KeySlot::Previous, 0), (renewed(), KeySlot::Newest, 1_700_000_000)]
    {
        for call in [
            world.call("GET", "/").by(client.clone()).method(HmacSha1),
            world.call("GET", "/").by(client.clone()).method(Plaintext),
        ] {
            let said = ask(&world, call).await;
            assert_eq!((said.told(), used(&said)), (ACCEPTED, Some(slot)));
            let verified = said.verified.expect("a proof");
            let told = verified.client().since(verified.key());
            assert_eq!(told, Some(Timestamp::from_seconds(since)));
        }
    }
}

#[tokio::test]
async fn a_whole_dance_goes_on_while_the_client_changes_over() {
    let world = turned().await;
    let temporary = world.initiate(&world.initiation().sign()).await.credentials();
    let verifier = world.grant(&temporary).await;
    let redemption = world.redemption(&temporary, &verifier).by(renewed());
    let token = world.exchange(&redemption.sign()).await.credentials();
    for (client, slot) in [(printer(), KeySlot::Previous), (renewed(), KeySlot::Newest)] {
        let said = world.protect(&world.request(&token).by(client).sign()).await;
        assert_eq!((said.told(), used(&said)), (ACCEPTED, Some(slot)));
    }
}

#[tokio::test]
async fn either_public_key_verifies() {
    let world = World::new();
    let own = rsa::from_pem(PUBLIC_KEY, 2048).expect("a public key");
    for (turn, (key, slot)) in
        [(another_key(), KeySlot::Previous), (own, KeySlot::Newest)].into_iter().enumerate()
    {
        renew(&world, &signer().id, ClientKey::PublicKey(key)).await;
        let said = ask(&world, world.call("GET", "/").by(signer()).method(with_private_key(RsaSha1))).await;
        assert_eq!((said.told(), used(&said)), (ACCEPTED, Some(slot)), "{turn}");
        let said = ask(&world, world.call("GET", "/").by(signer()).method(with_private_key(RsaSha256))).await;
        assert_eq!((said.told(), used(&said)), (ACCEPTED, Some(slot)), "{turn}");
    }
}

#[tokio::test]
async fn a_signature_by_neither_key_is_refused() {
    let world = turned().await;
    renew(&world, &signer().id, ClientKey::PublicKey(another_key())).await;
    world.store.change(&signer().id, |client| client.previous_key = None).await;
    let guess = |secret: &str| Credentials::new(&printer().id, secret);
    let both = format!("{}{}", renewed().secret, printer().secret);
    for call in [
        world.call("GET", "/").by(guess("")).method(HmacSha1),
        world.call("GET", "/").by(guess(&stranger().secret)).method(HmacSha1),
        world.call("GET", "/").by(guess(&both)).method(HmacSha1),
        world.call("GET", "/").by(guess(&both)).method(Plaintext),
        world.call("GET", "/").by(printer()).forged(),
        world.call("GET", "/").by(signer()).method(with_private_key(RsaSha1)),
    ] {
        assert_eq!(ask(&world, call).await.told(), INVALID);
    }
}

#[tokio::test]
async fn a_removed_secret_is_refused_at_once() {
    let world = turned().await;
    let (by_old, by_new) = (|| world.call("GET", "/"), || world.call("GET", "/").by(renewed()));
    assert_eq!(ask(&world, by_old()).await.told(), ACCEPTED);
    world.store.change(&printer().id, |client| client.previous_key = None).await;
    assert_eq!(ask(&world, by_old()).await.told(), INVALID);
    assert_eq!(ask(&world, by_old().method(Plaintext)).await.told(), INVALID);
    assert_eq!(ask(&world, by_new()).await.told(), ACCEPTED);
    assert_eq!(world.initiate(&world.initiation().sign()).await.told(), INVALID);
}

#[tokio::test]
async fn key_confusion_two_kinds_are_never_mixed() {
    let world = World::with(|builder| builder.signature_method(Plaintext));
    // Whatever a store gives: what is of another kind than the newest one counts for nothing.
    let own = ClientKey::PublicKey(rsa::from_pem(PUBLIC_KEY, 2048).expect("a public key"));
    let beside = |key: ClientKey| {
        move |client: &mut ClientRecord| {
            client.previous_key = Some(PreviousKey { key, since: Timestamp::default() });
        }
    };
    world.store.change(&printer().id, beside(own)).await;
    world.store.change(&signer().id, beside(ClientKey::Secret(PUBLIC_KEY.into()))).await;
    let confused = Credentials::new(&signer().id, PUBLIC_KEY);
    for call in [
        world.call("GET", "/").method(with_private_key(RsaSha1)),
        world.call("GET", "/").by(confused.clone()).method(HmacSha1),
        world.call("GET", "/").by(confused).method(Plaintext),
    ] {
        assert_eq!(ask(&world, call).await.told(), (400, "signature_method_rejected"));
    }
    assert_eq!(ask(&world, world.call("GET", "/")).await.told(), ACCEPTED);
    let by_key = world.call("GET", "/").by(signer()).method(with_private_key(RsaSha1));
    assert_eq!(used(&ask(&world, by_key).await), Some(KeySlot::Newest));
}

/// Whether the first, the second or none of two keys fits: both are tried. Who has one pays for one.
#[tokio::test]
async fn two_keys_are_always_both_tried() {
    let count = Counts::default();
    let world = World::with(|builder| builder.signature_method(Counting(count.clone())));
    let tried = async |call: Call| {
        let before = count.verified();
        let _ = ask(&world, call).await;
        count.verified() - before
    };
    assert_eq!(tried(world.call("GET", "/")).await, 1);
    assert_eq!(tried(world.call("GET", "/").forged()).await, 1);
    renew(&world, &printer().id, ClientKey::Secret(renewed().secret.as_str().into())).await;
    for call in [
        world.call("GET", "/"),
        world.call("GET", "/").by(renewed()),
        world.call("GET", "/").by(Credentials::new(&printer().id, "neither")),
    ] {
        assert_eq!(tried(call).await, 2);
    }
    assert_eq!(tried(world.call("GET", "/").by(Credentials::new("nobody", "s"))).await, 1);
}
