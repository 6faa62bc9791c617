//! What every answer has, and which status a fault of HTTP gets.

mod support;

use support::{
    browser::Browser,
    client::{Call, Dance, Pair},
    http::{Answer, Line, Request},
    http2,
    place::Place,
    server::Server,
};

const PASSWORD: &str = "correct horse";

fn started() -> (Place, Pair, Server) {
    let place = Place::new();
    place.add_user("jane", PASSWORD);
    let client = place.add_client(&["--name", "Printer", "--allow-oob", "--two-legged"]);
    let server = place.server().start();
    (place, client, server)
}

fn raw(server: &Server, bytes: &str) -> Answer {
    let mut line = Line::open(server.address).expect("a connection");
    line.exchange(bytes.as_bytes()).unwrap_or_else(|error| panic!("{bytes:?}: {error}"))
}

#[test]
fn long_targets_are_told_apart_from_large_fields_in_both_versions() {
    let (_place, _, server) = started();
    for length in [(16 << 10) + 1, 40 << 10, 70 << 10] {
        let long = Request::get(&format!("/api/whoami?a={}", "x".repeat(length)));
        long.send(&server).expect(414);
    }
    for length in [17 << 10, 40 << 10] {
        let long = Request::get(&format!("/api/whoami?a={}", "x".repeat(length)));
        assert_eq!(http2::send(&server, &[long])[0].status, 414, "{length}");
    }
    for length in [33 << 10, 60 << 10, 100 << 10] {
        let large = Request::get("/healthz").field("X-Filler", &"x".repeat(length));
        large.send(&server).expect(431);
        assert_eq!(http2::send(&server, &[large])[0].status, 431, "{length}");
    }
}

#[test]
fn transfer_codings_but_chunked_are_not_implemented() {
    let (_place, _, server) = started();
    let chunks = "3\r\na=1\r\n0\r\n\r\n";
    for path in ["/oauth/initiate", "/echo", "/login", "/nowhere"] {
        for codings in [
            "Transfer-Encoding: gzip, chunked",
            "Transfer-Encoding: deflate,chunked",
            "Transfer-Encoding: x, chunked",
            "Transfer-Encoding: chunked, chunked",
            "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked",
        ] {
            let answer =
                raw(&server, &format!("POST {path} HTTP/1.1\r\nHost: h\r\n{codings}\r\n\r\n{chunks}"));
            assert_eq!(answer.status, 501, "{path} {codings}");
        }
    }
    let plain = format!("POST /login HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n{chunks}");
    raw(&server, &plain).expect(400);
}

#[test]
fn no_answer_is_stored_or_sniffed() {
    let (_place, client, server) = started();
    let mut jane = Browser::default();
    let long = format!("/?{}", "x".repeat(17 << 10));
    let large = "a=".to_owned() + &"x".repeat(1 << 20);
    let answers = [
        jane.try_sign_in(&server, "jane", PASSWORD, "/").expect(303),
        Request::get("/oauth/authorize?oauth_token=a").send(&server).expect(303),
        Request::get(&long).send(&server).expect(414),
        raw(&server, "GET / HTTP/1.1\r\n\r\n").expect(400),
        raw(&server, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: x, chunked\r\n\r\n0\r\n\r\n")
            .expect(501),
        Request::get("/nowhere").send(&server).expect(404),
        Request::get("/assets/none").send(&server).expect(404),
        Request::get("/healthz").send(&server).expect(200),
        Request::get("/readyz").send(&server).expect(200),
        Request::new("POST", "/healthz").send(&server).expect(405),
        Request::new("POST", "/login").form(&large).send(&server).expect(413),
        Call::get("/api/whoami", &client).send(&server).expect(200),
        Call::post("/echo", &client).form(&large).send(&server).expect(413),
    ];
    for answer in answers {
        let found = [answer.field("cache-control"), answer.field("x-content-type-options")];
        assert_eq!(found, [Some("no-store"), Some("nosniff")], "{} {:?}", answer.status, answer.fields);
    }
    let style = Request::get("/assets/style.css").send(&server).expect(200);
    assert_eq!(style.field("cache-control"), Some("public, max-age=3600"));
    let temporary = Dance { server: &server, client: &client, callback: "oob" }.initiate();
    let denied = jane.answer(&server, &temporary, "deny").expect(303);
    assert_eq!(denied.field("x-content-type-options"), Some("nosniff"));
}
