//! `kill -9` and start again: nothing that was acknowledged is lost, and no nonce comes back.

mod support;

use support::{
    browser::Browser,
    client::{Call, Dance, Pair},
    http::{Line, Request},
    place::Place,
    server::Server,
    until,
};

const CALLBACK: &str = "http://127.0.0.1/ready";

fn start(place: &Place) -> Server {
    place.server().start()
}

fn prepared() -> (Place, Pair) {
    let place = Place::new();
    place.add_user("jane", "correct horse");
    let printer =
        place.add_client(&["--name", "Printer", "--callback", CALLBACK, "--allow-oob", "--two-legged"]);
    (place, printer)
}

#[test]
fn acknowledged_credentials_survive_a_kill() {
    let (place, printer) = prepared();
    let server = start(&place);
    let token = Dance { server: &server, client: &printer, callback: CALLBACK }.whole(&mut Browser::sign_in(
        &server,
        "jane",
        "correct horse",
    ));
    server.kill();

    let server = start(&place);
    let told = Call::get("/api/whoami", &printer).token(&token).send(&server).expect(200);
    assert!(told.body.contains("\"resource_owner\":\"jane\""), "{}", told.body);
    Call::get("/api/whoami", &printer).send(&server).expect(200);
}

#[test]
fn a_dance_goes_on_where_a_kill_broke_it_off() {
    let (place, printer) = prepared();
    let server = start(&place);
    let mut browser = Browser::sign_in(&server, "jane", "correct horse");
    let temporary = Dance { server: &server, client: &printer, callback: CALLBACK }.initiate();
    server.kill();

    let server = start(&place);
    let verifier =
        Dance { server: &server, client: &printer, callback: CALLBACK }.grant(&mut browser, &temporary);
    server.kill();

    let server = start(&place);
    let dance = Dance { server: &server, client: &printer, callback: CALLBACK };
    let token = Pair::from(&dance.exchange(&temporary, &verifier).expect(200));
    Call::get("/api/whoami", &printer).token(&token).send(&server).expect(200);
    server.kill();

    let server = start(&place);
    let dance = Dance { server: &server, client: &printer, callback: CALLBACK };
    dance.exchange(&temporary, &verifier).refused(401, "token_rejected");
}

#[test]
fn nonce_used_before_a_kill_is_refused_after_it() {
    let (place, printer) = prepared();
    let server = start(&place);
    let calls = [
        Call::get("/api/whoami?a=1", &printer),
        Call::post("/echo/form", &printer).form("a=1&a=2+3"),
        Call::post("/oauth/initiate", &printer).with("oauth_callback", "oob"),
    ];
    let requests: Vec<_> = calls.iter().map(|call| call.request(&server.public_url)).collect();
    for request in &requests {
        request.send(&server).expect(200);
    }
    server.kill();

    for _ in 0..2 {
        let server = start(&place);
        for request in &requests {
            request.send(&server).refused(401, "nonce_used");
        }
        server.stop();
    }
}

#[test]
fn who_connected_before_the_end_is_answered() {
    let (place, printer) = prepared();
    let server = start(&place);
    let mut idle = Line::open(server.address).expect("a connection");
    idle.exchange(&Request::get("/healthz").bytes(&server.public_url)).expect("an answer");
    // Stopped, it accepts nothing: the system takes the connections for it.
    server.pause();
    let mut lines: Vec<_> = (0..20).map(|_| Line::open(server.address).expect("a connection")).collect();
    server.terminate();
    server.resume();
    until("it listens no more", || Line::open(server.address).is_err());
    for line in &mut lines {
        let call = Call::get("/api/whoami", &printer).request(&server.public_url);
        let answer = line.exchange(&call.bytes(&server.public_url)).expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    assert!(idle.is_closed().expect("an end"));
    let (status, _, _) = server.ended();
    assert!(status.success(), "{status}");
}

#[test]
fn replay_of_what_was_accepted_before_nonces_moved_is_refused() {
    let (place, printer) = prepared();
    let on = |nonces: &str| place.server().set("COUNTERSIGN_NONCES_URL", nonces).start();
    let server = on("memory:");
    let call = Call::get("/api/whoami", &printer);
    let request = call.request(&server.public_url);
    request.send(&server).expect(200);
    server.kill();

    for nonces in ["sql:", "memory:"] {
        let server = on(nonces);
        let refused = request.send(&server).expect(503);
        let wait: u64 = refused.field("retry-after").unwrap().parse().unwrap();
        assert!((355..=360).contains(&wait), "{wait}");
        // It may be a replay too, for all that anybody knows here.
        Call::get("/api/whoami?new", &printer).send(&server).refused(503, "store_unavailable");
        let log = String::from_utf8_lossy(&server.log()).into_owned();
        assert!(log.contains("nonces were elsewhere until"), "{log}");
        server.kill();
    }
}
