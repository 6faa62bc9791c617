//! A Redis that is new accepts at once, and one that may have forgotten refuses what could be a replay.

use crate::{
    Scene,
    real::Redis,
    support::{client::Call, http::Request, until},
};
use std::thread;

/// It forgets with its process, and the server tells for how long it refuses what could be a replay.
#[test]
fn replay_after_a_restart_of_a_redis_that_forgets_is_503_and_says_for_how_long() {
    let mut scene = Scene::on(Redis::start());
    let (server, other) = (scene.node(), scene.node());
    let used = Call::get("/api/whoami", &scene.client);
    used.send(&server).expect(200);
    scene.redis.start_again();
    until("it is ready again", || Request::get("/readyz").send(&server).status == 200);
    for node in [&server, &other, &scene.fenced_node()] {
        let mut waits = Vec::new();
        for call in [&used, &Call::get("/api/whoami?new", &scene.client)] {
            until("it is the fence that refuses", || {
                let answer = call.send(node).refused(503, "store_unavailable");
                waits
                    .push(answer.field("retry-after").expect("Retry-After").parse::<u64>().expect("seconds"));
                waits.last() > Some(&300)
            });
        }
        assert!(waits.iter().all(|wait| *wait <= 362), "{waits:?}");
    }
}

#[test]
fn a_new_installation_with_a_new_redis_accepts_at_once() {
    let scene = Scene::on(Redis::start());
    let server = scene.fenced_node();
    let used = Call::get("/api/whoami", &scene.client);
    used.send(&server).expect(200);
    used.send(&server).refused(401, "nonce_used");
}

/// All were told by the database who is the first, and wait for its record.
#[test]
fn nodes_that_start_at_once_on_a_new_installation_accept_at_once() {
    let scene = Scene::on(Redis::start());
    let nodes: Vec<_> = thread::scope(|scope| {
        let starting: Vec<_> = (0..3).map(|_| scope.spawn(|| scene.fenced_node())).collect();
        starting.into_iter().map(|node| node.join().expect("a node")).collect()
    });
    for node in &nodes {
        let used = Call::get("/api/whoami", &scene.client);
        used.send(node).expect(200);
        for other in &nodes {
            used.send(other).refused(401, "nonce_used");
        }
    }
}

#[test]
fn replay_to_a_server_that_restarts_on_an_emptied_redis_is_refused() {
    let scene = Scene::on(Redis::start());
    let server = scene.fenced_node();
    let used = Call::get("/api/whoami", &scene.client);
    used.send(&server).expect(200);
    server.kill();
    assert_eq!(scene.redis.ask("FLUSHALL"), "+OK");
    used.send(&scene.fenced_node()).refused(503, "store_unavailable");
}

#[test]
fn replay_to_a_server_that_restarts_with_a_new_redis_at_the_same_address_is_refused() {
    let mut scene = Scene::on(Redis::start());
    let server = scene.fenced_node();
    let used = Call::get("/api/whoami", &scene.client);
    used.send(&server).expect(200);
    server.kill();
    scene.redis.start_again();
    used.send(&scene.fenced_node()).refused(503, "store_unavailable");
}

/// The nonces are in the database: Redis knows none of them, however long it has been running.
#[test]
fn replay_after_a_switch_from_sql_to_redis_is_refused() {
    let scene = Scene::on(Redis::start());
    let server = scene.place.server().start();
    let used = Call::get("/api/whoami", &scene.client);
    used.send(&server).expect(200);
    server.kill();
    used.send(&scene.fenced_node()).refused(503, "store_unavailable");
}

/// It had told nobody that it was the first, and who comes next does not know what it did.
#[test]
fn a_kill_between_the_database_and_the_record_leaves_redis_fenced() {
    let scene = Scene::on(Redis::start());
    // As it is left behind then: a name in Redis, and a row in the database, written a moment ago.
    scene.fenced_node().kill();
    scene.redis.ask("DEL countersign:fence");
    scene.redis.ask("HSET countersign:fence beginning 1.1");
    let server = scene.fenced_node();
    Call::get("/api/whoami", &scene.client).send(&server).refused(503, "store_unavailable");
    Call::get("/api/whoami", &scene.client).send(&server).refused(503, "store_unavailable");
    let log = String::from_utf8_lossy(&server.log()).into_owned();
    assert_eq!(log.matches("the fence holds").count(), 1, "{log}");
    assert!(!log.contains("store failure"), "{log}");
}
