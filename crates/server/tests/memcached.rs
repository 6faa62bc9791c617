//! Two nodes on one database and one Memcached: temporary credentials there, sealed, and nonces in the database.
//!
//! It starts real ones, so that only its name runs it: `./dev test stores`.
#![cfg(unix)]

mod support;

#[path = "../../store-memcached/tests/support/memcached.rs"]
mod real;

use real::Memcached;
use support::{
    browser::Browser,
    client::{Call, Dance, Pair},
    http::Request,
    nodes::redeem_once,
    place::Place,
    server::Server,
    until,
};

const CALLBACK: &str = "http://127.0.0.1/ready";
const PASSWORD: &str = "correct horse";

/// A database, a client, and a Memcached; dropped in this order.
struct Scene {
    place: Place,
    client: Pair,
    memcached: Memcached,
}

impl Scene {
    fn new() -> Self {
        let place = Place::new();
        place.add_user("jane", PASSWORD);
        let flags = ["--name", "Printer", "--callback", CALLBACK, "--allow-oob", "--two-legged"];
        let client = place.add_client(&flags);
        Self { place, client, memcached: Memcached::start() }
    }

    fn node(&self) -> Server {
        self.node_with("")
    }

    fn node_with(&self, more: &str) -> Server {
        let url = format!("{}?connect_timeout_ms=500&response_timeout_ms=500{more}", self.memcached.url());
        self.place.server().set("COUNTERSIGN_CACHE_URL", &url).start()
    }

    fn dance<'a>(&'a self, server: &'a Server) -> Dance<'a> {
        Dance { server, client: &self.client, callback: CALLBACK }
    }
}

#[test]
fn a_dance_over_two_nodes_is_redeemed_exactly_once() {
    let scene = Scene::new();
    let (one, two) = (scene.node(), scene.node());
    let mut jane = Browser::sign_in(&two, "jane", PASSWORD);
    for _ in 0..3 {
        redeem_once(&[&one, &two], &scene.client, CALLBACK, &mut jane);
    }
}

#[test]
fn replay_after_memcached_was_emptied_is_refused() {
    let mut scene = Scene::new();
    let (one, two) = (scene.node(), scene.node());
    let call = Call::get("/api/whoami", &scene.client);
    call.send(&one).expect(200);
    call.send(&two).refused(401, "nonce_used");
    scene.memcached.start_again();
    until("it is ready again", || Request::get("/readyz").send(&one).status == 200);
    call.send(&one).refused(401, "nonce_used");
    call.send(&two).refused(401, "nonce_used");
}

#[test]
fn a_secret_in_memcached_is_sealed() {
    let scene = Scene::new();
    let node = scene.node();
    let temporary = scene.dance(&node).initiate();
    let key = countersign_store_memcached_key(temporary.id.as_str());
    // The value's first line says how long it is; the text behind it is the second.
    let kept = scene.memcached.text(&format!("get {key}"));
    assert!(kept.contains(temporary.id.as_str()), "{kept}");
    assert!(!kept.contains(temporary.secret.expose()), "a secret stands there");
}

fn countersign_store_memcached_key(name: &str) -> String {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, name.as_bytes());
    hash.as_ref().iter().fold("countersign:t:".to_owned(), |key, byte| format!("{key}{byte:02x}"))
}

#[test]
fn a_hung_memcached_is_503_and_costs_protected_resources_nothing() {
    let scene = Scene::new();
    let server = scene.node();
    scene.memcached.signal("STOP");
    Call::post("/oauth/initiate", &scene.client)
        .with("oauth_callback", "oob")
        .send(&server)
        .refused(503, "store_unavailable");
    until("it says so", || Request::get("/readyz").send(&server).status == 503);
    Call::get("/api/whoami", &scene.client).send(&server).expect(200);
    scene.memcached.signal("CONT");
    until("it is ready again", || Request::get("/readyz").send(&server).status == 200);
    scene.dance(&server).initiate();
}

#[test]
fn nonces_in_memcached_are_told_to_be_dangerous() {
    let scene = Scene::new();
    let server = scene.node_with("&danger_nonces");
    let call = Call::get("/api/whoami", &scene.client);
    call.send(&server).expect(200);
    call.send(&server).refused(401, "nonce_used");
    let (_, log, _) = server.stop();
    let said = String::from_utf8_lossy(&log).into_owned();
    assert!(said.contains("danger_nonces") && said.contains("replays"), "{said}");
}
