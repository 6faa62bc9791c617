//! The two endpoints: paths of one's own, in a scope, and a provider that is not there.

use crate::support::{World, call, carrying};
use actix_web::{App, web};
use countersign_actix::{FormLimit, endpoints, initiate, token};

#[tokio::test]
async fn the_paths_may_be_ones_own() {
    let world = World::new();
    let routes = || {
        web::scope("/oauth")
            .route("/request_token", web::post().to(initiate))
            .route("/access_token", web::post().to(token))
    };
    let held = || App::new().app_data(world.provider.clone()).service(routes());
    let shared = || App::new().app_data(web::Data::new(world.provider.clone())).service(routes());
    let ask = || world.call("POST", "/oauth/request_token").set("oauth_callback", "oob").request();
    assert_eq!(call(held(), ask()).await.status, 200);
    assert_eq!(call(shared(), ask()).await.status, 200);
    let (temporary, verifier) = world.granted().await;
    let redeem = world.call("POST", "/oauth/access_token").token(&temporary).set("oauth_verifier", &verifier);
    assert_eq!(call(held(), redeem.request()).await.status, 200);
}

#[tokio::test]
async fn a_scope_may_hold_them() {
    let world = World::new();
    let app = App::new().service(web::scope("/oauth").configure(endpoints(&world.provider)));
    let ask = world.call("POST", "/oauth/initiate").set("oauth_callback", "oob");
    assert_eq!(call(app, ask.request()).await.status, 200);
}

#[tokio::test]
async fn a_provider_that_is_missing_is_500_and_says_so() {
    let app = App::new().route("/initiate", web::post().to(initiate));
    let reply = call(app, carrying(http::Request::post("/initiate"), "")).await;
    assert_eq!(reply.status, 500);
    assert_eq!(reply.body, "This route has no provider. Is it in `app_data`?");
}

#[tokio::test]
async fn the_closest_limit_counts() {
    let world = World::new();
    let scope = || web::scope("/oauth").app_data(FormLimit(10)).configure(endpoints(&world.provider));
    let app = || App::new().app_data(FormLimit(1)).service(scope());
    let ask = || world.call("POST", "/oauth/initiate").set("oauth_callback", "oob");
    assert_eq!(call(app(), ask().form("a=12345678").request()).await.status, 200);
    let reply = call(app(), ask().form("a=123456789").request()).await;
    assert_eq!((reply.status, reply.problem().as_str()), (413, "body_too_large"));
}
