//! What is counted: on a socket of its own, every request once, and nothing that a stranger or a client chose.

mod support;

use std::net::SocketAddr;
use support::{
    browser::Browser,
    client::{Call, Dance, Pair},
    http::{Answer, Line, Request},
    place::Place,
    server::{Server, Starter},
};

const CALLBACK: &str = "http://127.0.0.1/ready";
const PASSWORD: &str = "correct horse";

struct World {
    _place: Place,
    client: Pair,
    server: Server,
    metrics: SocketAddr,
}

impl World {
    fn new() -> Self {
        Self::with(|starter| starter)
    }

    fn with(settings: impl FnOnce(Starter) -> Starter) -> Self {
        let place = Place::new();
        place.add_user("jane", PASSWORD);
        let client = place.add_client(&["--name", "Printer", "--callback", CALLBACK, "--two-legged"]);
        let server = settings(place.server()).set("COUNTERSIGN_METRICS_LISTEN", "127.0.0.1:0").start();
        let mut told = None;
        support::until("the log says where the metrics are", || {
            let log = String::from_utf8(server.log()).expect("text");
            let (_, rest) = log.split_once("metrics are served at http://").unwrap_or_default();
            told = rest.split_once("/metrics").map(|(address, _)| address.parse().expect("an address"));
            told.is_some()
        });
        Self { _place: place, client, server, metrics: told.expect("an address") }
    }

    fn ask(&self, target: &str) -> Answer {
        let bytes = Request::get(target).bytes("http://metrics");
        Line::open(self.metrics).and_then(|mut line| line.exchange(&bytes)).expect("an answer")
    }

    fn text(&self) -> String {
        let answer = self.ask("/metrics").expect(200);
        assert!(
            answer.field("content-type").is_some_and(|kind| kind.starts_with("text/plain; version=0.0.4"))
        );
        answer.body
    }
}

/// The sum over all series of that name whose labels hold this.
fn sum(text: &str, name: &str, labels: &str) -> f64 {
    let series = text.lines().filter(|line| !line.starts_with('#'));
    let of_name = series.filter(|line| line.split(['{', ' ']).next() == Some(name) && line.contains(labels));
    of_name.map(|line| line.rsplit(' ').next().expect("a value").parse::<f64>().expect("a number")).sum()
}

#[track_caller]
fn counted(text: &str, name: &str, labels: &str, expected: u32) {
    assert!((sum(text, name, labels) - f64::from(expected)).abs() < 0.5, "{name} {labels}:\n{text}");
}

#[test]
fn every_request_is_counted_once_under_what_it_came_to() {
    let world = World::new();
    let server = &world.server;
    for _ in 0..3 {
        Call::get("/api/whoami", &world.client).send(server).expect(200);
    }
    let replayed = Call::get("/api/whoami", &world.client).request(&server.public_url);
    replayed.send(server).expect(200);
    replayed.send(server).refused(401, "nonce_used");
    let forger = Pair::new(&world.client.id, "a guess");
    Call::get("/api/whoami", &forger).send(server).refused(401, "signature_invalid");
    Request::get(&format!("/{}", "x".repeat(17 << 10))).send(server).expect(414);
    Request::get("/nowhere").send(server).expect(404);
    Request::get("/oauth/initiate").send(server).expect(405);
    Request::get("/login").send(server).expect(200);
    let text = world.text();
    let requests = "countersign_requests_total";
    counted(&text, requests, "", 10);
    for (labels, expected) in [
        ("endpoint=\"whoami\",problem=\"\",status=\"200\"", 4),
        ("endpoint=\"whoami\",problem=\"nonce_used\",status=\"401\"", 1),
        ("endpoint=\"whoami\",problem=\"signature_invalid\",status=\"401\"", 1),
        ("endpoint=\"initiate\",problem=\"method_not_allowed\",status=\"405\"", 1),
        ("endpoint=\"session\",problem=\"\",status=\"200\"", 1),
        ("endpoint=\"other\",problem=\"\",status=\"404\"", 1),
        ("endpoint=\"other\",problem=\"\",status=\"414\"", 1),
    ] {
        counted(&text, requests, labels, expected);
    }
    counted(&text, "countersign_request_seconds_count", "", 10);
    counted(&text, "countersign_store_calls_total", "outcome=\"done\",verb=\"remember\"", 4);
    counted(&text, "countersign_store_calls_total", "outcome=\"refused\",verb=\"remember\"", 1);
    counted(&text, "countersign_lookups_total", "", 6);
    counted(&text, "countersign_store_calls_total", "verb=\"load\"", 1);
    counted(&text, "countersign_live_nonces", "", 4);
}

#[test]
fn a_browser_that_asks_too_often_is_counted_by_its_problem() {
    let world = World::with(|starter| {
        starter.set("COUNTERSIGN_RATE_ADDRESS", "1").set("COUNTERSIGN_RATE_ADDRESS_BURST", "1")
    });
    let page = Request::get("/login").field("Accept", "text/html");
    page.send(&world.server).expect(200);
    page.send(&world.server).expect(429);
    counted(&world.text(), "countersign_requests_total", "problem=\"rate_limited\",status=\"429\"", 1);
}

#[test]
fn nothing_that_anybody_chose_is_in_a_label() {
    let world = World::new();
    let server = &world.server;
    let mut jane = Browser::sign_in(server, "jane", PASSWORD);
    let token = Dance { server, client: &world.client, callback: CALLBACK }.whole(&mut jane);
    Call::get("/api/whoami?needle-a", &world.client).token(&token).send(server).expect(200);
    let odd = Request::new("NEEDLE-B", "/needle-c")
        .field("User-Agent", "needle-d")
        .field("X-Forwarded-For", "192.0.2.9");
    odd.send(server);
    Call::get("/api/whoami", &Pair::new("needle-e", "x")).send(server).expect(401);
    let text = world.text();
    for needle in
        [&world.client.id, &token.id, "jane", "Printer", "needle", "NEEDLE", "192.0.2.9", "127.0.0.1"]
    {
        assert!(!text.contains(needle), "{needle} in {text}");
    }
}

#[test]
fn a_port_that_is_taken_for_metrics_is_named_by_its_own_key() {
    let place = Place::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let settings = format!("[metrics]\nlisten = \"{address}\"\n");
    std::fs::write(place.path().join("countersign.toml"), settings).expect("a file");
    let refused = place.run(&["serve", "--insecure-http", "--listen", "127.0.0.1:0"], "");
    let told = ["countersign.toml:2: cannot listen on", &address, "by metrics.listen, or"];
    assert!(told.iter().all(|told| refused.stderr.contains(told)), "{}", refused.stderr);
    assert!(!refused.stderr.contains("--listen"), "{}", refused.stderr);
    let refused = place.run(&["config", "check", "--insecure-http", "--listen", &address], "");
    assert!(refused.stderr.contains("countersign.toml:2: metrics.listen: "), "{}", refused.stderr);
}

#[test]
fn metrics_are_on_their_own_socket_alone_and_off_by_default() {
    let world = World::new();
    Request::get("/metrics").send(&world.server).expect(404);
    for target in ["/", "/login", "/api/whoami"] {
        world.ask(target).expect(404);
    }
    let place = Place::new();
    let quiet = place.server().start();
    Request::get("/metrics").send(&quiet).expect(404);
    assert!(!String::from_utf8(quiet.log()).expect("text").contains("metrics"));
}
