//! The inline proxy: what a client tries, and the upstream must never see.

mod support;

use std::io::Write;
use support::{
    client::Call,
    http::{Line, Request},
    inline::World,
    upstream::Upstream,
};

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
