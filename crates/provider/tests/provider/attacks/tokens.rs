//! Token credentials: expired, revoked, of another client, of a disabled owner, or none at all.

use crate::support::{ACCEPTED, Credentials, NOW, World, printer, stranger, two_legged};
use countersign_provider::{Policy, TokenRule};
use countersign_store::{Cached, MemoryStore, TokenStatus};

const REJECTED: (u16, &str) = (401, "token_rejected");
const INVALID: (u16, &str) = (401, "signature_invalid");

#[tokio::test]
async fn an_expired_token_is_refused() {
    let world = World::with(|builder| builder.token_life(Some(3600)));
    let token = world.token().await;
    world.clock.set(NOW + 3599);
    assert_eq!(world.protect(&world.request(&token).sign()).await.told(), ACCEPTED);
    world.clock.set(NOW + 3600);
    assert_eq!(world.protect(&world.request(&token).sign()).await.told(), (401, "token_expired"));
}

#[tokio::test]
async fn a_token_without_an_end_does_not_expire() {
    let world = World::new();
    let token = world.token().await;
    world.clock.set(NOW * 2);
    assert_eq!(world.protect(&world.request(&token).sign()).await.told(), ACCEPTED);
}

#[tokio::test]
async fn a_revoked_token_is_refused_at_once() {
    let world = World::new();
    let (token, other) = (world.token().await, world.token().await);
    assert_eq!(world.protect(&world.request(&token).sign()).await.told(), ACCEPTED);
    world.revoke(&token).await;
    assert_eq!(world.protect(&world.request(&token).sign()).await.told(), (401, "token_revoked"));
    assert_eq!(world.protect(&world.request(&other).sign()).await.told(), ACCEPTED);
}

#[tokio::test]
async fn a_revoked_token_is_refused_at_once_though_lookups_are_cached() {
    let world = World::with(|builder| {
        let store = MemoryStore::default().with_client(&printer().id, &printer().secret, "Printer");
        builder.store(Cached::new(store, 100))
    });
    let temporary = world.initiate(&world.initiation().callback("oob").sign()).await.credentials();
    let verifier = world.grant(&temporary).await;
    let token = world.exchange(&world.redemption(&temporary, &verifier).sign()).await.credentials();
    for _ in 0..2 {
        assert_eq!(world.protect(&world.request(&token).sign()).await.told(), ACCEPTED);
    }
    world.revoke(&token).await;
    assert_eq!(world.protect(&world.request(&token).sign()).await.told(), (401, "token_revoked"));
}

#[tokio::test]
async fn a_token_of_a_disabled_owner_is_rejected() {
    let world = World::new();
    let token = world.token().await;
    world.store.show_tokens_as(Some(TokenStatus::OwnerDisabled));
    assert_eq!(world.protect(&world.request(&token).sign()).await.told(), REJECTED);
}

#[tokio::test]
async fn a_token_of_another_client_is_rejected() {
    let world = World::new();
    let token = world.token().await;
    assert_eq!(world.protect(&world.request(&token).by(stranger()).sign()).await.told(), REJECTED);
    let either = Policy::default().token(TokenRule::Optional);
    let wire = world.request(&token).by(stranger()).sign();
    assert_eq!(world.protect_by(&wire, &either).await.told(), REJECTED);
    assert_eq!(world.protect(&world.request(&token).sign()).await.told(), ACCEPTED);
}

#[tokio::test]
async fn an_unknown_token_is_rejected() {
    let world = World::new();
    let token = world.token().await;
    for id in ["unknown-token", &token.id.to_lowercase(), &format!("{} ", token.id)] {
        let near = Credentials { id: id.into(), ..token.clone() };
        assert_eq!(world.protect(&world.request(&near).sign()).await.told(), REJECTED, "{id}");
    }
}

#[tokio::test]
async fn a_stolen_identifier_without_its_secret_is_worth_nothing() {
    let world = World::new();
    let (mine, other) = (world.token().await, world.token().await);
    for secret in ["", "guessed-secret", &other.secret, &mine.secret[1..], &mine.secret.to_lowercase()] {
        let guessed = Credentials::new(&mine.id, secret);
        assert_eq!(world.protect(&world.request(&guessed).sign()).await.told(), INVALID, "{secret}");
    }
    let client = Credentials::new(&printer().id, "guessed-secret");
    assert_eq!(world.protect(&world.request(&mine).by(client).sign()).await.told(), INVALID);
}

#[tokio::test]
async fn a_token_taken_out_or_swapped_on_the_way_breaks_the_signature() {
    let world = World::new();
    let (one, other) = (world.token().await, world.token().await);
    let either = Policy::default().token(TokenRule::Optional);
    let stripped = world.request(&one).sign().rewritten(&format!("oauth_token=\"{}\", ", one.id), "");
    assert_eq!(world.protect_by(&stripped, &either).await.told(), INVALID);
    let swapped = world.request(&one).sign().rewritten(&one.id, &other.id);
    assert_eq!(world.protect(&swapped).await.told(), INVALID);
}

#[tokio::test]
async fn a_route_needs_a_token_unless_it_says_otherwise() {
    let world = World::new();
    let alone = world.call("GET", "/photos");
    for call in [alone.clone(), alone.set("oauth_token", "")] {
        world.store.forget();
        let said = world.protect(&call.sign()).await;
        assert_eq!(said.told(), (400, "parameter_absent"));
        assert!(
            said.answer.body.contains(r#""oauth_parameters_absent":"oauth_token""#),
            "{}",
            said.answer.body
        );
        assert_eq!(world.store.verbs(), [""; 0], "nothing is loaded for it");
    }
}

#[tokio::test]
async fn a_route_for_clients_alone_takes_no_token() {
    let world = World::new();
    let token = world.token().await;
    let said = world.protect_by(&world.request(&token).sign(), &two_legged()).await;
    assert_eq!(said.told(), (400, "parameter_rejected"));
}

#[tokio::test]
async fn a_client_calls_alone_only_if_it_may() {
    let world = World::new();
    world.store.change(&printer().id, |client| client.two_legged = false).await;
    for policy in [two_legged(), Policy::default().token(TokenRule::Optional)] {
        let said = world.protect_by(&world.call("GET", "/").sign(), &policy).await;
        assert_eq!(said.told(), (403, "permission_denied"));
    }
    let token = world.token().await;
    assert_eq!(world.protect(&world.request(&token).sign()).await.told(), ACCEPTED);
}

#[tokio::test]
async fn what_is_signed_cannot_be_changed_on_the_way() {
    let world = World::new();
    let token = world.token().await;
    let call = world.request(&token).target("/photos?size=original&file=a");
    let honest = || call.sign();
    for changed in [
        honest().target("/photos?size=original&file=b"),
        honest().target("/photos?size=original&file=a&admin=1"),
        honest().target("/photos?size=original"),
        honest().target("/photos/?size=original&file=a"),
        honest().target("/PHOTOS?size=original&file=a"),
        honest().target("/%70hotos?size=original&file=a"),
        honest().target("/./photos?size=original&file=a"),
        honest().verb("DELETE"),
        honest().rewritten("HMAC-SHA1", "HMAC-SHA256"),
        honest().rewritten("oauth_nonce=\"", "oauth_nonce=\"x"),
        honest().rewritten("OAuth ", "OAuth extra=\"1\", "),
    ] {
        assert_eq!(world.protect(&changed).await.told(), INVALID);
    }
    // Another order and an empty segment are the same parameters.
    let same = honest().target("/photos?file=a&&size=original&");
    assert_eq!(world.protect(&same).await.told(), ACCEPTED);
}
