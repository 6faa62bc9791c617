//! What works: the whole dance, out of band, denied, without a token; and what the record says of it.

use crate::support::{
    ACCEPTED, CALLBACK, Call, NOW, ORIGIN, World, printer, signer, stranger, two_legged, verifier,
    with_private_key,
};
use countersign_core::{HmacSha512, TokenId, signature::rsa};
use countersign_provider::{Next, Policy, TokenRule, audit::Action};
use countersign_store::{Outcome, ResourceOwner};

#[tokio::test]
async fn the_whole_dance_ends_with_a_photo() {
    let world = World::new();
    let said = world.initiate(&world.initiation().sign()).await;
    assert_eq!(said.value("oauth_callback_confirmed").as_deref(), Some("true"));
    let temporary = said.credentials();

    let pending = world.provider.pending(&temporary.id).await.unwrap();
    assert_eq!((pending.client().name.as_str(), pending.token()), ("Printer", temporary.id.as_str()));
    assert_eq!(pending.destination().as_deref(), Some("https://printer.example.com"));
    assert_eq!(pending.expires_in(), 600);
    let next = pending.grant("jane").await.unwrap();
    let verifier = verifier(&next);
    let expected = format!("{CALLBACK}?oauth_token={}&oauth_verifier={verifier}", temporary.id);
    assert_eq!(next, Next::Redirect(expected));

    let said = world.exchange(&world.redemption(&temporary, &verifier).sign()).await;
    assert!(!said.answer.body.contains("oauth_callback_confirmed"));
    let token = said.credentials();
    assert_ne!(token, temporary);

    let said = world.protect(&world.request(&token).sign()).await;
    assert_eq!(said.told(), ACCEPTED);
    let verified = said.verified.unwrap();
    assert_eq!(verified.client().id.as_str(), printer().id);
    assert_eq!(verified.resource_owner().unwrap().as_str(), "jane");
    assert_eq!(verified.token().unwrap().issued.seconds(), NOW);
    assert_eq!(verified.token().unwrap().expires, None);
    assert_eq!(verified.signature_method(), "HMAC-SHA1");
}

#[tokio::test]
async fn a_success_at_an_endpoint_is_form_encoded_and_never_kept() {
    let world = World::new();
    let said = world.initiate(&world.initiation().sign()).await;
    assert_eq!(said.field("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(said.field("cache-control"), Some("no-store"));
    assert_eq!(said.field("x-content-type-options"), Some("nosniff"));
}

#[tokio::test]
async fn a_code_is_shown_where_there_is_no_callback() {
    let world = World::new();
    let temporary = world.initiate(&world.initiation().callback("oob").sign()).await.credentials();
    let pending = world.provider.pending(&temporary.id).await.unwrap();
    assert_eq!(pending.destination(), None);
    let Next::ShowVerifier(code) = pending.grant("jane").await.unwrap() else { panic!("a code is shown") };
    assert!(code.len() >= 8 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{code}");

    let token = world.exchange(&world.redemption(&temporary, &code).sign()).await.credentials();
    assert_eq!(world.protect(&world.request(&token).sign()).await.told(), ACCEPTED);
}

#[tokio::test]
async fn a_denial_is_told_at_the_callback_and_its_query_stays() {
    let world = World::new();
    let callback = "https://printer.example.com/ready?session=%2f1&x";
    let temporary = world.initiate(&world.initiation().callback(callback).sign()).await.credentials();
    let expected = format!("{callback}&oauth_token={}&oauth_problem=user_refused", temporary.id);
    assert_eq!(world.deny(&temporary).await, Next::Redirect(expected));
}

#[tokio::test]
async fn a_denial_out_of_band_is_shown() {
    let world = World::new();
    let temporary = world.initiate(&world.initiation().callback("oob").sign()).await.credentials();
    assert_eq!(world.deny(&temporary).await, Next::ShowDenied);
}

#[tokio::test]
async fn a_client_calls_alone_where_route_and_client_allow_it() {
    let world = World::new();
    let said = world.protect_by(&world.call("GET", "/status").sign(), &two_legged()).await;
    assert_eq!(said.told(), ACCEPTED);
    let verified = said.verified.unwrap();
    assert_eq!((verified.token().is_none(), verified.resource_owner()), (true, None));
    assert!(verified.scopes().is_empty());

    let either = Policy::default().token(TokenRule::Optional);
    assert_eq!(world.protect_by(&world.call("GET", "/status").sign(), &either).await.told(), ACCEPTED);
    let token = world.token().await;
    let said = world.protect_by(&world.request(&token).sign(), &either).await;
    assert_eq!(said.verified.unwrap().resource_owner().unwrap().as_str(), "jane");
}

#[tokio::test]
async fn an_empty_token_counts_as_none_and_stays_signed() {
    let world = World::new();
    let wire = world.call("GET", "/status").set("oauth_token", "").sign();
    assert_eq!(world.protect_by(&wire, &two_legged()).await.told(), ACCEPTED);
    let wire = world.initiation().set("oauth_token", "").sign();
    assert_eq!(world.initiate(&wire).await.told(), ACCEPTED);
    let stripped =
        world.call("GET", "/status").set("oauth_token", "").sign().rewritten("oauth_token=\"\", ", "");
    assert_eq!(world.protect_by(&stripped, &two_legged()).await.told(), (401, "signature_invalid"));
}

#[tokio::test]
async fn a_client_with_a_public_key_walks_the_same_way() {
    let world = World::new();
    let by = |call: Call| call.by(signer()).method(with_private_key(rsa::RsaSha256));
    let temporary = world.initiate(&by(world.initiation()).sign()).await.credentials();
    let verifier = world.grant(&temporary).await;
    let token = world.exchange(&by(world.redemption(&temporary, &verifier)).sign()).await.credentials();
    let said = world.protect(&by(world.request(&token)).sign()).await;
    assert_eq!(said.verified.unwrap().signature_method(), "RSA-SHA256");
}

#[tokio::test]
async fn credentials_may_come_in_the_query_or_in_the_form() {
    let world = World::new();
    let token = world.token().await;
    let wire = world.request(&token).method(HmacSha512).sign().in_query();
    assert_eq!(world.protect(&wire).await.told(), ACCEPTED);
    let wire = world.call("POST", "/photos?size=1").token(&token).form("caption=a+b&caption=%C3%A9").sign();
    assert_eq!(world.protect(&wire.in_form()).await.told(), ACCEPTED);
    let temporary = world.initiate(&world.initiation().sign().in_form()).await.credentials();
    let verifier = world.grant(&temporary).await;
    world.exchange(&world.redemption(&temporary, &verifier).sign().in_query()).await.credentials();
}

#[tokio::test]
async fn a_public_url_may_carry_a_path() {
    let world = World::at("https://example.net/photos", |builder| builder);
    let call = world.initiation().callback("oob");
    assert_eq!(
        world.initiate(&call.clone().origin("https://example.net/photos").sign()).await.told(),
        ACCEPTED
    );
    let said = world.initiate(&call.nonce("another").origin("https://example.net").sign()).await;
    assert_eq!(said.told(), (401, "signature_invalid"));
}

#[tokio::test]
async fn identifiers_secrets_and_verifiers_are_long_and_plain() {
    let world = World::new();
    let (temporary, verifier) = world.granted().await;
    let token = world.exchange(&world.redemption(&temporary, &verifier).sign()).await.credentials();
    for text in [&temporary.id, &temporary.secret, &verifier, &token.id, &token.secret] {
        // 22 of 62 characters hold 131 bits.
        assert!(text.len() >= 22 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{text}");
    }
}

#[tokio::test]
async fn the_record_says_who_did_what_when_and_from_where() {
    let world = World::new();
    let token = world.token().await;
    let refused = world.initiate(&world.initiation().by(stranger()).sign()).await.credentials();
    world.clock.advance(5);
    world.deny(&refused).await;
    let wire = world.request(&token).sign();
    world.protect(&wire).await;
    world.protect(&wire).await;
    let outcome = world.provider.revoke(&TokenId::new(&token.id).unwrap()).await.unwrap();
    assert_eq!(outcome, Outcome::Done);

    let events = world.audit.events();
    let actions: Vec<_> = events.iter().map(|event| event.action).collect();
    use Action::{Denied, Granted, Initiated, Issued, Replayed, Revoked};
    assert_eq!(actions, [Initiated, Granted, Issued, Initiated, Denied, Replayed, Revoked]);
    let clients: Vec<_> =
        events.iter().take(6).map(|event| event.client.as_ref().unwrap().as_str()).collect();
    let (printer, stranger) = (printer().id, stranger().id);
    assert_eq!(clients, [&*printer, &printer, &printer, &stranger, &stranger, &printer]);
    let owners: Vec<_> = events.iter().map(|event| event.owner.as_ref().map(ResourceOwner::as_str)).collect();
    assert_eq!(owners, [None, Some("jane"), Some("jane"), None, None, None, None]);
    assert_eq!((events[2].at.seconds(), events[4].at.seconds()), (NOW, NOW + 5));
    for index in [0, 2, 3, 5] {
        assert_eq!(events[index].address, Some("192.0.2.1".parse().unwrap()));
    }
}

#[tokio::test]
async fn whoever_brings_an_answer_is_on_the_record_with_it() {
    let world = World::new();
    for grants in [true, false] {
        let temporary = world.temporary().await;
        let pending = world.provider.pending(&temporary.id).await.unwrap();
        let pending = pending.answered_by("the shop").answered_from(Some("198.51.100.7".parse().unwrap()));
        assert_eq!(pending.id().as_str(), temporary.id);
        let _ = if grants { pending.grant("jane").await } else { pending.deny().await }.unwrap();
        let events = world.audit.events();
        let actors: Vec<_> = events.iter().rev().take(2).map(|event| event.actor.as_deref()).collect();
        assert_eq!(actors, [Some("the shop"), None], "the client began by itself");
        let answer = events.last().unwrap();
        assert_eq!(answer.address, Some("198.51.100.7".parse().unwrap()));
        assert_eq!(answer.owner.is_some(), grants, "whoever denies need not be known");
    }
}

#[tokio::test]
async fn whoever_is_known_to_deny_is_on_the_record() {
    let world = World::new();
    let pending = world.provider.pending(&world.temporary().await.id).await.unwrap();
    let _ = pending.deny_by("jane").await.unwrap();
    let denied = world.audit.events().pop().unwrap();
    assert_eq!((denied.action, denied.owner.unwrap().as_str()), (Action::Denied, "jane"));
}

#[tokio::test]
async fn a_second_revocation_is_refused_and_not_recorded() {
    let world = World::new();
    let id = TokenId::new(&world.token().await.id).unwrap();
    assert_eq!(world.provider.revoke(&id).await.unwrap(), Outcome::Done);
    assert_eq!(world.provider.revoke(&id).await.unwrap(), Outcome::Refused);
    assert_eq!(world.audit.actions().iter().filter(|action| **action == Action::Revoked).count(), 1);
}

#[tokio::test]
async fn a_provider_knows_its_own_origins() {
    let world = World::with(|builder| builder.accept_origin("http://alias.example.net:8080"));
    for own in [ORIGIN, "http://alias.example.net:8080"] {
        assert!(world.provider.is_own_origin(own), "{own}");
    }
    for foreign in
        ["null", "", "http://photos.example.net", "https://photos.example.net.evil.example", "https://x"]
    {
        assert!(!world.provider.is_own_origin(foreign), "{foreign}");
    }
}
