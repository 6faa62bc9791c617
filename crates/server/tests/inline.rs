//! The inline proxy: what is let through, and what the upstream sees of it.

mod support;

use std::io::{Read, Write};
use support::{
    client::Call,
    http::{Line, Request},
    http2,
    inline::World,
    jwks,
    place::Place,
    upstream::{self, Upstream},
};

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

/// RFC 9113 §8.2.3.
#[test]
fn crumbs_of_a_cookie_are_joined_for_http_1() {
    let world = World::new();
    let request = world.call("GET", "/photos").request(&world.server.public_url);
    let request = request.field("cookie", "a=1").field("cookie", "b=2");
    assert_eq!(http2::send(&world.server, &[request])[0].status, 200);
    assert_eq!(world.upstream.only().all("cookie"), ["a=1; b=2"]);
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
