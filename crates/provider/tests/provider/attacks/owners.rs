//! The resource owner's answer: final, sent where the client said at first, and to nobody else.

use crate::support::{ACCEPTED, CALLBACK, World, printer, stranger, verifier};
use countersign_provider::{Next, audit::Action};
use countersign_store::ClientStatus;

#[tokio::test]
async fn session_fixation_a_callback_cannot_be_changed_after_initiate() {
    let world = World::new();
    let temporary = world.temporary().await;
    world
        .store
        .change(&printer().id, |client| client.callbacks = vec!["https://evil.example/ready".into()])
        .await;
    let pending = world.provider.pending(&temporary.id).await.unwrap();
    let next = pending.grant("jane").await.unwrap();
    let Next::Redirect(url) = &next else { panic!("a redirect") };
    assert!(url.starts_with(&format!("{CALLBACK}?")), "{url}");

    // Naming another one as it is redeemed is signed, and otherwise means nothing.
    let call = world.redemption(&temporary, &verifier(&next)).callback("https://evil.example/ready");
    let said = world.exchange(&call.sign()).await;
    assert_eq!(said.told(), ACCEPTED);
    assert!(!said.answer.body.contains("evil"));
}

#[tokio::test]
async fn session_fixation_whoever_began_the_dance_cannot_end_it_without_the_verifier() {
    let world = World::new();
    // The attacker holds the temporary credentials; the victim grants; the verifier goes to the victim's browser.
    let (temporary, verifier) = world.granted().await;
    let without = world.call("POST", "/token").token(&temporary);
    assert_eq!(world.exchange(&without.sign()).await.told(), (400, "parameter_absent"));
    let id = temporary.id.clone();
    for guess in ["", id.as_str(), temporary.secret.as_str()] {
        let said = world.exchange(&world.redemption(&temporary, guess).sign()).await;
        assert_eq!(said.told(), (401, "verifier_invalid"));
    }
    assert!(!verifier.contains(&temporary.id) && !verifier.contains(&temporary.secret));
}

#[tokio::test]
async fn a_second_grant_is_refused_and_changes_no_verifier() {
    let world = World::new();
    let temporary = world.temporary().await;
    let pending = async || world.provider.pending(&temporary.id).await.unwrap();
    let (first, second, third) = (pending().await, pending().await, pending().await);
    let verifier = verifier(&first.grant("jane").await.unwrap());

    assert_eq!(second.grant("mallory").await.unwrap_err().code(), "token_rejected");
    assert_eq!(third.deny().await.unwrap_err().code(), "token_rejected");
    assert_eq!(world.provider.pending(&temporary.id).await.unwrap_err().code(), "token_rejected");

    let token = world.exchange(&world.redemption(&temporary, &verifier).sign()).await.credentials();
    let said = world.protect(&world.request(&token).sign()).await;
    assert_eq!(said.verified.unwrap().resource_owner().unwrap().as_str(), "jane");
    assert_eq!(world.audit.actions(), [Action::Initiated, Action::Granted, Action::Issued]);
}

#[tokio::test]
async fn a_denial_is_final() {
    let world = World::new();
    let temporary = world.temporary().await;
    let held = world.provider.pending(&temporary.id).await.unwrap();
    world.deny(&temporary).await;
    assert_eq!(held.grant("mallory").await.unwrap_err().code(), "token_rejected");
    assert_eq!(world.provider.pending(&temporary.id).await.unwrap_err().code(), "token_rejected");
    let said = world.exchange(&world.redemption(&temporary, "any-verifier").sign()).await;
    assert_eq!(said.told(), (401, "user_refused"));
}

#[tokio::test]
async fn an_unknown_request_is_answered_by_nobody() {
    let world = World::new();
    for token in ["unknown", "", "a\0b", &"x".repeat(256)] {
        let rejection = world.provider.pending(token).await.unwrap_err();
        assert_eq!((rejection.status(), rejection.code()), (401, "token_rejected"), "{token:?}");
        assert!(token.is_empty() || !rejection.to_string().contains(&format!("{token:?}")));
    }
}

#[tokio::test]
async fn a_suspended_client_asks_nobody() {
    let world = World::new();
    let temporary = world.temporary().await;
    for status in [ClientStatus::Suspended, ClientStatus::Pending] {
        world.store.change(&printer().id, |client| client.status = status).await;
        assert_eq!(world.provider.pending(&temporary.id).await.unwrap_err().code(), "consumer_key_refused");
    }
}

#[tokio::test]
async fn open_redirect_only_registered_callbacks_are_taken() {
    let world = World::new();
    for callback in [
        "https://evil.example/ready",
        "https://printer.example.com.evil.example/ready",
        "https://printer.example.com@evil.example/ready",
        "https://printer.example.com/ready/../x",
        "https://printer.example.com/ready#fragment",
        "https://printer.example.com/ready\r\nlocation: https://evil.example",
        "http://printer.example.com/ready",
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example/ready",
        "OOB",
        "",
    ] {
        let said = world.initiate(&world.initiation().callback(callback).sign()).await;
        // A control character is refused as it is read, all the rest as a callback.
        let code = if callback.contains('\r') { "parameter_rejected" } else { "callback_rejected" };
        assert_eq!(said.told(), (400, code), "{callback}");
    }
    let with_query = world.initiation().callback("https://printer.example.com/ready?extra=1");
    assert_eq!(world.initiate(&with_query.sign()).await.told(), ACCEPTED);
}

#[tokio::test]
async fn a_callback_of_another_client_is_refused() {
    let world = World::new();
    let own = |client: &mut countersign_store::ClientRecord| {
        client.callbacks = vec!["https://stranger.example/ready".into()];
    };
    world.store.change(&stranger().id, own).await;
    let said = world.initiate(&world.initiation().by(stranger()).sign()).await;
    assert_eq!(said.told(), (400, "callback_rejected"));
}

#[tokio::test]
async fn out_of_band_needs_permission() {
    let world = World::new();
    world.store.change(&printer().id, |client| client.allow_oob = false).await;
    let said = world.initiate(&world.initiation().callback("oob").sign()).await;
    assert_eq!(said.told(), (400, "callback_rejected"));
}
