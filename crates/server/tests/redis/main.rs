//! Two nodes on one database and one Redis: what one has accepted the other refuses, and a Redis that is away is 503.
//!
//! It starts real ones, so that only its name runs it: `./dev test stores`.
#![cfg(unix)]

mod apart;
mod fence;

#[path = "../support/mod.rs"]
mod support;

#[path = "../../../store-redis/tests/support/redis.rs"]
mod real;

use countersign_provider::{System, token};
use real::Redis;
use std::time::{Duration, Instant};
use support::{
    browser::Browser,
    client::{Call, Dance, Pair},
    http::Request,
    needles::{Needles, contents},
    nodes::{accept_once, redeem_once},
    place::Place,
    server::Server,
    until,
};

const CALLBACK: &str = "http://127.0.0.1/ready";
const PASSWORD: &str = "correct horse";

/// A database, a client, and a Redis; dropped in this order.
struct Scene {
    place: Place,
    client: Pair,
    redis: Redis,
}

impl Scene {
    fn on(redis: Redis) -> Self {
        let place = Place::new();
        place.add_user("jane", PASSWORD);
        let flags = ["--name", "Printer", "--callback", CALLBACK, "--allow-oob", "--two-legged"];
        let client = place.add_client(&flags);
        Self { place, client, redis }
    }

    /// In a Redis that is known to have lost nothing: a new one is fenced, since it could have been emptied.
    fn node(&self) -> Server {
        self.redis.season(true);
        self.fenced_node()
    }

    fn fenced_node(&self) -> Server {
        let url = self.redis.url_with("connect_timeout_ms=500&response_timeout_ms=500");
        self.place.server().set("COUNTERSIGN_CACHE_URL", &url).start()
    }

    fn dance<'a>(&'a self, server: &'a Server) -> Dance<'a> {
        Dance { server, client: &self.client, callback: CALLBACK }
    }

    /// What `serve` says where it must refuse to start.
    fn refused(&self, url: &str) -> String {
        let arguments =
            ["serve", "--listen", "127.0.0.1:0", "--insecure-http", "--public-url", "http://a.test"];
        let environment = [("COUNTERSIGN_CACHE_URL", url), ("COUNTERSIGN_WAIT_FOR_STORES", "0")];
        let ran = self.place.run_with(&arguments, "", &environment);
        assert_ne!(ran.code, Some(0), "{}", ran.stderr);
        assert!(ran.code.is_some(), "it serves: {}", ran.stderr);
        ran.stderr
    }
}

#[test]
fn what_a_command_ends_is_refused_by_every_node_before_its_lookup_is_old() {
    let scene = Scene::on(Redis::start());
    let nodes = [scene.node(), scene.node()];
    let url = scene.redis.url();
    let command = |arguments: &[&str]| {
        let ran = scene.place.run_with(arguments, "", &[("COUNTERSIGN_CACHE_URL", &url)]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    };
    let refused = |token: &Pair, arguments: &[&str]| {
        let status = |node| Call::get("/api/whoami", &scene.client).token(token).send(node).status;
        let start = Instant::now();
        nodes.iter().for_each(|node| until("it is accepted", || status(node) == 200));
        command(arguments);
        nodes.iter().for_each(|node| until("it is refused", || status(node) == 401));
        start.elapsed()
    };
    let mut ages = Vec::new();
    for _ in 0..3 {
        let token = scene.place.issue_token(&scene.client.id, "jane", &[], "");
        ages.push(refused(&token, &["user", "disable", "jane"]));
        command(&["user", "enable", "jane"]);
        ages.push(refused(&token, &["client", "disable", &scene.client.id]));
        command(&["client", "enable", &scene.client.id]);
        ages.push(refused(&token, &["token", "revoke", &token.id]));
    }
    ages.sort();
    println!("refused by both nodes when the lookup was this old: {ages:.0?}");
    // The middle one: a busy machine may be late once. A lookup is kept for five seconds.
    assert!(ages[ages.len() / 2] < Duration::from_secs(5), "{ages:?}");
}

#[test]
fn replay_sent_to_the_other_node_is_refused() {
    let scene = Scene::on(Redis::start());
    let (one, two) = (scene.node(), scene.node());
    let token = scene.dance(&one).whole(&mut Browser::sign_in(&one, "jane", PASSWORD));
    for (first, second) in [(&one, &two), (&two, &one)] {
        let call = Call::get("/api/whoami", &scene.client).token(&token);
        call.send(first).expect(200);
        call.send(second).refused(401, "nonce_used");
        call.send(first).refused(401, "nonce_used");
    }
    // All at once, half of them on each node.
    let call = Call::get("/api/whoami", &scene.client).token(&token);
    accept_once(&[&one, &two], &call);
}

#[test]
fn a_dance_over_two_nodes_is_redeemed_exactly_once() {
    let scene = Scene::on(Redis::start());
    let (one, two) = (scene.node(), scene.node());
    let mut jane = Browser::sign_in(&two, "jane", PASSWORD);
    for _ in 0..5 {
        redeem_once(&[&one, &two], &scene.client, CALLBACK, &mut jane);
    }
}

#[test]
fn wrong_verifiers_at_two_nodes_count_together() {
    let scene = Scene::on(Redis::start());
    let nodes = [scene.node(), scene.node()];
    let mut jane = Browser::sign_in(&nodes[0], "jane", PASSWORD);
    let temporary = scene.dance(&nodes[1]).initiate();
    let verifier = scene.dance(&nodes[0]).grant(&mut jane, &temporary);
    for guess in 0..5 {
        scene.dance(&nodes[guess % 2]).exchange(&temporary, "wrong").refused(401, "verifier_invalid");
    }
    for node in &nodes {
        scene.dance(node).exchange(&temporary, &verifier).refused(401, "token_rejected");
    }
}

/// Redis knows no accounts: the token is what is refused.
#[test]
fn a_token_for_an_account_that_was_disabled_since_its_grant_is_refused() {
    let scene = Scene::on(Redis::start());
    let node = scene.node();
    let temporary = scene.dance(&node).initiate();
    let verifier = scene.dance(&node).grant(&mut Browser::sign_in(&node, "jane", PASSWORD), &temporary);
    scene.place.done(&["user", "disable", "jane"], "");
    let token = Pair::from(&scene.dance(&node).exchange(&temporary, &verifier).expect(200));
    let call = || Call::get("/api/whoami", &scene.client).token(&token).send(&node);
    call().expect(401);
    scene.place.done(&["user", "enable", "jane"], "");
    until("it is accepted", || call().status == 200);
}

#[test]
fn no_secret_stands_in_what_redis_keeps() {
    let scene = Scene::on(Redis::durable());
    let node = scene.node();
    let mut jane = Browser::sign_in(&node, "jane", PASSWORD);
    let mut secrets = Needles::default();
    secrets.add("client secret", scene.client.secret.expose());
    for _ in 0..3 {
        let pending = scene.dance(&node).initiate();
        secrets.add("temporary secret", pending.secret.expose());
        let granted = scene.dance(&node).initiate();
        secrets.add("temporary secret", granted.secret.expose());
        let verifier = scene.dance(&node).grant(&mut jane, &granted);
        secrets.add("verifier", &verifier);
        let redeemed = scene.dance(&node).initiate();
        secrets.add("temporary secret", redeemed.secret.expose());
        let verifier = scene.dance(&node).grant(&mut jane, &redeemed);
        secrets.add("verifier", &verifier);
        let token = Pair::from(&scene.dance(&node).exchange(&redeemed, &verifier).expect(200));
        secrets.add("token secret", token.secret.expose());
        Call::get("/api/whoami", &scene.client).token(&token).send(&node).expect(200);
    }
    let (canary, mut canaries) = (token(&System, 40), Needles::default());
    canaries.add("canary", &canary);
    assert_eq!(scene.redis.ask(&format!("SET canary {canary}")), "+OK");
    assert_eq!(scene.redis.ask("SAVE"), "+OK");

    let mut searched = 0;
    for name in ["dump.rdb", "appendonlydir"] {
        let content = contents(&scene.redis.folder().join(name), &|_| true);
        assert_eq!(secrets.found_in(&content), [""; 0], "in {name}");
        assert!(canaries.found_in(&content).contains(&"canary, raw".into()), "in {name}");
        searched += content.len();
    }
    println!(
        "{} forms of secrets searched for in {searched} bytes: none found, the canary found",
        secrets.len()
    );
}

#[test]
fn a_hung_redis_is_503_in_bounded_time_and_never_an_acceptance() {
    let scene = Scene::on(Redis::start());
    let server = scene.node();
    let mut jane = Browser::sign_in(&server, "jane", PASSWORD);
    let granted = scene.dance(&server).initiate();
    let verifier = scene.dance(&server).grant(&mut jane, &granted);
    let used = Call::get("/api/whoami", &scene.client);
    used.send(&server).expect(200);
    Request::get("/readyz").send(&server).expect(200);

    scene.redis.signal("STOP");
    let unused = Call::get("/api/whoami?new", &scene.client);
    let mut longest = Duration::ZERO;
    for _ in 0..3 {
        for call in [
            unused.clone(),
            used.clone(),
            Call::post("/oauth/initiate", &scene.client).with("oauth_callback", "oob"),
            Call::post("/oauth/token", &scene.client).token(&granted).with("oauth_verifier", &verifier),
        ] {
            let start = Instant::now();
            call.send(&server).refused(503, "store_unavailable");
            longest = longest.max(start.elapsed());
        }
    }
    assert!(longest < Duration::from_secs(5), "{longest:?}");
    until("it says so", || Request::get("/readyz").send(&server).status == 503);
    Request::get("/healthz").send(&server).expect(200);
    jane.consent(&server, &granted).expect(503);

    scene.redis.signal("CONT");
    let start = Instant::now();
    until("it is ready again", || Request::get("/readyz").send(&server).status == 200);
    println!(
        "hung: 503 after {} ms at most; ready {} ms after it went on",
        longest.as_millis(),
        start.elapsed().as_millis()
    );
    used.send(&server).refused(401, "nonce_used");
    Call::get("/api/whoami", &scene.client).send(&server).expect(200);
    scene.dance(&server).exchange(&granted, &verifier).expect(200);
}

#[test]
fn nonce_used_before_a_kill_of_redis_is_refused_after_it() {
    let mut scene = Scene::on(Redis::durable());
    let server = scene.node();
    let calls: Vec<_> = (0..20).map(|_| Call::get("/api/whoami", &scene.client)).collect();
    let requests: Vec<_> = calls.iter().map(|call| call.request(&server.public_url)).collect();
    for request in &requests {
        request.send(&server).expect(200);
    }
    scene.redis.kill();
    requests[0].send(&server).refused(503, "store_unavailable");
    until("it says so", || Request::get("/readyz").send(&server).status == 503);
    scene.redis.start_again();
    until("it is ready again", || Request::get("/readyz").send(&server).status == 200);
    for request in &requests {
        request.send(&server).refused(401, "nonce_used");
    }
}

#[test]
fn a_redis_that_cannot_be_relied_on_is_named_at_start_and_its_password_never() {
    let mut scene = Scene::on(Redis::start_with(&["--requirepass s3cret-of-redis"]));
    let url = scene.redis.url_with("pass=s3cret-of-redis");
    let unfenced = format!("{url}&danger_no_fence");
    let server = scene.place.server().set("COUNTERSIGN_CACHE_URL", &unfenced).start();
    Call::get("/api/whoami", &scene.client).send(&server).expect(200);
    assert_eq!(scene.redis.ask("AUTH s3cret-of-redis"), "+OK");
    let (_, log, output) = server.stop();
    let said = String::from_utf8_lossy(&log).into_owned();
    assert!(said.contains("redis at ") && said.contains("appendonly yes"), "{said}");
    assert!(!said.contains("s3cret") && !String::from_utf8_lossy(&output).contains("s3cret"), "{said}");

    let wrong = scene.refused(&url.replace("of-redis", "of-nobody"));
    assert!(wrong.contains("COUNTERSIGN_CACHE_URL: cache.url: ") && !wrong.contains("s3cret"), "{wrong}");
    scene.redis.kill();
    let away = scene.refused(&url);
    assert!(away.contains("cache.url: ") && away.contains("cannot be used"), "{away}");
    assert!(!away.contains("s3cret"), "{away}");
    // What needs no Redis does without.
    scene.place.add_user("joe", PASSWORD);

    let evicting = Scene::on(Redis::start_with(&["--maxmemory-policy allkeys-lru"]));
    let refused = evicting.refused(&evicting.redis.url());
    assert!(refused.contains("maxmemory-policy noeviction"), "{refused}");
}
