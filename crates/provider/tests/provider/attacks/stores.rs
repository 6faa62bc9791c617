//! A store that does not answer: 503 in every conversation, never "unknown", never "fresh".

use crate::support::{ACCEPTED, CAUSE, Said, World};
use countersign_core::TokenId;
use countersign_provider::Audience;

fn is_unavailable(said: &Said, verb: &str) {
    assert_eq!(said.told(), (503, "store_unavailable"), "{verb}");
    assert_eq!(said.field("retry-after"), Some("1"), "{verb}");
    assert_eq!(said.field("www-authenticate"), None, "{verb}");
    assert_eq!(said.field("cache-control"), Some("no-store"), "{verb}");
}

#[tokio::test]
async fn initiate_fails_closed() {
    let world = World::new();
    for verb in ["client", "remember", "create"] {
        world.store.fail(Some(verb));
        is_unavailable(&world.initiate(&world.initiation().sign()).await, verb);
    }
    world.store.fail(None);
    assert_eq!(world.initiate(&world.initiation().sign()).await.told(), ACCEPTED);
}

#[tokio::test]
async fn exchange_fails_closed() {
    let world = World::new();
    let (temporary, verifier) = world.granted().await;
    for verb in ["client", "temporary", "remember", "redeem"] {
        world.store.fail(Some(verb));
        is_unavailable(&world.exchange(&world.redemption(&temporary, &verifier).sign()).await, verb);
    }
    world.store.fail(Some("count_wrong_verifier"));
    let said = world.exchange(&world.redemption(&temporary, "a-wrong-verifier").sign()).await;
    is_unavailable(&said, "count_wrong_verifier");
    world.store.fail(None);
    assert_eq!(world.exchange(&world.redemption(&temporary, &verifier).sign()).await.told(), ACCEPTED);
}

#[tokio::test]
async fn protect_fails_closed() {
    let world = World::new();
    let token = world.token().await;
    for verb in ["load", "remember"] {
        world.store.fail(Some(verb));
        let said = world.protect(&world.request(&token).sign()).await;
        is_unavailable(&said, verb);
        assert!(said.verified.is_none());
    }
    world.store.fail(None);
    assert_eq!(world.protect(&world.request(&token).sign()).await.told(), ACCEPTED);
}

#[tokio::test]
async fn the_owners_answer_fails_closed() {
    let world = World::new();
    let temporary = world.temporary().await;
    let pending = async || world.provider.pending(&temporary.id).await;
    for verb in ["temporary", "client"] {
        world.store.fail(Some(verb));
        assert_eq!(pending().await.unwrap_err().status(), 503, "{verb}");
    }
    world.store.fail(None);
    let (granted, denied) = (pending().await.unwrap(), pending().await.unwrap());
    world.store.fail(Some("grant"));
    assert_eq!(granted.grant("jane").await.unwrap_err().status(), 503);
    world.store.fail(Some("deny"));
    assert_eq!(denied.deny().await.unwrap_err().status(), 503);
    world.store.fail(None);
    world.grant(&temporary).await;
}

#[tokio::test]
async fn a_revocation_that_is_not_known_to_have_happened_is_an_error() {
    let world = World::new();
    let id = TokenId::new(&world.token().await.id).unwrap();
    world.store.fail(Some("revoke"));
    assert!(world.provider.revoke(&id).await.unwrap_err().is_retryable());
    assert!(!world.audit.actions().contains(&countersign_provider::audit::Action::Revoked));
}

#[tokio::test]
async fn the_cause_is_for_the_log_and_in_no_answer() {
    let world = World::new();
    world.store.fail(Some("temporary"));
    let rejection = world.provider.pending("any").await.unwrap_err();
    let cause = rejection.cause().unwrap();
    assert_eq!(cause.to_string(), "store unavailable");
    assert_eq!(cause.source().unwrap().to_string(), CAUSE);
    for audience in [Audience::Endpoint, Audience::Resource] {
        let answer = world.provider.refuse(&rejection, audience, None);
        assert!(!format!("{answer:?}").contains("database"), "{answer:?}");
    }
    assert!(!rejection.to_string().contains("database"));
}

#[test]
fn a_store_that_knows_for_how_long_it_refuses_says_so() {
    let refusal =
        countersign_provider::Rejection::from(countersign_store::StoreError::unavailable_for(341, "fenced"));
    let answer = World::new().provider.refuse(&refusal, Audience::Resource, None);
    assert_eq!(answer.status, 503);
    assert!(answer.fields.contains(&("retry-after", "341".into())), "{answer:?}");
}
