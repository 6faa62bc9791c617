//! What every answer has, which status a fault of HTTP gets, and what never comes back.

mod support;

use countersign_core::{HmacSha1, Plaintext};
use support::{
    browser::Browser,
    client::{Call, Dance, Pair, Where},
    http::{Answer, Line, Request},
    http2,
    place::Place,
    server::{Server, Starter},
};

const PASSWORD: &str = "correct horse";

fn started() -> (Place, Pair, Server) {
    started_with("COUNTERSIGN_ALLOW_PLAINTEXT", "true")
}

fn started_with(variable: &str, value: &str) -> (Place, Pair, Server) {
    let place = Place::new();
    place.add_user("jane", PASSWORD);
    let client = place.add_client(&["--name", "Printer", "--allow-oob", "--two-legged"]);
    let server = place.server().set(variable, value).start();
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

#[test]
fn echo_gives_no_signature_back() {
    let (_place, client, server) = started();
    let url = server.public_url.clone();
    for (place, target, form) in [
        (Where::Query, "/echo?before=1", ""),
        (Where::Query, "/echo", "a=1"),
        (Where::Form, "/echo?b=2", "a=1"),
        (Where::Header, "/echo", "a=1"),
    ] {
        let signed = Call::post(target, &client).form(form).request_by(&Plaintext, place, &url);
        let (query, body) = (signed.target.clone(), String::from_utf8_lossy(&signed.body).into_owned());
        // The name may be written in other ways, which mean the same.
        let other = |text: &str| text.replace("oauth_signature=", "%6fauth_signatur%65=");
        let again = Call::post(target, &client).form(form).request_by(&Plaintext, place, &url);
        let again = Request {
            target: other(&again.target),
            body: other(&String::from_utf8_lossy(&again.body)).into_bytes(),
            ..again
        };
        for request in [signed, again] {
            let answer = request.send(&server).expect(200);
            assert!(!answer.body.contains(client.secret.expose()), "{query} {body}: {}", answer.body);
            assert!(!form.starts_with("a=1") || answer.body.contains("a=1"), "the rest comes back");
        }
    }
}

#[test]
fn body_that_is_too_large_by_its_own_word_costs_no_nonce() {
    let (_place, client, server) = started();
    let call = Call::post("/echo", &client);
    let small = call.request(&server.public_url);
    let large = Request { body: vec![b'x'; 3 << 20], ..small.clone() };
    large.send(&server).refused(413, "body_too_large");
    small.send(&server).expect(200);
}

#[test]
fn form_limit_of_the_settings_holds_at_the_endpoints() {
    let (_place, client, server) = started_with("COUNTERSIGN_LIMITS_FORM", "1000");
    let (fits, large) = (format!("a={}", "x".repeat(998)), format!("a={}", "x".repeat(999)));
    for path in ["/oauth/initiate", "/oauth/token", "/echo"] {
        Call::post(path, &client).form(&large).send(&server).refused(413, "body_too_large");
    }
    let call = Call::post("/oauth/initiate", &client).with("oauth_callback", "oob").form(&fits);
    call.send(&server).expect(200);
}

#[test]
fn form_under_a_disguised_media_type_is_signed_or_refused() {
    let (_place, client, server) = started();
    let signed = Call::post("/echo", &client).request_by(&HmacSha1, Where::Header, &server.public_url);
    let bytes = |kinds: &[&[u8]]| {
        let mut head = format!(
            "POST /echo HTTP/1.1\r\nHost: countersign.test\r\nAuthorization: {}\r\n",
            signed.fields[0].1
        )
        .into_bytes();
        for kind in kinds {
            head.extend([b"Content-Type: ", *kind, b"\r\n"].concat());
        }
        [&head[..], b"Content-Length: 3\r\n\r\na=1"].concat()
    };
    let send = |kinds: &[&[u8]]| {
        let mut line = Line::open(server.address).expect("a connection");
        line.exchange(&bytes(kinds)).expect("an answer")
    };
    // The signature does not cover the body: it counts as a form, and is missed.
    send(&[b"application/x-www-form-urlencoded; charset=\"\xe9\""]).refused(401, "signature_invalid");
    let form = b"application/x-www-form-urlencoded";
    send(&[b"text/plain", form]).refused(400, "parameter_rejected");
    send(&[form, form]).refused(400, "parameter_rejected");
    // Frameworks look at the beginning alone.
    send(&[b"application/x-www-form-urlencoded, text/plain"]).refused(400, "parameter_rejected");
    send(&[b"Application/x-www-form-urlencodedX"]).refused(400, "parameter_rejected");
}

#[test]
fn resources_answer_faults_as_problem_documents() {
    let (_place, _, server) = started();
    let document = |answer: Answer, status: u16| {
        let answer = answer.expect(status);
        assert_eq!(answer.field("content-type"), Some("application/problem+json"), "{}", answer.body);
        serde_json::from_str::<serde_json::Value>(&answer.body).expect("JSON")
    };
    let wrong = Request::new("DELETE", "/api/whoami").send(&server);
    assert_eq!(wrong.field("allow"), Some("GET, HEAD"));
    assert_eq!(document(wrong, 405)["oauth_problem"], "method_not_allowed");
    for path in ["/api/none", "/api/"] {
        let nothing = document(Request::get(path).send(&server), 404);
        assert!(nothing["status"] == 404 && nothing.get("oauth_problem").is_none(), "{nothing}");
    }
    let asked = Request::get("/nowhere").field("Accept", "application/json");
    document(asked.send(&server), 404);
    let browser = Request::get("/nowhere").field("Accept", "text/html, application/json, */*");
    assert!(browser.send(&server).expect(404).body.contains("<h1"));
}

#[test]
fn consent_without_a_request_is_an_incomplete_link() {
    let (_place, _, server) = started();
    let mut jane = Browser::sign_in(&server, "jane", PASSWORD);
    let csrf = jane.get(&server, "/").hidden("csrf").expect("csrf");
    let answer = jane.post(&server, "/oauth/authorize", &[("decision", "grant"), ("csrf", &csrf)]);
    assert!(answer.expect(400).body.contains("incomplete"));
    for target in ["/oauth/authorize", "/oauth/authorize?", "/oauth/authorize?oauth_token="] {
        for page in [jane.get(&server, target), Request::get(target).send(&server)] {
            let page = page.expect(400);
            assert!(page.body.contains("incomplete") && !page.body.contains("already used"), "{}", page.body);
        }
    }
}

#[test]
fn https_that_nobody_vouches_for_is_warned_of_and_refused_request_by_request() {
    let place = Place::new();
    let server = Starter::over_https(place.command()).start();
    let log = String::from_utf8(server.log()).expect("text");
    assert!(log.contains("trusted_proxies") && log.contains("tls_terminated_upstream"), "{log}");
    for request in [Request::get("/api/whoami"), Request::new("POST", "/oauth/initiate")] {
        let request = request.field("x-forwarded-proto", "https");
        request.send(&server).refused(400, "insecure_transport");
    }
}
