//! A request that fails changes nothing anywhere; the one exception is a wrong verifier under a valid signature.

use crate::support::{Credentials, NOW, Said, World, printer, signer, stranger, two_legged};
use countersign_core::Plaintext;
use countersign_provider::Policy;
use countersign_store::{ClientStatus, TokenStatus};

/// What the refused request changed.
async fn changed_by(world: &World, refused: impl Future<Output = Said>) -> Vec<&'static str> {
    world.store.forget();
    let said = refused.await;
    assert!(said.status >= 400, "{:?} was to be refused", said.told());
    world.store.changes()
}

#[tokio::test]
async fn nothing_that_a_refused_initiation_did_can_be_observed() {
    let world = World::new();
    let token = world.token().await;
    let call = || world.initiation();
    let nobody = Credentials::new("nobody", "nobodys-secret");
    for (what, call) in [
        ("bad signature", call().forged()),
        ("unknown client", call().by(nobody)),
        ("method of another kind", call().by(signer())),
        ("method not accepted", call().method(Plaintext)),
        ("late", call().at(NOW - 301)),
        ("malformed timestamp", call().set("oauth_timestamp", "now")),
        ("no callback", call().without("oauth_callback")),
        ("foreign callback", call().callback("https://evil.example/")),
        ("token", call().token(&token)),
        ("two scopes", call().form("scope=a&scope=b")),
        ("version", call().set("oauth_version", "2.0")),
        ("http method", call().verb("GET")),
    ] {
        let wire = call.sign();
        assert_eq!(changed_by(&world, world.initiate(&wire)).await, [""; 0], "{what}");
    }
    let http = call().sign().over_http();
    assert_eq!(changed_by(&world, world.initiate(&http)).await, [""; 0]);
    for status in [ClientStatus::Suspended, ClientStatus::Pending] {
        world.store.change(&printer().id, |client| client.status = status).await;
        let wire = call().sign();
        assert_eq!(changed_by(&world, world.initiate(&wire)).await, [""; 0]);
    }
}

#[tokio::test]
async fn nothing_that_a_refused_exchange_did_can_be_observed() {
    let world = World::new();
    let (temporary, verifier) = world.granted().await;
    let (unanswered, denied) = (world.temporary().await, world.temporary().await);
    world.deny(&denied).await;
    let call = || world.redemption(&temporary, &verifier);
    let nobody = Credentials::new("nobody", "nobodys-secret");
    let unknown = Credentials::new("unknown-token", "unknown-secret");
    for (what, call) in [
        ("bad signature", call().forged()),
        ("wrong verifier under a bad signature", world.redemption(&temporary, "a-wrong-verifier").forged()),
        ("unknown client", call().by(nobody)),
        ("another client", call().by(stranger())),
        ("another client's wrong verifier", world.redemption(&temporary, "a-wrong-verifier").by(stranger())),
        ("unknown credentials", world.redemption(&unknown, &verifier)),
        ("before the grant", world.redemption(&unanswered, &verifier)),
        ("after a denial", world.redemption(&denied, &verifier)),
        ("no verifier", call().without("oauth_verifier")),
        ("late", call().at(NOW - 301)),
        ("version", call().set("oauth_version", "2.0")),
        ("http method", call().verb("GET")),
    ] {
        let wire = call.sign();
        assert_eq!(changed_by(&world, world.exchange(&wire)).await, [""; 0], "{what}");
    }
    let http = call().sign().over_http();
    assert_eq!(changed_by(&world, world.exchange(&http)).await, [""; 0]);
    world.store.change(&printer().id, |client| client.status = ClientStatus::Suspended).await;
    let wire = call().sign();
    assert_eq!(changed_by(&world, world.exchange(&wire)).await, [""; 0]);
    world.store.change(&printer().id, |client| client.status = ClientStatus::Active).await;
    let late = call().at(NOW + 600).sign();
    world.clock.set(NOW + 600);
    assert_eq!(changed_by(&world, world.exchange(&late)).await, [""; 0]);
}

#[tokio::test]
async fn nothing_that_a_refused_request_did_can_be_observed() {
    let world = World::with(|builder| builder.token_life(Some(100)));
    let (token, revoked) = (world.token().await, world.token().await);
    world.revoke(&revoked).await;
    let call = || world.request(&token);
    let nobody = Credentials::new("nobody", "nobodys-secret");
    for (what, call) in [
        ("bad signature", call().forged()),
        ("unknown client", call().by(nobody)),
        ("another client", call().by(stranger())),
        ("unknown token", world.request(&Credentials::new("unknown-token", "unknown-secret"))),
        ("revoked token", world.request(&revoked)),
        ("no token", world.call("GET", "/photos")),
        ("method of another kind", call().by(signer())),
        ("late", call().at(NOW + 301)),
        ("malformed nonce", call().nonce("")),
        ("version", call().set("oauth_version", "2.0")),
    ] {
        let wire = call.sign();
        assert_eq!(changed_by(&world, world.protect(&wire)).await, [""; 0], "{what}");
    }
    let wire = call().sign();
    let scope = Policy::default().scope("write");
    assert_eq!(changed_by(&world, world.protect_by(&wire, &scope)).await, [""; 0]);
    assert_eq!(changed_by(&world, world.protect_by(&wire, &two_legged())).await, [""; 0]);
    assert_eq!(changed_by(&world, world.protect(&wire.clone().over_http())).await, [""; 0]);
    assert_eq!(changed_by(&world, world.protect(&wire.clone().without("host"))).await, [""; 0]);
    world.store.show_tokens_as(Some(TokenStatus::OwnerDisabled));
    assert_eq!(changed_by(&world, world.protect(&wire)).await, [""; 0]);
    world.store.show_tokens_as(None);
    world.clock.set(NOW + 100);
    assert_eq!(changed_by(&world, world.protect(&wire)).await, [""; 0]);
    world.store.change(&printer().id, |client| client.two_legged = false).await;
    let alone = world.call("GET", "/").sign();
    assert_eq!(changed_by(&world, world.protect_by(&alone, &two_legged())).await, [""; 0]);
}

#[tokio::test]
async fn nothing_is_audited_for_a_request_that_a_stranger_can_send() {
    let world = World::new();
    let token = world.token().await;
    let before = world.audit.events().len();
    world.protect(&world.request(&token).forged().sign()).await;
    world.initiate(&world.initiation().forged().sign()).await;
    world.exchange(&world.redemption(&token, "a-wrong-verifier").forged().sign()).await;
    assert_eq!(world.audit.events().len(), before);
}

#[tokio::test]
async fn a_wrong_verifier_under_a_valid_signature_claims_its_nonce_and_is_counted() {
    let world = World::new();
    let (temporary, _) = world.granted().await;
    let wire = world.redemption(&temporary, "a-wrong-verifier").sign();
    assert_eq!(changed_by(&world, world.exchange(&wire)).await, ["remember", "count_wrong_verifier"]);
    // The replay asks for the nonce, and is not counted.
    assert_eq!(changed_by(&world, world.exchange(&wire)).await, ["remember"]);
}

#[tokio::test]
async fn each_conversation_changes_by_one_verb_and_the_nonce() {
    let world = World::new();
    let changes = |world: &World| {
        let changes = world.store.changes();
        world.store.forget();
        changes
    };
    let temporary = world.temporary().await;
    assert_eq!(changes(&world), ["remember", "create"]);
    let verifier = world.grant(&temporary).await;
    assert_eq!(changes(&world), ["grant"]);
    let token = world.exchange(&world.redemption(&temporary, &verifier).sign()).await.credentials();
    assert_eq!(changes(&world), ["remember", "redeem"]);
    world.protect(&world.request(&token).sign()).await;
    assert_eq!(world.store.verbs(), ["load", "remember"], "one read, one write on the hot path");
}
