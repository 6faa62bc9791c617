//! Bodies that are no form, verified by the hash that their client signed.

use crate::{
    scripted::Scripted,
    support::{Call, Reply, World},
};
use axum::{Router, body::Body, extract::Request, routing::put};
use countersign_axum::{BodyHash, TokenRule, protect};
use countersign_core::{HmacSha1, SignatureMethod};
use http_body_util::BodyExt;
use std::sync::{Arc, atomic::AtomicBool};
use tower::ServiceExt;

fn app(world: &World, rule: BodyHash) -> Router {
    let echo = async |request: Request| request.into_body().collect().await.expect("a body").to_bytes();
    let layer = protect(&world.provider).token(TokenRule::None).body_hash(rule).form_limit(16);
    Router::new().route("/photos/1", put(echo)).layer(layer)
}

fn stating(world: &World, body: &str) -> Call {
    world.call("PUT", "/photos/1").set("oauth_body_hash", &HmacSha1.hash_body(body.as_bytes()))
}

async fn send(app: &Router, call: &Call, body: impl Into<Body>) -> Reply {
    let head = call.head().header("host", "photos.example.net").header("content-type", "application/json");
    let response = app.clone().oneshot(head.body(body.into()).expect("a request")).await.expect("an answer");
    Reply::read(response).await
}

#[tokio::test]
async fn a_body_that_is_verified_reaches_the_handler_untouched() {
    let world = World::new();
    for rule in [BodyHash::Verify, BodyHash::Require] {
        let app = app(&world, rule);
        let call = stating(&world, "{\"a\": 1}");
        let reply = send(&app, &call, Body::new(Scripted::new(["{\"a\":", " 1}"]))).await;
        assert_eq!((reply.status, reply.body.as_str()), (200, "{\"a\": 1}"), "{rule:?}");
    }
}

#[tokio::test]
async fn tampering_with_a_body_on_its_way_is_refused() {
    let world = World::new();
    for rule in [BodyHash::Verify, BodyHash::Require] {
        let app = app(&world, rule);
        for (signed, sent) in [("{}", "{ }"), ("{}", ""), ("", "{}")] {
            let reply = send(&app, &stating(&world, signed), sent).await;
            assert_eq!(
                (reply.status, reply.problem().as_str()),
                (401, "signature_invalid"),
                "{rule:?} {sent}"
            );
        }
    }
}

#[tokio::test]
async fn a_body_past_the_limit_is_413_where_it_must_be_hashed_and_streams_where_not() {
    let world = World::new();
    let long = "{\"long\": \"enough\"}";
    for rule in [BodyHash::Verify, BodyHash::Require] {
        let reply = send(&app(&world, rule), &stating(&world, long), long).await;
        assert_eq!((reply.status, reply.problem().as_str()), (413, "body_too_large"), "{rule:?}");
    }
    let bare = || world.call("PUT", "/photos/1");
    assert_eq!(send(&app(&world, BodyHash::Verify), &bare(), long).await.body, long);
    assert_eq!(send(&app(&world, BodyHash::Ignore), &stating(&world, "x"), long).await.body, long);
}

#[tokio::test]
async fn a_body_is_not_read_for_who_does_not_state_a_hash_that_is_required() {
    let world = World::new();
    let unread = Scripted::new(["{}"]).announcing(17).only_after(&Arc::new(AtomicBool::new(false)));
    let reply =
        send(&app(&world, BodyHash::Require), &world.call("PUT", "/photos/1"), Body::new(unread)).await;
    assert_eq!((reply.status, reply.problem().as_str()), (400, "parameter_absent"));
    assert_eq!(reply.told("oauth_parameters_absent").as_deref(), Some("oauth_body_hash"));
}
