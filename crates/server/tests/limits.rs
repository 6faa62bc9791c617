//! Bad input over raw sockets: every limit, every broken framing, and a storm of nonsense.

mod support;

use std::io;
use support::{
    Seeded,
    browser::Browser,
    client::{Call, Dance, Pair},
    http::{Answer, Line, Request},
    http2,
    place::Place,
    server::Server,
    until,
};

fn started() -> (Place, Pair, Server) {
    let place = Place::new();
    let client = place.add_client(&["--name", "Printer", "--allow-oob", "--two-legged"]);
    let server = place.server().start();
    (place, client, server)
}

/// With connections that are closed after a second without progress.
fn impatient() -> (Place, Pair, Server) {
    let place = Place::new();
    let client = place.add_client(&["--name", "Printer", "--allow-oob", "--two-legged"]);
    let server = place.server().set("COUNTERSIGN_LIMITS_STALL", "1").start();
    (place, client, server)
}

fn raw(server: &Server, bytes: impl AsRef<[u8]>) -> io::Result<Answer> {
    let mut line = Line::open(server.address)?;
    line.send(bytes.as_ref())?;
    line.answer()
}

#[test]
fn long_targets_are_refused() {
    let (_place, client, server) = started();
    let target = |length: usize| format!("/api/whoami?a={}", "x".repeat(length - "/api/whoami?a=".len()));
    Call::get(&target(16 << 10), &client).send(&server).expect(200);
    Call::get(&target((16 << 10) + 1), &client).send(&server).expect(414);
    for path in ["/", "/login", "/help/nonce_used", "/nowhere", "/oauth/initiate"] {
        Request::get(&format!("{path}?{}", "x".repeat(17 << 10))).send(&server).expect(414);
    }
    Request::get(&target(80 << 10)).send(&server).expect(414);
}

#[test]
fn large_headers_are_refused() {
    let (_place, client, server) = started();
    let call = Call::get("/api/whoami", &client);
    let large = |length: usize| call.request(&server.public_url).field("X-Filler", &"x".repeat(length));
    large(33 << 10).send(&server).expect(431);
    large(30 << 10).send(&server).expect(200);
    let many =
        (0..3000).fold(Request::get("/"), |request, number| request.field(&format!("X-{number}"), "1"));
    many.send(&server).expect(431);
}

#[test]
fn too_many_parameters_are_refused() {
    let (_place, client, server) = started();
    for (count, status) in [(1990, 200), (2001, 400)] {
        let pairs = vec!["a=1"; count].join("&");
        Call::post("/echo", &client).form(&pairs).send(&server).expect(status);
        Call::get(&format!("/api/whoami?{pairs}"), &client).send(&server).expect(status);
    }
    let pairs = vec!["a=1"; 2001].join("&");
    let call = Call::post("/oauth/initiate", &client).with("oauth_callback", "oob").form(&pairs);
    call.send(&server).refused(400, "parameter_rejected");
}

#[test]
fn large_forms_are_refused() {
    let (_place, client, server) = started();
    let fits = format!("a={}", "x".repeat((1 << 20) - 2));
    Call::post("/echo", &client).form(&fits).send(&server).expect(200);
    let large = format!("{fits}x");
    for path in ["/echo", "/oauth/initiate", "/oauth/token"] {
        Call::post(path, &client).form(&large).send(&server).refused(413, "body_too_large");
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: \
             chunked\r\n\r\n{:x}\r\n{large}\r\n0\r\n\r\n",
            large.len()
        );
        raw(&server, head).expect("an answer").refused(413, "body_too_large");
    }
    for path in ["/login", "/oauth/authorize", "/logout"] {
        let form = format!("username={}", "x".repeat(100 << 10));
        let answer = Request::new("POST", path).form(&form).send(&server).expect(413);
        assert_eq!(answer.field("x-content-type-options"), Some("nosniff"), "{path}");
    }
}

#[test]
fn unparsable_bytes_are_answered_with_400_and_a_close() {
    let (_place, _, server) = started();
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"[..],
        b"GARBAGE\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET  / HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET / a HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nBad Name: 1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nA: \x00\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\n folded: 1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : h\r\n\r\n",
        b"G\xffT / HTTP/1.1\r\nHost: h\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5x\r\n\r\nabcde",
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    ] {
        let shown = String::from_utf8_lossy(bytes);
        let mut line = Line::open(server.address).expect("a connection");
        line.send(bytes).expect("sent");
        let answer = line.answer().unwrap_or_else(|error| panic!("{shown:?}: {error}"));
        assert_eq!(answer.status, 400, "{shown:?}");
        assert!(line.is_closed().is_ok(), "{shown:?}");
    }
    raw(&server, "GET / HTTP/7.3\r\nHost: h\r\n\r\n").expect("an answer").expect(400);
}

#[test]
fn request_smuggling_by_two_lengths_is_refused() {
    let (_place, _, server) = started();
    let smuggled = "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET \
                    /healthz HTTP/1.1\r\nHost: h\r\n\r\n";
    let mut line = Line::open(server.address).expect("a connection");
    line.send(smuggled.as_bytes()).expect("sent");
    // Read as chunks, with the connection closed behind it (RFC 9112, 6.1).
    line.answer().expect("an answer").expect(401);
    assert!(line.answer().is_err(), "what follows is no request");
}

#[test]
fn broken_chunks_are_refused() {
    let (_place, _, server) = started();
    for path in ["/echo", "/oauth/initiate", "/login"] {
        for chunks in ["zz\r\nab\r\n", "-1\r\n\r\n", "fffffffffffffffff\r\n", "2\r\nabX\r\n0\r\n\r\n"] {
            let request = format!(
                "POST {path} HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: \
                 chunked\r\n\r\n{chunks}"
            );
            let answer = raw(&server, request).unwrap_or_else(|error| panic!("{path} {chunks:?}: {error}"));
            assert_eq!(answer.status, 400, "{path} {chunks:?}");
        }
    }
    // Extensions of chunks mean nothing here and are passed over, whatever they hold.
    for (path, status) in [("/echo", 401), ("/oauth/initiate", 401), ("/login", 400)] {
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n");
        let odd = head + "Transfer-Encoding: chunked\r\n\r\n2;\x00\r\nab\r\n0\r\n\r\n";
        raw(&server, odd).expect("an answer").expect(status);
    }
}

#[test]
fn methods_that_nobody_takes_are_refused() {
    let (_place, _, server) = started();
    for method in ["TRACE", "FOO", "PROPFIND", "get", "A-LONG-METHOD-NAME", "!#$%&'*+-.^_`|~"] {
        for path in
            ["/", "/login", "/oauth/initiate", "/oauth/authorize", "/oauth/token", "/healthz", "/api/whoami"]
        {
            let answer = Request::new(method, path).send(&server);
            assert_eq!(answer.status, 405, "{method} {path}: {}", answer.body);
            assert!(answer.field("allow").is_some_and(|allowed| !allowed.is_empty()), "{method} {path}");
        }
        Request::new(method, "/echo").send(&server).refused(401, "parameter_absent");
    }
    let connect = raw(&server, "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n");
    connect.expect("an answer").expect(501);
    raw(&server, "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").expect("an answer").expect(404);
}

#[test]
fn not_exactly_one_host_is_refused() {
    let (_place, _, server) = started();
    for line in [
        "GET /api/whoami",
        "POST /oauth/token",
        "GET /oauth/authorize",
        "GET /login",
        "GET /help/nonce_used",
        "GET /",
        "GET /nowhere",
    ] {
        for hosts in ["", "Host: a\r\nHost: b\r\n", "Host: a\r\nhost: a\r\n"] {
            let answer = raw(&server, format!("{line} HTTP/1.1\r\n{hosts}\r\n")).expect("an answer");
            assert_eq!(answer.status, 400, "{line} {hosts:?}: {}", answer.body);
        }
    }
    raw(&server, "GET /healthz HTTP/1.0\r\n\r\n").expect("an answer").expect(200);
}

#[test]
fn the_path_that_was_signed_is_the_path_that_was_sent() {
    let (_place, client, server) = started();
    for path in [
        "/echo/",
        "/echo//a",
        "/echo/a%2Fb",
        "/echo/a%2fb",
        "/echo/%2e%2e/x",
        "/echo/..",
        "/echo/a;b=c",
        "/echo/%00",
        "/echo/%FF%fe",
        "/echo/~!$&'()*,;=:@",
        "/echo/a?",
        "/echo/a??b",
        "/echo/a?b=%00",
        "/echo/a?&&=&b",
    ] {
        let answer = Call::get(path, &client).send(&server);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let absolute = Call::get(path, &client).request(&server.public_url);
        let target = format!("{}{path}", server.public_url);
        Request { target, ..absolute }.send(&server).expect(200);
    }
    for path in ["/assets/%ff", "/assets/../main.rs", "/%2e%2e", "//", "//login", "/login/", "/help/"] {
        Request::get(path).send(&server).expect(404);
    }
    Request::get("/help/%ff").send(&server).expect(400);
}

#[test]
fn http2_by_prior_knowledge_works() {
    let (_place, client, server) = started();
    let calls: Vec<_> =
        (0..50).map(|_| Call::get("/api/whoami", &client).request(&server.public_url)).collect();
    let twice: Vec<_> = calls.iter().chain(&calls).cloned().collect();
    let answers = http2::send(&server, &twice);
    let accepted = answers.iter().filter(|answer| answer.status == 200).count();
    let refused = answers.iter().filter(|answer| answer.problem().as_deref() == Some("nonce_used")).count();
    assert_eq!((accepted, refused), (50, 50), "each once, whichever was first");
    let large = Request::get("/").field("x-filler", &"x".repeat(40 << 10));
    assert_eq!(http2::send(&server, &[large])[0].status, 431);
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let (_place, client, server) = started();
    let requests = [
        Call::get("/echo/1", &client),
        Call::post("/echo/2", &client).form("a=1"),
        Call::get("/echo/3", &client),
        Call::post("/echo/4", &client).form("b=2"),
    ];
    let bytes: Vec<_> =
        requests.iter().flat_map(|call| call.request(&server.public_url).bytes(&server.public_url)).collect();
    let mut line = Line::open(server.address).expect("a connection");
    line.send(&bytes).expect("sent");
    for number in 1..=4 {
        let answer = line.answer().expect("an answer").expect(200);
        assert!(answer.body.contains(&format!("/echo/{number}")), "{}", answer.body);
    }
}

#[test]
fn stalled_connections_are_closed() {
    let (_place, _, server) = impatient();
    let form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\na";
    let stalls = [
        ("after nothing", String::new(), None),
        ("in the preface of HTTP/2", "PRI * HT".into(), None),
        ("in a start line", "GET /he".into(), None),
        ("in a field", "GET /healthz HTTP/1.1\r\nHost: h\r\nX-Fil".into(), None),
        ("between requests", "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n".into(), Some(200)),
        ("in a form", format!("POST /oauth/token HTTP/1.1\r\nHost: h\r\n{form}"), Some(408)),
        ("in a form of a resource", format!("POST /echo HTTP/1.1\r\nHost: h\r\n{form}"), Some(408)),
        ("in a form of a page", format!("POST /login HTTP/1.1\r\nHost: h\r\n{form}"), Some(408)),
    ];
    // All at once, so that they stall together.
    let lines: Vec<_> = stalls
        .iter()
        .map(|(when, bytes, status)| {
            let mut line = Line::open(server.address).expect("a connection");
            line.send(bytes.as_bytes()).expect("sent");
            (when, status, line)
        })
        .collect();
    for (when, status, mut line) in lines {
        if let Some(status) = status {
            let answer = line.answer().unwrap_or_else(|error| panic!("stalled {when}: {error}"));
            assert_eq!(answer.status, *status, "stalled {when}");
        }
        line.is_closed().unwrap_or_else(|error| panic!("stalled {when} and still open: {error}"));
    }
}

#[test]
fn shutdown_lets_an_open_request_finish() {
    let (_place, client, server) = started();
    let bytes =
        Call::post("/echo", &client).form("a=1&b=2").request(&server.public_url).bytes(&server.public_url);
    let (first, rest) = bytes.split_at(bytes.len() - 3);
    let mut open = Line::open(server.address).expect("a connection");
    open.exchange(&Request::get("/healthz").bytes(&server.public_url)).expect("an answer").expect(200);
    let mut idle = Line::open(server.address).expect("a connection");
    idle.exchange(&Request::get("/healthz").bytes(&server.public_url)).expect("an answer").expect(200);
    open.send(first).expect("sent");
    // The server has begun to read it once it answers another connection that came later.
    Request::get("/healthz").send(&server).expect(200);
    server.terminate();
    until("it listens no more", || Line::open(server.address).is_err());
    idle.is_closed().expect("idle connections are closed");
    open.send(rest).expect("sent");
    open.answer().expect("an answer").expect(200);
    let (status, log, _) = server.ended();
    assert!(status.success(), "{status}");
    assert!(String::from_utf8_lossy(&log).trim_end().ends_with("stopped"));
}

#[test]
fn a_storm_of_nonsense_breaks_nothing() {
    let (place, client, server) = impatient();
    place.add_user("jane", "correct horse");
    let mut browser = Browser::sign_in(&server, "jane", "correct horse");
    let temporary = Dance { server: &server, client: &client, callback: "oob" }.initiate();
    let consent = browser.consent(&server, &temporary).expect(200);
    let csrf = consent.hidden("csrf").expect("csrf");
    let cookie = format!("countersign={}", browser.cookie("countersign").expect("a session"));
    let form = format!("oauth_token={}&decision=grant&csrf={csrf}", temporary.id);
    let seeds = [
        Call::get("/api/whoami?a=%20b", &client).request(&server.public_url),
        Call::post("/echo/x", &client).form("a=1&b=2+3").request(&server.public_url),
        Call::post("/oauth/initiate", &client).with("oauth_callback", "oob").request(&server.public_url),
        Call::post("/oauth/token", &client)
            .token(&temporary)
            .with("oauth_verifier", "v")
            .request(&server.public_url),
        Request::new("POST", "/oauth/authorize").form(&form).field("Cookie", &cookie),
        Request::new("POST", "/login")
            .form("username=a&password=b&csrf=c")
            .field("Cookie", "countersign-form=c"),
    ];
    let seeds: Vec<_> = seeds.iter().map(|request| request.bytes(&server.public_url)).collect();
    let mut random = Seeded(20_260_101);
    let mut answered = 0;
    for _ in 0..8 {
        let lines: Vec<_> = (0..100)
            .map(|_| nonsense(&mut random, &seeds))
            .map(|bytes| {
                let mut line = Line::open(server.address).expect("a connection");
                // OK because it may be refused before all of it is sent
                let _ = line.send(&bytes);
                (line, bytes)
            })
            .collect();
        for (mut line, bytes) in lines {
            while let Ok(answer) = line.answer() {
                let shown = String::from_utf8_lossy(&bytes);
                assert!(
                    answer.status < 500 || [501, 505].contains(&answer.status),
                    "{}: {shown:?}",
                    answer.status
                );
                answered += 1;
            }
            line.is_closed().unwrap_or_else(|error| panic!("{error}: {:?}", String::from_utf8_lossy(&bytes)));
        }
    }
    Call::get("/api/whoami", &client).send(&server).expect(200);
    let (status, log, _) = server.stop();
    let log = String::from_utf8_lossy(&log);
    assert!(status.success() && !log.contains("panicked") && !log.contains(" ERROR "), "{log}");
    assert!(answered > 300, "only {answered} were answered: the storm is too wild");
}

/// Random bytes, or a good request with some of its bytes changed, dropped or doubled.
fn nonsense(random: &mut Seeded, seeds: &[Vec<u8>]) -> Vec<u8> {
    let byte = |random: &mut Seeded| u8::try_from(random.below(256)).expect("a byte");
    if random.below(4) == 0 {
        let length = random.below(300);
        return (0..length).map(|_| byte(random)).chain(*b"\r\n\r\n").collect();
    }
    let mut bytes = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len());
        match random.below(4) {
            0 => bytes[at] = byte(random),
            1 => bytes[at] = *b"%&=\",;\r\n \0+?#/:\\"[random.below(16)..].first().expect("one"),
            2 => drop(bytes.remove(at)),
            _ => bytes.insert(at, bytes[at]),
        }
    }
    bytes
}
