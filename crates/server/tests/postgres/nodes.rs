//! Several nodes on one database, and a database that is away.

use super::{
    real,
    scene::{self, CALLBACK, PASSWORD, Scene},
    support::{
        PATIENCE,
        browser::Browser,
        client::Call,
        http::{Line, Request},
        nodes::{accept_once, redeem_once},
        until,
    },
};
use std::{fs, process::Stdio, thread, time::Instant};

#[test]
fn nodes_that_start_at_once_on_an_empty_database_share_it() {
    let place = scene::empty();
    let nodes: Vec<_> = thread::scope(|scope| {
        let starting: Vec<_> = (0..4).map(|_| scope.spawn(|| place.server().start())).collect();
        starting.into_iter().map(|node| node.join().expect("a node")).collect()
    });
    let scene = Scene::at(place);
    let mut jane = Browser::sign_in(&nodes[0], "jane", PASSWORD);
    let nodes: Vec<_> = nodes.iter().collect();
    for _ in 0..3 {
        redeem_once(&nodes, &scene.client, CALLBACK, &mut jane);
    }
}

#[test]
fn replay_sent_to_every_node_at_once_is_accepted_once() {
    let scene = Scene::new();
    let nodes = [scene.node(), scene.node()];
    let token = scene.place.issue_token(&scene.client.id, "jane", &[], "");
    for _ in 0..5 {
        let call = Call::get("/api/whoami", &scene.client).token(&token);
        accept_once(&nodes.each_ref(), &call);
    }
}

#[test]
fn a_server_waits_for_its_database_and_other_commands_fail_at_once() {
    let mut postgres = real::Server::start(&["fsync = off"]);
    let scene = Scene::at(scene::empty_on(&postgres));
    postgres.kill();
    let start = Instant::now();
    let ran = scene.place.run(&["user", "list"], "");
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("COUNTERSIGN_DATABASE_URL: database.url: postgres at "), "{}", ran.stderr);
    let check = scene.place.run(&["migrate", "--check"], "");
    assert_eq!(check.code, Some(1), "{}", check.stderr);
    assert!(start.elapsed() < PATIENCE / 2);

    let log = scene.place.path().join("log");
    let mut command = scene.place.command();
    command.args(["serve", "--listen", "127.0.0.1:0", "--insecure-http"]).stdout(Stdio::null());
    let mut child = command.stderr(fs::File::create(&log).expect("a log")).spawn().expect("the binary");
    let said = |what: &str| fs::read_to_string(&log).is_ok_and(|log| log.contains(what));
    until("it waits", || said("waiting, "));
    // Who watches it is told meanwhile, and who wants more is refused at once.
    let told = fs::read_to_string(&log).expect("a log");
    let (_, rest) = told.split_once("listening=").expect("an address");
    let address = rest.split_whitespace().next().expect("an address").parse().expect("an address");
    let ask = |target: &str| {
        let request = Request::get(target).bytes("http://a.test");
        Line::open(address).and_then(|mut line| line.exchange(&request)).expect("an answer")
    };
    assert_eq!((ask("/healthz").status, ask("/readyz").status), (200, 503));
    assert_eq!(ask("/readyz").body, "waiting for the database\n");
    ask("/api/whoami").refused(503, "store_unavailable");
    postgres.again();
    until("it serves", || said(" serves http://"));
    assert_eq!(ask("/readyz").status, 200);
    // OK because it may have ended already
    let _ = child.kill();
    let _ = child.wait();

    postgres.kill();
    let refused = scene.place.run_with(&SERVE, "", &[("COUNTERSIGN_WAIT_FOR_STORES", "0")]);
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
}

#[test]
fn what_no_waiting_mends_is_refused_at_once() {
    let place = scene::empty();
    let shared = scene::url(real::shared());
    let (before, rest) = shared.rsplit_once("/postgres?").expect("the fixture's database");
    let nowhere = format!("{before}/nowhere?{rest}&password=hunter2");
    let ran = place.run_with(&SERVE, "", &[("COUNTERSIGN_DATABASE_URL", &nowhere)]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("nowhere") && !ran.stderr.contains("hunter2"), "{}", ran.stderr);
    let alone = place.run_with(
        &["serve"],
        "",
        &[("COUNTERSIGN_SINGLE_NODE", "false"), ("COUNTERSIGN_CACHE_URL", "memory:")],
    );
    assert!(
        alone.code == Some(1) && alone.stderr.contains("COUNTERSIGN_CACHE_URL: cache.url"),
        "{}",
        alone.stderr
    );
    // Nor does a node make a key ring that the others do not have.
    let ringless = place.run_with(&SERVE, "", &[("COUNTERSIGN_SINGLE_NODE", "false")]);
    assert!(ringless.code == Some(1) && ringless.stderr.contains("COUNTERSIGN_KEYS"), "{}", ringless.stderr);
}

#[test]
fn without_its_database_it_is_not_ready_and_accepts_nothing() {
    let mut postgres = real::Server::start(&["fsync = off"]);
    let scene = Scene::at(scene::empty_on(&postgres));
    let server = scene.node();
    let used = Call::get("/api/whoami", &scene.client);
    used.send(&server).expect(200);
    postgres.kill();
    until("it says so", || Request::get("/readyz").send(&server).status == 503);
    Request::get("/healthz").send(&server).expect(200);
    used.send(&server).refused(503, "store_unavailable");
    postgres.again();
    until("it is ready again", || Request::get("/readyz").send(&server).status == 200);
    used.send(&server).refused(401, "nonce_used");
    Call::get("/api/whoami", &scene.client).send(&server).expect(200);
}

const SERVE: [&str; 4] = ["serve", "--listen", "127.0.0.1:0", "--insecure-http"];
