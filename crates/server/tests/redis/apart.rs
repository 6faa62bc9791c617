//! Nonces here and temporary credentials there: what `nonces.url` says, and what is lost with each place.

use crate::{
    CALLBACK, PASSWORD, Scene,
    real::Redis,
    support::{browser::Browser, client::Call, http::Request, server::Server, until},
};

impl Scene {
    /// On this for temporary credentials, and that for nonces.
    fn node_on(&self, cache: &str, nonces: &str) -> Server {
        self.place.server().set("COUNTERSIGN_CACHE_URL", cache).set("COUNTERSIGN_NONCES_URL", nonces).start()
    }

    fn impatient(&self) -> String {
        self.redis.url_with("connect_timeout_ms=500&response_timeout_ms=500")
    }
}

/// How many keys of a kind a Redis has.
fn keys(redis: &Redis, kind: &str) -> i64 {
    redis.number(&format!("#redis.call('KEYS', 'countersign:{kind}:*')"))
}

#[test]
fn replay_to_the_other_node_is_refused_by_nonces_in_a_redis_beside_the_database() {
    let scene = Scene::on(Redis::start());
    let nodes = [scene.node_on("sql:", &scene.impatient()), scene.node_on("sql:", &scene.impatient())];
    let token = scene.dance(&nodes[0]).whole(&mut Browser::sign_in(&nodes[0], "jane", PASSWORD));
    let call = Call::get("/api/whoami", &scene.client).token(&token);
    call.send(&nodes[0]).expect(200);
    nodes.iter().for_each(|node| drop(call.send(node).refused(401, "nonce_used")));
    scene.dance(&nodes[1]).initiate();
    assert_eq!(keys(&scene.redis, "t"), 0, "temporary credentials are in the database");
    assert!(keys(&scene.redis, "n") > 2, "nonces are not");

    scene.redis.signal("STOP");
    let unused = Call::get("/api/whoami?new", &scene.client).token(&token);
    for call in [&call, &unused] {
        call.send(&nodes[0]).refused(503, "store_unavailable");
    }
    until("it says so", || Request::get("/readyz").send(&nodes[0]).status == 503);
    scene.redis.signal("CONT");
    until("it is ready again", || Request::get("/readyz").send(&nodes[0]).status == 200);
    call.send(&nodes[0]).refused(401, "nonce_used");
}

#[test]
fn replay_is_refused_while_the_redis_with_temporary_credentials_is_gone() {
    let mut scene = Scene::on(Redis::start());
    let server = scene.node_on(&scene.impatient(), "sql:");
    let temporary = scene.dance(&server).initiate();
    assert_eq!((keys(&scene.redis, "t"), keys(&scene.redis, "n")), (1, 0));
    let call = Call::get("/api/whoami", &scene.client);
    call.send(&server).expect(200);
    scene.redis.kill();
    call.send(&server).refused(401, "nonce_used");
    Call::get("/api/whoami?new", &scene.client).send(&server).expect(200);
    let initiate = Call::post("/oauth/initiate", &scene.client).with("oauth_callback", CALLBACK);
    initiate.send(&server).refused(503, "store_unavailable");
    scene.redis.start_again();
    until("it is ready again", || Request::get("/readyz").send(&server).status == 200);
    // No fence holds up who needs no nonces from there.
    call.send(&server).refused(401, "nonce_used");
    Call::get("/api/whoami?newer", &scene.client).send(&server).expect(200);
    scene.dance(&server).exchange(&temporary, "anything").refused(401, "token_rejected");
}

#[test]
fn two_of_them_are_each_told_what_the_database_remembers() {
    let (scene, other) = (Scene::on(Redis::start()), Redis::start());
    let server = scene.node_on(&scene.impatient(), &other.url());
    let call = Call::get("/api/whoami", &scene.client);
    call.send(&server).expect(200);
    call.send(&server).refused(401, "nonce_used");
    scene.dance(&server).whole(&mut Browser::sign_in(&server, "jane", PASSWORD));
    assert_eq!((keys(&scene.redis, "n"), keys(&other, "t")), (0, 0));
    let log = String::from_utf8_lossy(&server.log()).into_owned();
    assert!(log.contains(", nonces in redis at "), "{log}");
    assert!(
        log.contains("cache.url is a Redis without") && log.contains("nonces.url is a Redis without"),
        "{log}"
    );

    // New to an installation that was in use: it could have been emptied.
    let late = Redis::start();
    let server = scene.node_on(&scene.impatient(), &late.url());
    call.send(&server).refused(503, "store_unavailable");
}

#[test]
fn replay_is_refused_by_a_redis_that_held_temporary_credentials_alone_until_now() {
    let scene = Scene::on(Redis::start());
    let server = scene.node_on(&scene.impatient(), "sql:");
    scene.dance(&server).initiate();
    let request = Call::get("/api/whoami", &scene.client).request(&server.public_url);
    request.send(&server).expect(200);
    server.kill();
    let server = scene.node_on(&scene.impatient(), "");
    request.send(&server).expect(503);
}
