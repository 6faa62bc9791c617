//! Who asks too often: an address before anything is looked at, a client once its signature holds.

mod support;

use std::fs;
use support::{
    browser::Browser,
    client::{Call, Pair},
    http::{Answer, Request},
    place::Place,
    server::{Server, Starter},
};

/// One a minute, and three at once: what a test sends is far beyond it, however slow the machine is.
fn slow(starter: Starter, what: &str) -> Starter {
    starter.set(&format!("COUNTERSIGN_RATE_{what}"), "1").set(&format!("COUNTERSIGN_RATE_{what}_BURST"), "3")
}

fn started(settings: impl FnOnce(Starter) -> Starter) -> (Place, Pair, Server) {
    let place = Place::new();
    let client = place.add_client(&["--name", "Printer", "--allow-oob", "--two-legged"]);
    let server = settings(place.server()).start();
    (place, client, server)
}

fn limited_by_address() -> (Place, Pair, Server) {
    started(|starter| slow(starter, "ADDRESS"))
}

#[track_caller]
fn limited(answer: Answer) -> Answer {
    let answer = answer.refused(429, "rate_limited");
    assert!((1..=60).contains(&seconds(&answer)), "{:?}", answer.fields);
    answer
}

#[track_caller]
fn seconds(answer: &Answer) -> u64 {
    answer.field("retry-after").expect("Retry-After").parse().expect("seconds")
}

#[test]
fn flood_from_one_address_is_refused_and_others_are_answered() {
    let (_place, client, server) = limited_by_address();
    let mut answered = 0;
    for _ in 0..200 {
        let answer =
            Call::get("/api/whoami", &client).request(&server.public_url).send_from("127.0.0.2", &server);
        if answer.status == 200 { answered += 1 } else { drop(limited(answer)) }
    }
    assert!((3..=4).contains(&answered), "{answered}");
    for _ in 0..3 {
        Call::get("/api/whoami", &client).send(&server).expect(200);
    }
}

#[test]
fn each_kind_of_path_is_limited_in_its_own_words() {
    let (_place, client, server) = limited_by_address();
    (0..3).for_each(|_| drop(Request::get("/").send(&server)));
    let endpoint =
        limited(Call::post("/oauth/initiate", &client).with("oauth_callback", "oob").send(&server));
    assert_eq!(endpoint.field("content-type"), Some("application/x-www-form-urlencoded"));
    let resource = limited(Call::get("/api/whoami", &client).send(&server));
    assert_eq!(resource.field("content-type"), Some("application/problem+json"));
    limited(Request::get("/nowhere").send(&server));
    let page = Request::get("/login").field("Accept", "text/html,*/*;q=0.8").send(&server).expect(429);
    assert!(seconds(&page) > 0 && page.body.starts_with("Too many requests"), "{}", page.body);
    for answer in [endpoint, resource, page] {
        assert_eq!(answer.field("cache-control"), Some("no-store"));
        assert_eq!(answer.field("x-content-type-options"), Some("nosniff"));
    }
    for path in ["/healthz", "/readyz"] {
        (0..10).for_each(|_| drop(Request::get(path).send(&server).expect(200)));
    }
}

#[test]
fn a_body_that_is_refused_is_not_waited_for() {
    let (_place, _, server) = limited_by_address();
    (0..3).for_each(|_| drop(Request::get("/").send(&server)));
    let head =
        Request::new("POST", "/oauth/initiate").field("Content-Type", "application/x-www-form-urlencoded");
    let head = head.field("Transfer-Encoding", "chunked");
    let mut line = support::http::Line::open(server.address).expect("a connection");
    let bytes = String::from_utf8(head.bytes(&server.public_url)).expect("text");
    line.send(bytes.replace("Content-Length: 0\r\n", "").as_bytes()).expect("sent");
    limited(line.answer().expect("an answer before the body"));
}

#[test]
fn stranger_who_names_other_addresses_gets_no_more() {
    let (_place, client, server) = limited_by_address();
    let call = |number: u32| {
        let request = Call::get("/api/whoami", &client).request(&server.public_url);
        request.field("X-Forwarded-For", &format!("198.51.100.{number}")).send(&server)
    };
    (0..3).for_each(|number| drop(call(number).expect(200)));
    (3..10).for_each(|number| drop(limited(call(number))));
}

#[test]
fn client_of_a_trusted_proxy_is_limited_for_itself() {
    let trusting =
        |starter: Starter| slow(starter, "ADDRESS").set("COUNTERSIGN_TRUSTED_PROXIES", "127.0.0.1/32");
    let (_place, client, server) = started(trusting);
    let call = |from: &str| {
        let request = Call::get("/api/whoami", &client).request(&server.public_url);
        request.field("X-Forwarded-For", from).send(&server)
    };
    (0..3).for_each(|_| drop(call("203.0.113.9, 198.51.100.1").expect(200)));
    limited(call("198.51.100.1"));
    limited(call("192.0.2.7, 198.51.100.1"));
    call("198.51.100.2").expect(200);
}

#[test]
fn client_that_calls_too_often_is_refused_and_strangers_cannot_use_up_what_it_may() {
    let (_place, client, server) = started(|starter| slow(starter, "CLIENT"));
    let forger = Pair::new(&client.id, "a guess");
    (0..10).for_each(|_| {
        drop(Call::get("/api/whoami", &forger).send(&server).refused(401, "signature_invalid"));
    });
    let call = Call::get("/api/whoami", &client).request(&server.public_url);
    call.send(&server).expect(200);
    (0..10).for_each(|_| drop(call.send(&server).refused(401, "nonce_used")));
    Call::get("/api/whoami", &client).send(&server).expect(200);
    Call::post("/oauth/initiate", &client).with("oauth_callback", "oob").send(&server).expect(200);
    limited(Call::get("/api/whoami", &client).send(&server));
    limited(Call::post("/oauth/initiate", &client).with("oauth_callback", "oob").send(&server));
}

#[test]
fn nothing_is_limited_by_default() {
    let (_place, client, server) = started(|starter| starter);
    (0..300).for_each(|_| drop(Call::get("/api/whoami", &client).send(&server).expect(200)));
}

/// A server that a proxy asks by a preset, with three requests for each of its clients.
fn asked_by(place: &Place, preset: &str) -> Server {
    let route = "[[route]]\npath = \"/api\"\npolicy = { token = \"optional\" }\n";
    fs::write(place.path().join("countersign.toml"), route).expect("a file");
    slow(place.server(), "ADDRESS")
        .set("COUNTERSIGN_TRUSTED_PROXIES", "127.0.0.1/32")
        .set("COUNTERSIGN_FORWARD_AUTH_PRESET", preset)
        .start()
}

/// As a proxy in front asks about a request from there.
fn asked(server: &Server, call: &Call<'_>, from: &str) -> Answer {
    let about = call.request(&server.public_url);
    let question = Request::get("/forward-auth")
        .field("X-Original-Method", &about.method)
        .field("X-Original-URI", &about.target)
        .field("X-Forwarded-For", from)
        // A client's own, which the proxy passes on.
        .field("Forwarded", "for=192.0.2.77");
    about.fields.iter().fold(question, |question, (name, value)| question.field(name, value)).send(server)
}

#[test]
fn client_of_a_proxy_that_asks_is_limited_for_itself() {
    let place = Place::new();
    let client = place.add_client(&["--name", "Printer", "--two-legged"]);
    let server = asked_by(&place, "nginx");
    let ask = |from: &str| asked(&server, &Call::get("/api/x", &client), from);
    (0..3).for_each(|_| drop(ask("198.51.100.1").expect(200)));
    let refused = ask("198.51.100.1").refused(403, "rate_limited");
    assert_eq!(refused.field("x-oauth-problem"), Some("rate_limited"));
    assert!(seconds(&refused) > 0);
    ask("198.51.100.2").expect(200);
    let stranger = Request::get("/forward-auth");
    (0..3).for_each(|_| drop(stranger.send_from("127.0.0.2", &server).expect(403)));
    limited(stranger.send_from("127.0.0.2", &server));
}

#[test]
fn flood_through_a_trusted_proxy_is_counted_where_the_preset_has_no_questions() {
    let place = Place::new();
    let server = asked_by(&place, "nginx");
    let envoys = Request::new("POST", "/envoy.service.auth.v3.Authorization/Check")
        .field("X-Forwarded-For", "198.51.100.1");
    (0..3).for_each(|_| drop(envoys.send(&server).expect(404)));
    limited(envoys.send(&server));
}

#[test]
fn flood_through_a_trusted_proxy_of_what_is_no_question_is_counted() {
    let place = Place::new();
    let server = asked_by(&place, "nginx");
    let nothing = Request::get("/forward-auth").field("X-Forwarded-For", "198.51.100.1");
    (0..3).for_each(|_| drop(nothing.send(&server).refused(401, "parameter_rejected")));
    assert!(seconds(&nothing.send(&server).refused(403, "rate_limited")) > 0);
    let place = Place::new();
    let server = asked_by(&place, "envoy");
    for garbage in [
        Request::new("POST", "/envoy.service.auth.v3.Authorization/Check")
            .field("Content-Type", "application/grpc")
            .field("X-Forwarded-For", "198.51.100.1"),
        Request::new("POST", "/envoy.service.auth.v3.Authorization/Other")
            .field("X-Forwarded-For", "198.51.100.2"),
        Request::get("/forward-auth").field("X-Forwarded-For", "198.51.100.3"),
    ] {
        (0..3).for_each(|_| assert_ne!(garbage.send(&server).status, 429));
        limited(garbage.send(&server));
    }
}

#[test]
fn guesser_of_passwords_is_delayed_whatever_is_set() {
    let (place, _, server) = started(|starter| starter);
    place.add_user("jane", "correct horse");
    let guess = || Browser::default().try_sign_in(&server, "jane", "wrong password", "/");
    (0..3).for_each(|_| drop(guess().expect(401)));
    // The delay doubles with each guess, and so outgrows the slowest machine.
    let delayed = (0..16).map(|_| guess()).find(|answer| answer.status == 429).expect("a delay");
    assert!(seconds(&delayed) > 0);
}
