//! Signature methods: no downgrade, no key of one kind for another, no half signature.

use crate::support::{
    ACCEPTED, Call, Credentials, PUBLIC_KEY, Said, World, printer, signer, two_legged, with_private_key,
};
use countersign_core::{
    HmacSha1, HmacSha256, HmacSha512, Methods, Plaintext,
    signature::rsa::{RsaSha1, RsaSha256, RsaSha512},
};
use countersign_provider::Policy;

const REJECTED: (u16, &str) = (400, "signature_method_rejected");
const INVALID: (u16, &str) = (401, "signature_invalid");

async fn two_legged_call(world: &World, call: Call) -> Said {
    world.protect_by(&call.sign(), &two_legged()).await
}

#[tokio::test]
async fn all_hmac_and_rsa_methods_are_accepted_by_default() {
    let world = World::new();
    let call = || world.call("GET", "/");
    let by_key = || call().by(signer());
    for call in [
        call().method(HmacSha1),
        call().method(HmacSha256),
        call().method(HmacSha512),
        by_key().method(with_private_key(RsaSha1)),
        by_key().method(with_private_key(RsaSha256)),
        by_key().method(with_private_key(RsaSha512)),
    ] {
        assert_eq!(two_legged_call(&world, call).await.told(), ACCEPTED);
    }
}

#[tokio::test]
async fn key_confusion_a_public_key_is_no_shared_secret() {
    let world = World::new();
    for secret in [PUBLIC_KEY, PUBLIC_KEY.trim(), ""] {
        let confused = Credentials::new(&signer().id, secret);
        for call in [
            world.call("GET", "/").by(confused.clone()).method(HmacSha1),
            world.call("GET", "/").by(confused.clone()).method(HmacSha256),
        ] {
            let said = two_legged_call(&world, call).await;
            assert_eq!(said.told(), REJECTED);
            assert!(said.answer.body.contains("RSA-SHA1&RSA-SHA256&RSA-SHA512"), "{}", said.answer.body);
            assert!(!said.answer.body.contains("HMAC"));
        }
    }
    let world = World::with(|builder| builder.signature_method(Plaintext));
    let bare = world.call("GET", "/").by(signer()).method(Plaintext);
    assert_eq!(two_legged_call(&world, bare).await.told(), REJECTED);
}

#[tokio::test]
async fn key_confusion_a_client_with_a_secret_signs_with_no_key() {
    let world = World::new();
    for call in [
        world.call("GET", "/").method(with_private_key(RsaSha1)),
        world.call("GET", "/").method(with_private_key(RsaSha256)),
    ] {
        let said = two_legged_call(&world, call).await;
        assert_eq!(said.told(), REJECTED);
        assert!(said.answer.body.contains("HMAC-SHA1&HMAC-SHA256&HMAC-SHA512"), "{}", said.answer.body);
        assert!(!said.answer.body.contains("RSA"));
    }
}

#[tokio::test]
async fn a_client_may_be_narrowed_to_some_methods() {
    let world = World::new();
    let narrowed = |client: &mut countersign_store::ClientRecord| {
        client.methods = Some(vec!["HMAC-SHA256".into(), "RSA-SHA256".into()]);
    };
    world.store.change(&printer().id, narrowed).await;
    let call = || world.call("GET", "/");
    assert_eq!(two_legged_call(&world, call().method(HmacSha256)).await.told(), ACCEPTED);
    for call in
        [call().method(HmacSha1), call().method(HmacSha512), call().method(with_private_key(RsaSha256))]
    {
        let said = two_legged_call(&world, call).await;
        assert_eq!(said.told(), REJECTED);
        assert!(said.answer.body.contains(r#""oauth_acceptable_signature_methods":"HMAC-SHA256""#));
    }
    let initiation = world.initiation().method(HmacSha1).sign();
    assert_eq!(world.initiate(&initiation).await.told(), REJECTED);
}

#[tokio::test]
async fn the_provider_may_be_narrowed_and_a_client_cannot_widen_it() {
    let world = World::with(|builder| builder.signature_methods(Methods::standard().only(&["HMAC-SHA512"])));
    world.store.change(&printer().id, |client| client.methods = Some(vec!["HMAC-SHA1".into()])).await;
    let said = two_legged_call(&world, world.call("GET", "/")).await;
    assert_eq!(said.told(), REJECTED);
    world.store.change(&printer().id, |client| client.methods = None).await;
    assert_eq!(two_legged_call(&world, world.call("GET", "/").method(HmacSha512)).await.told(), ACCEPTED);
}

#[tokio::test]
async fn an_unknown_method_is_rejected_and_the_accepted_ones_are_named() {
    let world = World::new();
    let wire = world.initiation().sign().rewritten("HMAC-SHA1", "HMAC-MD5");
    let said = world.initiate(&wire).await;
    assert_eq!(said.told(), REJECTED);
    let accepted = "HMAC-SHA1&HMAC-SHA256&HMAC-SHA512&RSA-SHA1&RSA-SHA256&RSA-SHA512";
    assert_eq!(said.value("oauth_acceptable_signature_methods").as_deref(), Some(accepted));
    let lower = world.initiation().sign().rewritten("HMAC-SHA1", "hmac-sha1");
    assert_eq!(world.initiate(&lower).await.told(), REJECTED);
}

#[tokio::test]
async fn plaintext_is_off_by_default() {
    let world = World::new();
    assert_eq!(two_legged_call(&world, world.call("GET", "/").method(Plaintext)).await.told(), REJECTED);
}

#[tokio::test]
async fn plaintext_needs_tls() {
    let world = World::with(|builder| builder.signature_method(Plaintext));
    let call = || world.call("GET", "/").method(Plaintext);
    assert_eq!(two_legged_call(&world, call()).await.told(), ACCEPTED);
    let http = call().sign().over_http();
    // Not even a route that lets http through lets the secrets through.
    for policy in [two_legged(), two_legged().danger_allow_http()] {
        assert_eq!(world.protect_by(&http, &policy).await.told(), (400, "insecure_transport"));
    }
    let allowed = Policy::danger_allow_http(two_legged());
    assert_eq!(world.protect_by(&world.call("GET", "/").sign().over_http(), &allowed).await.told(), ACCEPTED);
}

#[tokio::test]
async fn plaintext_over_http_needs_insecure_http() {
    let world = World::with(|builder| builder.signature_method(Plaintext).danger_insecure_http(true));
    let wire = world.call("GET", "/").method(Plaintext).sign().over_http();
    assert_eq!(world.protect_by(&wire, &two_legged()).await.told(), ACCEPTED);
}

#[tokio::test]
async fn plaintext_must_be_both_secrets_whole() {
    let world = World::with(|builder| builder.signature_method(Plaintext));
    let token = world.token().await;
    let honest = || world.request(&token).method(Plaintext).sign();
    assert_eq!(world.protect(&honest()).await.told(), ACCEPTED);
    let (client, whole) = (printer().secret, format!("{}%26{}", printer().secret, token.secret));
    for wrong in ["", "%26", &client, &format!("{client}%26"), &whole[1..], &whole[..whole.len() - 1]] {
        let said = world.protect(&honest().rewritten(&whole, wrong)).await;
        assert_eq!(said.told(), INVALID, "{wrong}");
    }
}

#[tokio::test]
async fn truncated_empty_and_unpadded_signatures_are_refused() {
    let world = World::new();
    let call = world.call("GET", "/");
    let header = call.sign().header();
    let (_, signature) = header.split_once("oauth_signature=\"").unwrap();
    let signature = signature.trim_end_matches('"');
    let escaped_end = signature.len() - "%3D".len();
    for wrong in [
        "".into(),
        "%3D".into(),
        signature[..escaped_end].into(),
        signature[4..].into(),
        format!("{signature}%3D"),
        format!("{signature}%0A").replace("%0A", "%20"),
        format!("%20{signature}"),
        format!("{}A%3D", &signature[..escaped_end - 1]),
        signature[..escaped_end].to_lowercase() + "%3D",
        signature.replace("%3D", "%253D"),
        "AAAAAAAAAAAAAAAAAAAAAAAAAAA%3D".into(),
    ] {
        let wire = call
            .sign()
            .rewritten(&format!("oauth_signature=\"{signature}"), &format!("oauth_signature=\"{wrong}"));
        assert_eq!(world.protect_by(&wire, &two_legged()).await.told(), INVALID, "{wrong}");
    }
    assert_eq!(world.protect_by(&call.sign(), &two_legged()).await.told(), ACCEPTED);
}

#[tokio::test]
async fn a_signature_of_one_method_holds_under_no_other() {
    let world = World::new();
    let by_key = world.call("GET", "/").by(signer()).method(with_private_key(RsaSha1)).sign();
    for (from, to) in [("RSA-SHA1", "RSA-SHA256"), ("RSA-SHA1", "RSA-SHA512")] {
        let moved = by_key.clone().rewritten(from, to);
        assert_eq!(world.protect_by(&moved, &two_legged()).await.told(), INVALID);
    }
    let moved = by_key.rewritten("RSA-SHA1", "HMAC-SHA1");
    assert_eq!(world.protect_by(&moved, &two_legged()).await.told(), REJECTED);
}
