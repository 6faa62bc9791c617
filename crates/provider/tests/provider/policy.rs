//! What a route asks for: methods, a window, a body's hash.

use crate::support::{ACCEPTED, NOW, Said, Wire, World, signer, two_legged, with_private_key};
use countersign_core::{HmacSha1, HmacSha256, HmacSha512, Plaintext, Window, signature::rsa::RsaSha256};
use countersign_provider::{BodyHash, Policy};

const INVALID: (u16, &str) = (401, "signature_invalid");
const REPLAYED: (u16, &str) = (401, "nonce_used");

async fn by(world: &World, wire: &Wire, policy: &Policy) -> (u16, &'static str) {
    world.protect_by(wire, policy).await.told()
}

#[track_caller]
fn says(said: &Said, name: &str, value: &str) {
    assert!(said.answer.body.contains(&format!("\"{name}\":\"{value}\"")), "{}", said.answer.body);
}

fn hashed(rule: BodyHash) -> Policy {
    two_legged().body_hash(rule)
}

#[tokio::test]
async fn downgrade_a_route_narrows_the_methods_and_widens_none() {
    let world = World::new();
    let policy = two_legged().methods(["HMAC-SHA256", "PLAINTEXT", "RSA-SHA256"]);
    assert_eq!(by(&world, &world.call("GET", "/").method(HmacSha256).sign(), &policy).await, ACCEPTED);
    for wire in
        [world.call("GET", "/").method(HmacSha1).sign(), world.call("GET", "/").method(Plaintext).sign()]
    {
        let said = world.protect_by(&wire, &policy).await;
        assert_eq!(said.told(), (400, "signature_method_rejected"));
        says(&said, "oauth_acceptable_signature_methods", "HMAC-SHA256&RSA-SHA256");
    }
}

#[tokio::test]
async fn a_routes_window_stands_in_place_of_the_others() {
    let world = World::new();
    let at = |seconds| world.call("GET", "/").at(seconds).sign();
    let narrow = two_legged().window(Window::seconds(10));
    let wide = two_legged().window(Window::seconds(1000));
    assert_eq!(by(&world, &at(NOW - 11), &narrow).await, (401, "timestamp_refused"));
    assert_eq!(by(&world, &at(NOW - 10), &narrow).await, ACCEPTED);
    assert_eq!(by(&world, &at(NOW - 1001), &wide).await, (401, "timestamp_refused"));
    assert_eq!(by(&world, &at(NOW - 1000), &wide).await, ACCEPTED);
}

#[tokio::test]
async fn replay_a_nonce_is_kept_for_the_longest_window_that_may_see_it_again() {
    let world = World::new();
    let (narrow, wide) =
        (two_legged().window(Window::seconds(1)), two_legged().window(Window::seconds(3000)));
    for policy in [narrow, wide] {
        let wire = world.call("GET", "/").sign();
        assert_eq!(by(&world, &wire, &policy).await, ACCEPTED);
        world.clock.advance(299);
        // Something else, so that a store forgets what it may forget.
        assert_eq!(by(&world, &world.call("GET", "/").sign(), &two_legged()).await, ACCEPTED);
        assert_eq!(by(&world, &wire, &two_legged()).await, REPLAYED);
    }
    let wide = two_legged().window(Window::seconds(3000));
    let wire = world.call("GET", "/").sign();
    assert_eq!(by(&world, &wire, &wide).await, ACCEPTED);
    world.clock.advance(2999);
    assert_eq!(by(&world, &world.call("GET", "/").sign(), &two_legged()).await, ACCEPTED);
    assert_eq!(by(&world, &wire, &wide).await, REPLAYED);
}

#[tokio::test]
async fn a_body_is_verified_by_the_hash_of_the_signatures_own_method() {
    let world = World::new();
    for rule in [BodyHash::Verify, BodyHash::Require] {
        for body in ["", "{\"name\":\"caf\u{e9}\"}", "a=b"] {
            let call = || world.call("PUT", "/photos/1").body(body);
            let signed = [
                call().sign(),
                call().method(HmacSha256).sign(),
                call().method(HmacSha512).sign(),
                call().by(signer()).method(with_private_key(RsaSha256)).sign(),
            ];
            for wire in signed {
                assert_eq!(by(&world, &wire, &hashed(rule)).await, ACCEPTED, "{rule:?} {body}");
            }
        }
    }
}

#[tokio::test]
async fn tampering_with_a_body_is_refused_and_burns_no_nonce() {
    let world = World::new();
    for rule in [BodyHash::Verify, BodyHash::Require] {
        let wire = world.call("PUT", "/photos/1").body("{}").sign();
        let unread = wire.clone().body(None);
        assert_eq!(by(&world, &unread, &hashed(rule)).await, (400, "body_required"));
        for body in [Some("{} "), Some("")] {
            let said = world.protect_by(&wire.clone().body(body), &hashed(rule)).await;
            assert_eq!(said.told(), INVALID, "{body:?}");
            assert!(said.answer.body.contains("`oauth_body_hash`"), "{}", said.answer.body);
        }
        assert_eq!(by(&world, &wire, &hashed(rule)).await, ACCEPTED);
    }
}

#[tokio::test]
async fn a_hash_of_another_method_is_refused() {
    let world = World::new();
    let sha_1 = "2jmj7l5rSw0yVb/vlWAYkK/YBwk=";
    let empty = |method: &str| world.call("GET", "/").set("oauth_body_hash", method);
    assert_eq!(by(&world, &empty(sha_1).sign().body(Some("")), &hashed(BodyHash::Verify)).await, ACCEPTED);
    let other = empty(sha_1).method(HmacSha256).sign().body(Some(""));
    assert_eq!(by(&world, &other, &hashed(BodyHash::Verify)).await, INVALID);
    for wrong in
        ["2jmj7l5rSw0yVb/vlWAYkK/YBwk", "2jmj7l5rSw0yVb_vlWAYkK_YBwk=", "", "2jmj7l5rSw0yVb/vlWAYkK/YBwk=="]
    {
        assert_eq!(
            by(&world, &empty(wrong).sign().body(Some("")), &hashed(BodyHash::Verify)).await,
            INVALID,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn a_missing_hash_is_refused_only_where_it_is_required() {
    let world = World::new();
    let bare = || world.call("PUT", "/").sign().body(Some("{}"));
    assert_eq!(by(&world, &bare(), &hashed(BodyHash::Ignore)).await, ACCEPTED);
    assert_eq!(by(&world, &bare(), &hashed(BodyHash::Verify)).await, ACCEPTED);
    let said = world.protect_by(&bare(), &hashed(BodyHash::Require)).await;
    assert_eq!(said.told(), (400, "parameter_absent"));
    says(&said, "oauth_parameters_absent", "oauth_body_hash");
    let without = world.call("GET", "/").sign();
    assert_eq!(by(&world, &without, &hashed(BodyHash::Require)).await, (400, "parameter_absent"));
}

#[tokio::test]
async fn a_hash_beside_a_form_is_refused_and_a_form_needs_none() {
    let world = World::new();
    let form = || world.call("POST", "/").form("a=1");
    for rule in [BodyHash::Verify, BodyHash::Require] {
        assert_eq!(by(&world, &form().sign(), &hashed(rule)).await, ACCEPTED);
        let said = world.protect_by(&form().set("oauth_body_hash", "x").sign(), &hashed(rule)).await;
        assert_eq!(said.told(), (400, "parameter_rejected"));
        says(&said, "oauth_parameters_rejected", "oauth_body_hash");
    }
    let ignored = form().set("oauth_body_hash", "x").sign();
    assert_eq!(by(&world, &ignored, &hashed(BodyHash::Ignore)).await, ACCEPTED);
}

#[tokio::test]
async fn two_hashes_are_refused() {
    let world = World::new();
    let twice = world.call("PUT", "/?oauth_body_hash=x").body("{}").sign();
    assert_eq!(by(&world, &twice, &hashed(BodyHash::Verify)).await, (400, "parameter_rejected"));
    assert_eq!(by(&world, &twice, &hashed(BodyHash::Ignore)).await, ACCEPTED);
}

#[tokio::test]
async fn a_body_is_asked_for_only_where_it_is_looked_at() {
    let world = World::new();
    let reads = |wire: &Wire, rule| {
        let fields = wire.fields();
        world.provider.reads_body(&wire.incoming(&fields), &hashed(rule))
    };
    let (stated, bare) = (world.call("PUT", "/").body("{}").sign(), world.call("PUT", "/").sign());
    let disguised = stated.clone().rewritten("oauth_body_hash", "oauth%5Fbody_has%68");
    for (wire, rule, expected) in [
        (&stated, BodyHash::Ignore, false),
        (&stated, BodyHash::Verify, true),
        (&disguised, BodyHash::Verify, true),
        (&bare, BodyHash::Verify, false),
        (&disguised, BodyHash::Require, true),
        (&bare, BodyHash::Require, false),
    ] {
        assert_eq!(reads(wire, rule), expected, "{rule:?}");
    }
}
