//! Temporary credentials: whose they are, when they count, how often, and who may guess.

use crate::support::{ACCEPTED, Credentials, NOW, World, printer, stranger};
use countersign_provider::audit::Action;
use countersign_store::ClientStatus;

const REJECTED: (u16, &str) = (401, "token_rejected");
const WRONG: (u16, &str) = (401, "verifier_invalid");

/// Whether the rightful client can still redeem them.
async fn survive(world: &World, temporary: &Credentials, verifier: &str) -> bool {
    world.exchange(&world.redemption(temporary, verifier).sign()).await.told() == ACCEPTED
}

#[tokio::test]
async fn temporary_credentials_of_another_client_cannot_be_exchanged() {
    let world = World::new();
    let (temporary, verifier) = world.granted().await;
    for _ in 0..6 {
        let stolen = world.redemption(&temporary, &verifier).by(stranger());
        assert_eq!(world.exchange(&stolen.sign()).await.told(), REJECTED);
    }
    assert!(survive(&world, &temporary, &verifier).await);
}

#[tokio::test]
async fn verifier_of_another_client_is_refused() {
    let world = World::new();
    let (mine, my_verifier) = world.granted().await;
    let theirs = world.initiate(&world.initiation().by(stranger()).sign()).await.credentials();
    let their_verifier = world.grant(&theirs).await;
    assert_eq!(world.exchange(&world.redemption(&mine, &their_verifier).sign()).await.told(), WRONG);
    assert!(survive(&world, &mine, &my_verifier).await);
}

#[tokio::test]
async fn verifier_of_another_request_is_refused() {
    let world = World::new();
    let (one, verifier) = world.granted().await;
    let (other, other_verifier) = world.granted().await;
    assert_eq!(world.exchange(&world.redemption(&one, &other_verifier).sign()).await.told(), WRONG);
    assert!(survive(&world, &one, &verifier).await);
    assert!(survive(&world, &other, &other_verifier).await);
}

#[tokio::test]
async fn exchange_before_the_grant_is_refused() {
    let world = World::new();
    let temporary = world.temporary().await;
    for guess in ["guessed-early", ""] {
        let said = world.exchange(&world.redemption(&temporary, guess).sign()).await;
        assert_eq!(said.told(), (401, "permission_unknown"));
    }
    let verifier = world.grant(&temporary).await;
    assert!(survive(&world, &temporary, &verifier).await);
}

#[tokio::test]
async fn exchange_after_a_denial_is_refused() {
    let world = World::new();
    let temporary = world.temporary().await;
    world.deny(&temporary).await;
    for guess in ["any-verifier", ""] {
        let said = world.exchange(&world.redemption(&temporary, guess).sign()).await;
        assert_eq!(said.told(), (401, "user_refused"));
    }
}

#[tokio::test]
async fn five_wrong_verifiers_destroy_the_credentials() {
    let world = World::new();
    let (temporary, verifier) = world.granted().await;
    for attempt in 1..=5 {
        let wire = world.redemption(&temporary, "a-wrong-verifier").sign();
        assert_eq!(world.exchange(&wire).await.told(), WRONG, "attempt {attempt}");
    }
    assert_eq!(world.audit.actions().last(), Some(&Action::Guessed));
    assert_eq!(world.exchange(&world.redemption(&temporary, &verifier).sign()).await.told(), REJECTED);
    assert_eq!(world.provider.pending(&temporary.id).await.unwrap_err().code(), "token_rejected");
}

#[tokio::test]
async fn four_wrong_verifiers_do_not() {
    let world = World::new();
    let (temporary, verifier) = world.granted().await;
    for wrong in ["", "x", &verifier[1..], &verifier.to_lowercase()] {
        assert_eq!(world.exchange(&world.redemption(&temporary, wrong).sign()).await.told(), WRONG);
    }
    assert!(survive(&world, &temporary, &verifier).await);
}

#[tokio::test]
async fn an_empty_verifier_is_a_wrong_one_and_counts() {
    let world = World::new();
    let (temporary, verifier) = world.granted().await;
    for _ in 0..5 {
        assert_eq!(world.exchange(&world.redemption(&temporary, "").sign()).await.told(), WRONG);
    }
    assert_eq!(world.exchange(&world.redemption(&temporary, &verifier).sign()).await.told(), REJECTED);
}

#[tokio::test]
async fn a_wrong_verifier_claims_its_nonce_and_a_replay_is_not_counted() {
    let world = World::new();
    let (temporary, verifier) = world.granted().await;
    let wire = world.redemption(&temporary, "a-wrong-verifier").sign();
    assert_eq!(world.exchange(&wire).await.told(), WRONG);
    for _ in 0..10 {
        assert_eq!(world.exchange(&wire).await.told(), (401, "nonce_used"));
    }
    assert!(survive(&world, &temporary, &verifier).await);
}

#[tokio::test]
async fn guesses_are_counted_under_a_valid_signature_alone() {
    let world = World::new();
    let (temporary, verifier) = world.granted().await;
    for _ in 0..10 {
        let forged = world.redemption(&temporary, "a-wrong-verifier").forged().sign();
        assert_eq!(world.exchange(&forged).await.told(), (401, "signature_invalid"));
        let by_another = world.redemption(&temporary, "a-wrong-verifier").by(stranger()).sign();
        assert_eq!(world.exchange(&by_another).await.told(), REJECTED);
        let late = world.redemption(&temporary, "a-wrong-verifier").at(NOW - 301).sign();
        assert_eq!(world.exchange(&late).await.told(), (401, "timestamp_refused"));
    }
    assert!(survive(&world, &temporary, &verifier).await);
}

#[tokio::test]
async fn an_absent_verifier_is_400_in_every_state() {
    let world = World::new();
    let (granted, _) = world.granted().await;
    let denied = world.temporary().await;
    world.deny(&denied).await;
    let (redeemed, verifier) = world.granted().await;
    assert!(survive(&world, &redeemed, &verifier).await);
    let unknown = Credentials::new("unknown-token", "unknown-secret");
    for temporary in [world.temporary().await, granted, denied, redeemed, unknown] {
        let call = world.call("POST", "/token").token(&temporary);
        for wire in [call.clone().sign(), call.clone().forged().sign(), call.by(stranger()).sign()] {
            let said = world.exchange(&wire).await;
            assert_eq!(said.told(), (400, "parameter_absent"));
            assert_eq!(said.value("oauth_parameters_absent").as_deref(), Some("oauth_verifier"));
        }
    }
}

#[tokio::test]
async fn an_exchange_without_a_token_is_400() {
    let world = World::new();
    let call = world.call("POST", "/token");
    let said = world.exchange(&call.clone().sign()).await;
    assert_eq!(said.told(), (400, "parameter_absent"));
    assert_eq!(said.value("oauth_parameters_absent").as_deref(), Some("oauth_token&oauth_verifier"));
    let empty = call.set("oauth_token", "").verifier("some-verifier");
    assert_eq!(world.exchange(&empty.sign()).await.told(), (400, "parameter_absent"));
}

#[tokio::test]
async fn redeemed_twice_is_token_rejected() {
    let world = World::new();
    let (temporary, verifier) = world.granted().await;
    let token = world.exchange(&world.redemption(&temporary, &verifier).sign()).await.credentials();
    assert_eq!(world.exchange(&world.redemption(&temporary, &verifier).sign()).await.told(), REJECTED);
    // The first token keeps its worth.
    assert_eq!(world.protect(&world.request(&token).sign()).await.told(), ACCEPTED);
}

#[tokio::test]
async fn expired_temporary_credentials_are_refused() {
    let world = World::new();
    let (in_time, verifier) = world.granted().await;
    let (late, late_verifier) = world.granted().await;
    let unanswered = world.temporary().await;
    let held = world.provider.pending(&unanswered.id).await.unwrap();

    world.clock.set(NOW + 599);
    assert!(world.provider.pending(&unanswered.id).await.is_ok());
    assert!(survive(&world, &in_time, &verifier).await);

    world.clock.set(NOW + 600);
    let said = world.exchange(&world.redemption(&late, &late_verifier).sign()).await;
    assert_eq!(said.told(), (401, "token_expired"));
    assert_eq!(world.provider.pending(&unanswered.id).await.unwrap_err().code(), "token_expired");
    assert_eq!(held.grant("jane").await.unwrap_err().status(), 401);
}

#[tokio::test]
async fn temporary_credentials_open_no_resource_and_a_token_redeems_nothing() {
    let world = World::new();
    let (temporary, verifier) = world.granted().await;
    assert_eq!(world.protect(&world.request(&temporary).sign()).await.told(), REJECTED);
    let token = world.exchange(&world.redemption(&temporary, &verifier).sign()).await.credentials();
    assert_eq!(world.exchange(&world.redemption(&token, &verifier).sign()).await.told(), REJECTED);
    assert_eq!(world.provider.pending(&token.id).await.unwrap_err().code(), "token_rejected");
}

#[tokio::test]
async fn identifiers_are_compared_byte_by_byte() {
    let world = World::new();
    let (temporary, verifier) = world.granted().await;
    let id = &temporary.id;
    for other in [id.to_lowercase(), id.to_uppercase(), format!("{id} "), format!("{id}0"), id[1..].into()] {
        let near = Credentials { id: other, ..temporary.clone() };
        assert_eq!(world.exchange(&world.redemption(&near, &verifier).sign()).await.told(), REJECTED);
    }
    assert!(survive(&world, &temporary, &verifier).await);
}

#[tokio::test]
async fn a_client_suspended_in_between_redeems_nothing() {
    let world = World::new();
    let (temporary, verifier) = world.granted().await;
    for status in [ClientStatus::Suspended, ClientStatus::Pending] {
        world.store.change(&printer().id, |client| client.status = status).await;
        let said = world.exchange(&world.redemption(&temporary, &verifier).sign()).await;
        assert_eq!(said.told(), (401, "consumer_key_refused"));
    }
    world.store.change(&printer().id, |client| client.status = ClientStatus::Active).await;
    assert!(survive(&world, &temporary, &verifier).await);
}
