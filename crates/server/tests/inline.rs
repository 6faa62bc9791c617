//! The inline proxy: what is let through, what the upstream sees of it, and what it must never see.

mod support;

use std::io::{Read, Write};
use support::{
    client::{Call, Pair},
    http::{Line, Request},
    http2, jwks,
    place::Place,
    server::Server,
    upstream::{self, Upstream},
};

struct World {
    place: Place,
    client: Pair,
    token: Pair,
    upstream: Upstream,
    server: Server,
}

const ROUTES: &str = r#"
[[route]]
path = "/open"
upstream = "UPSTREAM"
policy = { token = "optional" }

[[route]]
path = "/photos"
upstream = "UPSTREAM"
policy = { scopes = ["photos"] }

[[route]]
path = "/photos/admin"
upstream = "UPSTREAM"
policy = { scopes = ["admin"] }

[[route]]
path = "/launch"
methods = ["POST"]
upstream = "UPSTREAM"
keep_authorization = true
preserve_host = false
policy = { token = "none", form_limit = 4096 }

[[route]]
path = "/hashed"
upstream = "UPSTREAM"
policy = { token = "optional", body_hash = "require" }
"#;

impl World {
    fn new() -> Self {
        Self::before(Upstream::start())
    }

    fn before(upstream: Upstream) -> Self {
        Self::routed(upstream, ROUTES, "http")
    }

    fn routed(upstream: Upstream, routes: &str, scheme: &str) -> Self {
        let place = Place::new();
        let routes = routes.replace("UPSTREAM", &format!("{scheme}://{}", upstream.address));
        std::fs::write(place.path().join("countersign.toml"), routes).expect("a file");
        place.add_user("jane", "correct horse");
        let scopes = ["--scope", "photos", "--scope", "admin"];
        let client =
            place.add_client(&[&["--name", "Printer", "--allow-oob", "--two-legged"], &scopes[..]].concat());
        let token = place.issue_token(&client.id, "jane", &["--scope", "photos"], "");
        let server = place.server().set("COUNTERSIGN_LIMITS_STALL", "5").start();
        Self { place, client, token, upstream, server }
    }

    fn call<'a>(&'a self, method: &'a str, target: &'a str) -> Call<'a> {
        Call::new(method, target, &self.client).token(&self.token)
    }
}

#[test]
fn a_verified_request_reaches_the_upstream_as_it_was_signed() {
    let world = World::new();
    let target = "/photos/a%2Fb%20c/d;v=1?b=%20+&a=1&a&%C3%BC=%zz".replace("%zz", "%7E");
    let request = world.call("GET", &target).request(&world.server.public_url);
    let answer = request.field("X-Request-Id", "7").field("Accept", "*/*").send(&world.server).expect(200);
    assert_eq!((answer.body.as_str(), answer.field("x-upstream")), ("upstream", Some("here")));
    assert_eq!(answer.field("cache-control"), None, "the upstream's answer is its own");

    let seen = world.upstream.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("GET", target.as_str()));
    for (name, expected) in [
        ("x-oauth-client", vec![world.client.id.as_str()]),
        ("x-oauth-owner", vec!["jane"]),
        ("x-oauth-token-id", vec![world.token.id.as_str()]),
        ("x-oauth-scopes", vec!["photos"]),
        ("x-request-id", vec!["7"]),
        ("host", vec!["countersign.test"]),
        ("x-forwarded-host", vec!["countersign.test"]),
        ("x-forwarded-proto", vec!["http"]),
        ("x-forwarded-for", vec!["127.0.0.1"]),
        ("via", vec!["1.1 countersign"]),
        ("authorization", vec![]),
        ("content-length", vec![]),
        ("transfer-encoding", vec![]),
    ] {
        assert_eq!(seen.all(name), expected, "{name}");
    }
}

#[test]
fn a_path_goes_on_with_its_dots() {
    let world = World::new();
    world.call("GET", "/photos/x/../y/./z").send(&world.server).expect(200);
    assert_eq!(world.upstream.only().target, "/photos/x/../y/./z");
}

#[test]
fn a_method_is_not_overridden_where_methods_differ() {
    let world = World::new();
    for (path, passes) in [("/launch", false), ("/photos", true)] {
        let call = if passes { world.call("POST", path) } else { Call::post(path, &world.client) };
        let request = call.request(&world.server.public_url);
        request.field("X-HTTP-Method-Override", "DELETE").send(&world.server).expect(200);
        assert_eq!(!world.upstream.only().all("x-http-method-override").is_empty(), passes);
    }
}

#[test]
fn a_kept_connection_that_turns_out_closed_harms_no_get() {
    // Each connection takes one request, and is closed when the next one comes on it.
    let impatient = Upstream::answering(|seen, line| {
        assert_eq!(seen.target, "/photos/again");
        line.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nupstream")?;
        // The head of the next one is read, and not answered.
        upstream::head(line)?;
        Err(std::io::ErrorKind::ConnectionAborted.into())
    });
    let world = World::before(impatient);
    for method in ["GET", "GET"] {
        world.call(method, "/photos/again").send(&world.server).expect(200);
    }
    assert_eq!(world.call("POST", "/photos/again").send(&world.server).status, 502);
}

#[test]
fn a_form_is_verified_and_handed_on_byte_for_byte() {
    let world = World::new();
    let form = "b=%20+&a=1&a=2&a&%c3%bc=%7e&=";
    world.call("POST", "/photos").form(form).send(&world.server).expect(200);
    let seen = world.upstream.only();
    assert_eq!((seen.body.as_slice(), seen.all("content-length")), (form.as_bytes(), vec!["29"]));

    let request = world.call("POST", "/photos").form(form).request(&world.server.public_url);
    let changed = Request { body: form.replace("a=2", "a=3").into(), ..request };
    changed.send(&world.server).refused(401, "signature_invalid");
    assert!(world.upstream.seen().is_empty());
}

#[test]
fn nothing_that_is_refused_reaches_the_upstream() {
    let world = World::new();
    let request = |call: Call<'_>| call.request(&world.server.public_url);
    let replayed = request(world.call("GET", "/photos"));
    replayed.send(&world.server).expect(200);
    world.upstream.only();

    replayed.send(&world.server).refused(401, "nonce_used");
    Request::get("/photos").send(&world.server).refused(401, "parameter_absent");
    request(world.call("GET", "/photos/admin/x")).send(&world.server).refused(403, "permission_denied");
    request(world.call("GET", "/photos/..%2Fopen")).send(&world.server).refused(400, "parameter_rejected");
    request(world.call("GET", "/photos/x/%61dmin/../../admin"))
        .send(&world.server)
        .refused(400, "parameter_rejected");
    request(world.call("GET", "/launch")).send(&world.server).refused(405, "method_not_allowed");
    request(world.call("GET", "/photosynthesis")).send(&world.server).expect(404);
    request(world.call("GET", "/nowhere")).send(&world.server).expect(404);
    let large = format!("a={}", "x".repeat(5000));
    let launch = Call::post("/launch", &world.client);
    launch.clone().form(&large).send(&world.server).refused(413, "body_too_large");
    request(launch.clone().token(&world.token)).send(&world.server).refused(400, "parameter_rejected");
    let huge = request(world.call("GET", "/photos")).field("X-Filler", &"x".repeat(64 << 10));
    huge.send(&world.server).expect(431);
    let twice = request(world.call("GET", "/photos")).field("Host", "other.test");
    twice.send(&world.server).expect(400);
    assert!(world.upstream.seen().is_empty(), "{:?}", world.upstream.seen());
}

#[test]
fn what_a_client_says_of_itself_never_reaches_the_upstream() {
    let world = World::new();
    for name in [
        "X-OAuth-Client",
        "X-OAuth-Owner",
        "X-OAuth-Token-Id",
        "X-OAuth-Scopes",
        "X-OAuth-Identity",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "X-Forwarded-Host",
        "X-Forwarded-Uri",
        "X-Original-URI",
        "X-Real-IP",
        "Forwarded",
    ] {
        for spelling in [
            name.to_owned(),
            name.to_lowercase(),
            name.to_uppercase(),
            name.replace('-', "_"),
            name.replacen('-', "_", 1).to_lowercase(),
            name.replace('-', "."),
        ] {
            // 2-legged: owner, token and scopes have no value of their own that could hide the client's.
            let call = Call::get("/open", &world.client).request(&world.server.public_url);
            call.field(&spelling, "for=spoofed").send(&world.server).expect(200);
            let seen = world.upstream.only();
            let spoofed = seen.fields.iter().find(|(_, value)| value.contains("spoofed"));
            assert_eq!(spoofed, None, "{spelling}");
            assert_eq!(seen.all("x-oauth-client"), [world.client.id.as_str()]);
            assert!(seen.all("x-oauth-owner").is_empty());
        }
    }
    let call = world.call("GET", "/photos").request(&world.server.public_url);
    call.field("Connection", "x-oauth-owner, authorization, host").send(&world.server).expect(200);
    assert_eq!(world.upstream.only().all("x-oauth-owner"), ["jane"]);
}

#[test]
fn what_a_client_says_of_itself_in_trailers_ends_here() {
    let world = World::new();
    let chunks = "3\r\nabc\r\n0\r\nX-OAuth-Owner: spoofed\r\nX-Checksum: 1\r\n\r\n";
    for announced in ["", "Trailer: X-OAuth-Owner, X-Checksum\r\n"] {
        let request = world.call("PUT", "/photos").request(&world.server.public_url);
        let head = String::from_utf8(request.bytes(&world.server.public_url)).expect("text");
        let head = head.replace("\r\n\r\n", &format!("\r\n{announced}Transfer-Encoding: chunked\r\n\r\n"));
        let mut line = Line::open(world.server.address).expect("a connection");
        line.exchange((head + chunks).as_bytes()).expect("an answer").expect(200);
        let seen = world.upstream.only();
        assert_eq!((seen.body.as_slice(), seen.all("x-oauth-owner")), (&b"abc"[..], vec!["jane"]));
        assert!(seen.all("trailer").is_empty() && seen.trailers.is_empty(), "{seen:?}");
    }
}

#[test]
fn a_host_that_names_two_is_refused() {
    let world = World::new();
    let signed = world.call("GET", "/photos").request(&world.server.public_url);
    let bytes = signed.bytes("http://countersign.test,other.test");
    let mut line = Line::open(world.server.address).expect("a connection");
    line.exchange(&bytes).expect("an answer").refused(400, "parameter_rejected");
    assert!(world.upstream.seen().is_empty());
}

#[test]
fn the_upstream_need_not_trust_the_network() {
    let routes = "[identity]\njwt = \"EdDSA\"\n[[route]]\npath = \"/x\"\nupstream = \"UPSTREAM\"\n\
                  audience = \"https://upstream.example\"\npolicy = {}";
    let world = World::routed(Upstream::start(), routes, "http");
    let call = world.call("GET", "/x").request(&world.server.public_url);
    call.field("X_OAuth_Identity", "spoofed")
        .field("X-OAuth-Identity", "spoofed")
        .send(&world.server)
        .expect(200);
    let seen = world.upstream.only();
    let [signed] = *seen.all("x-oauth-identity") else { panic!("{seen:?}") };
    assert!(seen.all("x_oauth_identity").is_empty());
    let key_set = Request::get("/.well-known/jwks.json").send(&world.server).expect(200).body;
    let claims = jwks::verify(&key_set, signed).expect("a token of the published key");
    for (name, expected) in [
        ("iss", "http://countersign.test"),
        ("aud", "https://upstream.example"),
        ("sub", "jane"),
        ("client_id", &world.client.id),
        ("token_id", &world.token.id),
        ("scope", "photos"),
    ] {
        assert_eq!(claims[name], expected, "{name}");
    }
}

#[test]
fn a_route_may_keep_authorization_and_name_the_upstream() {
    let world = World::new();
    Call::post("/launch", &world.client).form("a=1").send(&world.server).expect(200);
    let seen = world.upstream.only();
    assert!(seen.all("authorization")[0].starts_with("OAuth "));
    assert_eq!(seen.all("host"), [world.upstream.address.to_string()]);
}

#[test]
fn a_body_whose_hash_is_required_is_verified() {
    let world = World::new();
    let post = |body: &str, hash: &str| {
        let call = Call::post("/hashed", &world.client).with("oauth_body_hash", hash);
        let request = call.request(&world.server.public_url).field("Content-Type", "application/json");
        Request { body: body.into(), ..request }.send(&world.server)
    };
    // SHA-1 of `{}`, in base64.
    let hash = "vyGp6PvFo4RvsFtPoIWeCReyIC8=";
    post("{}", hash).expect(200);
    assert_eq!(world.upstream.only().body, b"{}");
    post("{ }", hash).refused(401, "signature_invalid");
    let unhashed = Call::post("/hashed", &world.client).request(&world.server.public_url);
    Request { body: b"{}".into(), ..unhashed }.send(&world.server).refused(400, "parameter_absent");
    assert!(world.upstream.seen().is_empty());
}

#[test]
fn one_framing_goes_upstream() {
    let world = World::new();
    let signed = |method| {
        let request = world.call(method, "/photos").request("http://countersign.test");
        String::from_utf8(Request { method: "GET".into(), ..request }.bytes("http://countersign.test"))
            .expect("text")
    };
    let post = |fields: &str| {
        signed("POST").replacen("GET", "POST", 1).replace("\r\n\r\n", &format!("\r\n{fields}\r\n\r\n"))
    };
    let chunks = "3\r\nabc\r\n0\r\n\r\n";
    let mut line = Line::open(world.server.address).expect("a connection");
    line.exchange((post("Transfer-Encoding: chunked") + chunks).as_bytes()).expect("an answer").expect(200);
    let seen = world.upstream.only();
    assert_eq!((seen.body.as_slice(), seen.all("content-length").len()), (&b"abc"[..], 0));
    assert_eq!(seen.all("transfer-encoding"), ["chunked"]);

    let both = post("Transfer-Encoding: chunked\r\nContent-Length: 3") + chunks;
    let mut line = Line::open(world.server.address).expect("a connection");
    let answer = line.exchange(both.as_bytes()).expect("an answer");
    if answer.status == 200 {
        let seen = world.upstream.only();
        let framings = [seen.all("content-length").len(), seen.all("transfer-encoding").len()];
        assert_eq!((framings.iter().sum::<usize>(), seen.body.as_slice()), (1, &b"abc"[..]));
    } else {
        answer.expect(400);
        assert!(world.upstream.seen().is_empty());
    }
}

#[test]
fn an_upstream_that_is_down_is_a_bad_gateway() {
    let world = World::new();
    let unused =
        std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let routes =
        format!("[[route]]\npath = \"/x\"\nupstream = \"http://{unused}\"\npolicy = {{ token = \"none\" }}");
    std::fs::write(world.place.path().join("countersign.toml"), routes).expect("a file");
    let server = world.place.server().start();
    let answer = Call::get("/x", &world.client).send(&server).expect(502);
    assert_eq!(answer.field("content-type"), Some("application/problem+json"));
    assert!(answer.body.contains("\"status\":502"), "{}", answer.body);
    Request::get("/x").send(&server).expect(401);
}

#[test]
fn an_upstream_that_is_silent_times_out() {
    let silent = Upstream::answering(|_, line| {
        // Until the other side gives up; OK because a reset is an end too.
        let _ = line.read(&mut [0]);
        Ok(())
    });
    let routes =
        "[[route]]\npath = \"/x\"\nupstream = \"UPSTREAM\"\ntimeout = 1\npolicy = { token = \"none\" }";
    let world = World::routed(silent, routes, "http");
    Call::get("/x", &world.client).send(&world.server).expect(504);
}

#[test]
fn a_websocket_passes() {
    let socket = Upstream::answering(|seen, line| {
        let asked = (seen.all("connection"), seen.all("upgrade"), seen.all("sec-websocket-key"));
        assert_eq!(asked, (vec!["upgrade"], vec!["websocket"], vec!["x"]));
        let switched =
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello";
        line.get_mut().write_all(switched)?;
        let mut word = [0; 4];
        line.read_exact(&mut word)?;
        line.get_mut().write_all(&word)?;
        Err(std::io::ErrorKind::ConnectionAborted.into())
    });
    let world = World::before(socket);
    let request = world.call("GET", "/photos/live").request(&world.server.public_url);
    let request = request.field("Connection", "keep-alive, Upgrade").field("Upgrade", "websocket");
    let mut line = Line::open(world.server.address).expect("a connection");
    let bytes = request.field("Sec-WebSocket-Key", "x").bytes(&world.server.public_url);
    line.send(&bytes).expect("sent");
    let head = line.head().expect("a head");
    assert_eq!((head.status, head.field("upgrade")), (101, Some("websocket")));
    assert_eq!(line.take(5).expect("bytes"), b"hello");
    line.send(b"ping").expect("sent");
    assert_eq!(line.take(4).expect("bytes"), b"ping");
    assert!(line.is_closed().expect("an end"));
}

#[test]
fn http_2_comes_in_and_goes_on_as_http_1() {
    let world = World::new();
    let request = world.call("GET", "/photos?a=1").request(&world.server.public_url);
    let answer = &http2::send(&world.server, &[request])[0];
    assert_eq!((answer.status, answer.body.as_str()), (200, "upstream"));
    let seen = world.upstream.only();
    assert_eq!((seen.target.as_str(), seen.all("host")), ("/photos?a=1", vec!["countersign.test"]));
}

#[test]
fn http_2_goes_on_to_an_upstream_that_speaks_it() {
    // Another server of this kind speaks HTTP/2 in the clear: its home page tells that it was reached.
    let behind = Place::new();
    let inner = behind.server().start();
    let place = Place::new();
    let upstream = inner.address;
    let routes = format!(
        "[[route]]\npath = \"/nowhere\"\nupstream = \"h2c://{upstream}\"\npolicy = {{ token = \"none\" }}"
    );
    std::fs::write(place.path().join("countersign.toml"), routes).expect("a file");
    let client = place.add_client(&["--name", "Printer", "--two-legged"]);
    let server = place.server().start();
    let answer = Call::get("/nowhere", &client).send(&server).expect(404);
    assert!(answer.body.contains("Nothing here"), "{}", answer.body);
}

#[test]
fn the_pages_of_the_server_stay_in_front_of_a_route_for_everything() {
    let routes = "[[route]]\npath = \"/\"\nupstream = \"UPSTREAM\"\npolicy = { token = \"optional\" }";
    let world = World::routed(Upstream::start(), routes, "http");
    for (path, status) in
        [("/healthz", 200), ("/login", 200), ("/help/nonce_used", 200), ("/", 401), ("/api/whoami", 401)]
    {
        Request::get(path).send(&world.server).expect(status);
    }
    for path in ["/", "/api/whoami", "/echo", "/%6Cogin"] {
        world.call("GET", path).send(&world.server).expect(200);
        assert_eq!(world.upstream.only().target, path);
    }
}

/// An upstream that treats `%2F`, `%252F` or `\\` as part of a name, as nginx and WHATWG URL parsers do, climbs one segment
/// less than the most lenient one, and so further up.
#[test]
fn a_path_that_leaves_its_route_under_a_stricter_reading_is_refused() {
    let world = World::new();
    for target in [
        "/open/a%2Fb/../../photos/admin", // new URL(…) of Node, browsers: /photos/admin
        "/open/a%252Fb/../../photos/admin", // nginx: /photos/admin
        "/open/a\\b/../../photos/admin",  // nginx: /photos/admin
        "/open/a%2Fb/%2e%2e/%2e%2e/photos", // new URL(…): /photos
        "/open/a%252Fb/../../internal",   // nginx: /internal, which no route covers
        "/photos/a%252Fb/../admin",       // nginx: /photos/admin
        "/open/../photos/admin/..;/..;/open", // whoever knows no parameters of segments: below /photos/admin
    ] {
        let answer = Call::get(target, &world.client).send(&world.server);
        assert_eq!(answer.status, 400, "{target}");
    }
    assert!(world.upstream.seen().is_empty(), "{:?}", world.upstream.seen());
}

/// Express, IIS and others compare paths without regard to case.
#[test]
fn a_path_that_is_another_routes_but_for_its_case_is_refused() {
    let world = World::new();
    for target in
        ["/photos/ADMIN", "/photos/Admin/x", "/photos/admin%00", "/photos/admin%3Fx", "/photos/admin%23x"]
    {
        let answer = world.call("GET", target).send(&world.server);
        assert!([400, 403].contains(&answer.status), "{target}: {}", answer.status);
    }
}

/// An upstream that takes it (hypercorn, for one) is then spoken to past every check, for as long as the client likes.
#[test]
fn an_upgrade_to_h2c_opens_no_way_past_the_signature() {
    let tunnel = Upstream::answering(|seen, line| {
        let answer: &[u8] = if seen.all("upgrade").is_empty() {
            b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nupstream"
        } else {
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
        };
        line.get_mut().write_all(answer)
    });
    let world = World::before(tunnel);
    for wanted in ["h2c", "H2C", "websocket, h2c", "HTTP/2.0", "TLS/1.0"] {
        let request = world.call("GET", "/photos").request(&world.server.public_url);
        let request = request.field("Connection", "Upgrade, HTTP2-Settings").field("Upgrade", wanted);
        let request = request.field("HTTP2-Settings", "AAMAAABkAAQAoAAAAAIAAAAA");
        let mut line = Line::open(world.server.address).expect("a connection");
        line.send(&request.bytes(&world.server.public_url)).expect("sent");
        assert_ne!(line.head().expect("a head").status, 101, "{wanted}");
    }
    for seen in &*world.upstream.seen() {
        assert!(seen.all("upgrade").is_empty() && seen.all("http2-settings").is_empty(), "{seen:?}");
    }
}

/// Gateways make `Transfer_Encoding` and `Transfer-Encoding` the same variable, as with the identity.
#[test]
fn a_framing_field_spelt_with_an_underscore_goes_no_further() {
    let world = World::new();
    let request = world.call("POST", "/photos").request(&world.server.public_url);
    let names = ["Transfer_Encoding", "Content_Length", "Content_Type", "Authorization_", "Proxy"];
    let request = names[..3].iter().fold(request, |request, name| request.field(name, "chunked"));
    Request { body: b"0\r\n\r\nGET /photos/admin HTTP/1.1\r\n\r\n".to_vec(), ..request }
        .send(&world.server)
        .expect(200);
    let seen = world.upstream.only();
    for name in &names[..3] {
        assert!(seen.all(name).is_empty(), "{name}");
    }
}

/// RFC 9113 §8.2.3.
#[test]
fn crumbs_of_a_cookie_are_joined_for_http_1() {
    let world = World::new();
    let request = world.call("GET", "/photos").request(&world.server.public_url);
    let request = request.field("cookie", "a=1").field("cookie", "b=2");
    assert_eq!(http2::send(&world.server, &[request])[0].status, 200);
    assert_eq!(world.upstream.only().all("cookie"), ["a=1; b=2"]);
}

/// A verified client could fill the log, and an operator would look for an upstream that is well.
#[test]
fn a_client_that_breaks_off_is_not_blamed_on_the_upstream() {
    let world = World::new();
    let request = world.call("POST", "/photos").request(&world.server.public_url);
    let mut bytes = request.field("Transfer-Encoding", "chunked").bytes(&world.server.public_url);
    let text = String::from_utf8(bytes).expect("text").replace("Content-Length: 0\r\n", "");
    bytes = [text.as_bytes(), b"zz\r\n"].concat();
    let answer =
        Line::open(world.server.address).and_then(|mut line| line.exchange(&bytes)).expect("an answer");
    assert_eq!(answer.status, 400);
}

/// RFC 9112 §6.3: the length does not count then, and must not go on.
#[test]
fn an_answer_framed_twice_is_not_cut_short() {
    let twice = Upstream::answering(|_, line| {
        line.get_mut().write_all(
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nupstream\r\n0\r\n\r\n",
        )
    });
    let world = World::before(twice);
    let answer = world.call("GET", "/photos").send(&world.server);
    assert!(answer.status == 502 || answer.body == "upstream", "{answer:?}");
}
