//! Replays: each combination of client, token, timestamp and nonce once; and nobody without the secrets burns one.

use crate::support::{ACCEPTED, Call, NOW, World, printer, signer, stranger, two_legged, window};
use countersign_core::Plaintext;
use countersign_provider::{Policy, audit::Action};
use countersign_store::{ClientStatus, MemoryNonces, TokenStatus};

const REPLAYED: (u16, &str) = (401, "nonce_used");

#[tokio::test]
async fn replayed_nonce_is_refused() {
    let world = World::new();
    let token = world.token().await;
    let wire = world.request(&token).sign();
    assert_eq!(world.protect(&wire).await.told(), ACCEPTED);
    for _ in 0..3 {
        assert_eq!(world.protect(&wire).await.told(), REPLAYED);
    }
    let other_request = world.request(&token).target("/videos");
    let same_nonce = other_request.nonce("once");
    assert_eq!(world.protect(&world.request(&token).nonce("once").sign()).await.told(), ACCEPTED);
    assert_eq!(world.protect(&same_nonce.sign()).await.told(), REPLAYED);
    assert!(world.audit.actions().ends_with(&[Action::Replayed; 4]));
}

#[tokio::test]
async fn replayed_endpoint_requests_are_refused() {
    let world = World::new();
    let initiation = world.initiation().sign();
    let temporary = world.initiate(&initiation).await.credentials();
    assert_eq!(world.initiate(&initiation).await.told(), REPLAYED);
    let verifier = world.grant(&temporary).await;
    let redemption = world.redemption(&temporary, &verifier).sign();
    world.exchange(&redemption).await.credentials();
    // The temporary credentials are gone by now, which is told first.
    assert_eq!(world.exchange(&redemption).await.told(), (401, "token_rejected"));
}

#[tokio::test]
async fn a_replay_from_another_place_is_refused() {
    let world = World::new();
    let token = world.token().await;
    let wire = world.call("POST", "/photos").token(&token).sign();
    assert_eq!(world.protect(&wire).await.told(), ACCEPTED);
    assert_eq!(world.protect(&wire.clone().in_query()).await.told(), REPLAYED);
    assert_eq!(world.protect(&wire.in_form()).await.told(), REPLAYED);
}

#[tokio::test]
async fn a_replay_in_another_encoding_is_refused() {
    let world = World::new();
    let wire = world.call("GET", "/").nonce("nonce A").sign();
    assert_eq!(world.protect_by(&wire, &two_legged()).await.told(), ACCEPTED);
    let rewritten = wire.rewritten("nonce%20A", "%6eonce%20%41");
    assert_eq!(world.protect_by(&rewritten, &two_legged()).await.told(), REPLAYED);
}

#[tokio::test]
async fn nonces_are_compared_byte_by_byte() {
    let world = World::new();
    for nonce in ["kllo", "Kllo", "kllo ", " kllo", "klló", "kllo%20"] {
        let wire = world.call("GET", "/").nonce(nonce).sign();
        assert_eq!(world.protect_by(&wire, &two_legged()).await.told(), ACCEPTED, "{nonce}");
        assert_eq!(world.protect_by(&wire, &two_legged()).await.told(), REPLAYED, "{nonce}");
    }
}

#[tokio::test]
async fn a_nonce_is_bound_to_client_token_and_timestamp() {
    let world = World::new();
    let (one, other) = (world.token().await, world.token().await);
    let with = |call: Call| call.nonce("the same").sign();
    for wire in [
        with(world.request(&one)),
        with(world.request(&other)),
        with(world.request(&one).at(NOW + 1)),
        with(world.request(&one).at(NOW - 1)),
    ] {
        assert_eq!(world.protect(&wire).await.told(), ACCEPTED);
        assert_eq!(world.protect(&wire).await.told(), REPLAYED);
    }
    for call in [world.call("GET", "/"), world.call("GET", "/").by(stranger())] {
        assert_eq!(world.protect_by(&with(call), &two_legged()).await.told(), ACCEPTED);
    }
}

#[tokio::test]
async fn a_replay_is_refused_as_long_as_its_timestamp_counts() {
    let world = World::new();
    let token = world.token().await;
    let early = world.request(&token).at(NOW + 300).sign();
    assert_eq!(world.protect(&early).await.told(), ACCEPTED);
    for (later, told) in [(1, REPLAYED), (300, REPLAYED), (600, REPLAYED), (601, (401, "timestamp_refused"))]
    {
        world.clock.set(NOW + later);
        // Others make the store tidy up.
        world.protect(&world.request(&token).sign()).await;
        assert_eq!(world.protect(&early).await.told(), told, "{later} s later");
    }
}

#[tokio::test]
async fn a_wider_window_of_the_client_keeps_its_nonces_longer() {
    let world = World::new();
    world.store.change(&printer().id, |client| client.window = window(3600)).await;
    let token = world.token().await;
    let wire = world.request(&token).sign();
    assert_eq!(world.protect(&wire).await.told(), ACCEPTED);
    world.clock.set(NOW + 3600);
    world.protect(&world.request(&token).sign()).await;
    assert_eq!(world.protect(&wire).await.told(), REPLAYED);
}

#[tokio::test]
async fn a_nonce_store_apart_is_asked_and_the_other_is_not() {
    let world = World::with(|builder| builder.nonces(MemoryNonces::default()));
    let wire = world.call("GET", "/").sign();
    assert_eq!(world.protect_by(&wire, &two_legged()).await.told(), ACCEPTED);
    assert_eq!(world.protect_by(&wire, &two_legged()).await.told(), REPLAYED);
    assert_eq!(world.store.changes(), [""; 0]);
}

#[tokio::test]
async fn plaintext_ignores_timestamp_and_nonce() {
    let world = World::with(|builder| builder.signature_method(Plaintext));
    let call = world.call("GET", "/").method(Plaintext);
    for wire in [call.clone().sign(), call.without("oauth_timestamp").without("oauth_nonce").sign()] {
        assert_eq!(world.protect_by(&wire, &two_legged()).await.told(), ACCEPTED);
        assert_eq!(world.protect_by(&wire, &two_legged()).await.told(), ACCEPTED);
    }
    assert_eq!(world.store.changes(), [""; 0]);
}

#[tokio::test]
async fn nonce_survives_a_bad_signature() {
    let world = World::new();
    let token = world.token().await;
    let call = world.request(&token);
    for _ in 0..3 {
        let said = world.protect(&call.clone().forged().sign()).await;
        assert_eq!(said.told(), (401, "signature_invalid"));
    }
    assert_eq!(world.protect(&call.sign()).await.told(), ACCEPTED);

    let call = world.initiation();
    assert_eq!(world.initiate(&call.clone().forged().sign()).await.status, 401);
    assert_eq!(world.initiate(&call.sign()).await.told(), ACCEPTED);

    let (temporary, verifier) = world.granted().await;
    let call = world.redemption(&temporary, &verifier);
    assert_eq!(world.exchange(&call.clone().forged().sign()).await.status, 401);
    assert_eq!(world.exchange(&call.sign()).await.told(), ACCEPTED);
}

#[tokio::test]
async fn nonce_survives_every_other_refusal_at_a_resource() {
    let world = World::with(|builder| builder.token_life(Some(100)));
    let (token, id) = (world.token().await, printer().id);
    let wire = world.request(&token).sign();
    let refused = async |expected: (u16, &str)| {
        assert_eq!(world.protect(&wire).await.told(), expected);
    };
    assert_eq!(world.protect(&wire.clone().over_http()).await.told(), (400, "insecure_transport"));
    let said = world.protect_by(&wire, &Policy::default().scope("write")).await;
    assert_eq!(said.told(), (403, "permission_denied"));
    for status in [ClientStatus::Pending, ClientStatus::Suspended] {
        world.store.change(&id, |client| client.status = status).await;
        refused((401, "consumer_key_refused")).await;
    }
    world.store.change(&id, |client| client.status = ClientStatus::Active).await;
    world.store.change(&id, |client| client.methods = Some(vec!["HMAC-SHA512".into()])).await;
    refused((400, "signature_method_rejected")).await;
    world.store.change(&id, |client| client.methods = None).await;
    for (status, code) in
        [(TokenStatus::Revoked, "token_revoked"), (TokenStatus::OwnerDisabled, "token_rejected")]
    {
        world.store.show_tokens_as(Some(status));
        refused((401, code)).await;
    }
    world.store.show_tokens_as(None);
    for (away, code) in [(100, "token_expired"), (301, "timestamp_refused")] {
        world.clock.set(NOW + away);
        refused((401, code)).await;
    }
    world.clock.set(NOW);
    world.store.fail(Some("load"));
    refused((503, "store_unavailable")).await;
    world.store.fail(None);
    assert_eq!(world.protect(&wire).await.told(), ACCEPTED);
}

#[tokio::test]
async fn nonce_survives_every_other_refusal_at_initiate() {
    let world = World::new();
    let wire = world.initiation().sign();
    world.store.change(&printer().id, |client| client.callbacks.clear()).await;
    assert_eq!(world.initiate(&wire).await.told(), (400, "callback_rejected"));
    world
        .store
        .change(&printer().id, |client| client.callbacks = vec![crate::support::CALLBACK.into()])
        .await;
    let again = world.initiation().nonce("again");
    let two_scopes = again.clone().form("scope=a&scope=b").sign();
    assert_eq!(world.initiate(&two_scopes).await.told(), (400, "parameter_rejected"));
    assert_eq!(world.initiate(&again.clone().sign().verb("GET")).await.told(), (405, "method_not_allowed"));
    for wire in [wire, again.sign()] {
        assert_eq!(world.initiate(&wire).await.told(), ACCEPTED);
    }
}

#[tokio::test]
async fn nonce_survives_every_other_refusal_at_exchange() {
    let world = World::new();
    let temporary = world.temporary().await;
    let call =
        |verifier: &str| world.call("POST", "/token").token(&temporary).verifier(verifier).nonce("once");
    assert_eq!(world.exchange(&call("early").sign()).await.told(), (401, "permission_unknown"));
    let verifier = world.grant(&temporary).await;
    let by_another = call(&verifier).by(stranger()).sign();
    assert_eq!(world.exchange(&by_another).await.told(), (401, "token_rejected"));
    let by_a_key = call(&verifier).by(signer()).sign();
    assert_eq!(world.exchange(&by_a_key).await.told(), (400, "signature_method_rejected"));
    assert_eq!(world.exchange(&call(&verifier).sign().over_http()).await.status, 400);
    assert_eq!(world.exchange(&call(&verifier).without("oauth_verifier").sign()).await.status, 400);
    assert_eq!(world.exchange(&call(&verifier).sign()).await.told(), ACCEPTED);
}
