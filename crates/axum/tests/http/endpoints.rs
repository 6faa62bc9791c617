//! The two endpoints: success is form-encoded, refusals come in the form that is asked for, paths may be one's own.

use crate::support::{Call, FORM, Reply, Served, World, send};
use axum::{Extension, Router, routing::post};
use countersign_axum::{FormLimit, endpoints};
use http::Request;

async fn served(world: &World) -> Served {
    Served::start(|_| endpoints().with_state(world.provider.clone())).await
}

fn initiation(world: &World) -> Call {
    world.call("POST", "/initiate").set("oauth_callback", "oob")
}

#[tokio::test]
async fn success_is_form_encoded_whatever_is_accepted() {
    let world = World::new();
    let server = served(&world).await;
    let reply = send(&server, initiation(&world).head().header("accept", "application/json"), "").await;
    assert_eq!((reply.status, reply.field("content-type")), (200, Some(FORM)));
    assert_eq!(reply.field("cache-control"), Some("no-store"));
    assert_eq!(reply.field("x-content-type-options"), Some("nosniff"));
    assert_eq!(reply.field("server"), None);
    let names: Vec<_> = reply.body.split('&').filter_map(|pair| pair.split('=').next()).collect();
    assert_eq!(names, ["oauth_token", "oauth_token_secret", "oauth_callback_confirmed"]);
    assert!(reply.body.ends_with("oauth_callback_confirmed=true"), "{}", reply.body);

    let (temporary, verifier) = world.granted().await;
    let call = world.call("POST", "/token").token(&temporary).set("oauth_verifier", &verifier);
    let reply = call.send(&server).await;
    assert_eq!((reply.status, reply.field("content-type")), (200, Some(FORM)));
    let names: Vec<_> = reply.body.split('&').filter_map(|pair| pair.split('=').next()).collect();
    assert_eq!(names, ["oauth_token", "oauth_token_secret"]);
}

/// What a request without credentials is told by an endpoint, with these `Accept` fields.
async fn told(accept: &[&str]) -> Reply {
    let world = World::new();
    let server = served(&world).await;
    let request = Request::post("/initiate");
    send(&server, accept.iter().fold(request, |request, accept| request.header("accept", *accept)), "").await
}

#[tokio::test]
async fn a_refusal_is_json_for_those_who_accept_nothing_else() {
    for accept in ["application/json", "application/problem+json", "text/html, application/json;q=0.9"] {
        let reply = told(&[accept]).await;
        assert_eq!(reply.field("content-type"), Some("application/problem+json"), "{accept}");
        assert_eq!((reply.status, reply.problem().as_str()), (401, "parameter_absent"));
    }
}

#[tokio::test]
async fn a_refusal_is_form_encoded_for_everybody_else() {
    for accept in [&[][..], &["*/*"], &["text/html"], &["application/json, */*;q=0.1"], &["é"]] {
        let reply = told(accept).await;
        assert_eq!(reply.field("content-type"), Some(FORM), "{accept:?}");
        assert_eq!((reply.status, reply.problem().as_str()), (401, "parameter_absent"));
    }
}

#[tokio::test]
async fn several_accept_fields_are_one_list() {
    for accept in [["application/json", "*/*"], ["*/*", "application/json"]] {
        assert_eq!(told(&accept).await.field("content-type"), Some(FORM), "{accept:?}");
    }
    let reply = told(&["text/html", "application/json"]).await;
    assert_eq!(reply.field("content-type"), Some("application/problem+json"));
}

#[tokio::test]
async fn credentials_may_come_in_the_form_of_the_body() {
    let world = World::new();
    let server = served(&world).await;
    let header = initiation(&world).header();
    let pairs: Vec<_> = header
        .strip_prefix("OAuth ")
        .expect("a header")
        .split(", ")
        .map(|pair| pair.replace('"', ""))
        .collect();
    let request =
        Request::post("/initiate").header("content-type", "Application/X-WWW-Form-urlencoded; charset=utf-8");
    let reply = send(&server, request, &pairs.join("&")).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
}

#[tokio::test]
async fn a_body_that_is_no_form_is_not_signed_and_not_read() {
    let world = World::new();
    let server = served(&world).await;
    let head = initiation(&world).head().header("content-type", "application/json");
    assert_eq!(send(&server, head, "{\"oauth_token\":1}").await.status, 200);
}

#[tokio::test]
async fn form_over_the_limit_that_was_given_is_413() {
    let world = World::new();
    let limited = |_: &str| endpoints().layer(Extension(FormLimit(10))).with_state(world.provider.clone());
    let server = Served::start(limited).await;
    assert_eq!(initiation(&world).form("a=12345678").send(&server).await.status, 200);
    for path in ["/initiate", "/token"] {
        let reply = world.call("POST", path).form("a=123456789").send(&server).await;
        assert_eq!((reply.status, reply.problem().as_str()), (413, "body_too_large"), "{path}");
    }
}

#[tokio::test]
async fn two_media_types_are_refused() {
    let world = World::new();
    let server = served(&world).await;
    let head = initiation(&world).head().header("content-type", FORM).header("content-type", "text/plain");
    let reply = send(&server, head, "").await;
    assert_eq!((reply.status, reply.problem().as_str()), (400, "parameter_rejected"));
}

#[tokio::test]
async fn the_paths_may_be_ones_own() {
    let world = World::new();
    let server = Served::start(|_| {
        Router::new()
            .nest("/oauth", Router::new().route("/request_token", post(countersign_axum::initiate)))
            .route("/oauth/access_token", post(countersign_axum::token))
            .with_state(world.provider.clone())
    });
    let server = server.await;
    let call = world.call("POST", "/oauth/request_token").set("oauth_callback", "oob");
    assert_eq!(call.send(&server).await.status, 200);
    let (temporary, verifier) = world.granted().await;
    let call = world.call("POST", "/oauth/access_token").token(&temporary).set("oauth_verifier", &verifier);
    assert_eq!(call.send(&server).await.status, 200);
}
