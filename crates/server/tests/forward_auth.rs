//! `/forward-auth`: what each preset reads, what it answers, and what it never verifies.

mod support;

use support::{
    client::{Call, Pair, Where},
    http::{Answer, Request},
    place::Place,
    server::Server,
};

struct World {
    _place: Place,
    client: Pair,
    token: Pair,
    server: Server,
    method: &'static str,
    target: &'static str,
}

const ROUTES: &str = r#"
[[route]]
path = "/open"
policy = { token = "optional" }

[[route]]
path = "/photos"
methods = ["GET", "POST"]
policy = { scopes = ["photos"], form_limit = 4096 }

[[route]]
path = "/hashed"
policy = { token = "optional", body_hash = "require" }
"#;

const BY_FORWARDED: (&str, &str) = ("X-Forwarded-Method", "X-Forwarded-Uri");
const BY_ORIGINAL: (&str, &str) = ("X-Original-Method", "X-Original-URI");

impl World {
    fn of(preset: &str) -> Self {
        Self::trusting(preset, "127.0.0.1/32")
    }

    fn trusting(preset: &str, proxies: &str) -> Self {
        let place = Place::new();
        std::fs::write(place.path().join("countersign.toml"), ROUTES).expect("a file");
        place.add_user("jane", "correct horse");
        let client =
            place.add_client(&["--name", "Printer", "--allow-oob", "--two-legged", "--scope", "photos"]);
        let token = place.issue_token(&client.id, "jane", &["--scope", "photos"], "");
        let server = place
            .server()
            .set("COUNTERSIGN_TRUSTED_PROXIES", proxies)
            .set("COUNTERSIGN_FORWARD_AUTH_PRESET", preset)
            .start();
        let (method, target) =
            if ["nginx", "haproxy"].contains(&preset) { BY_ORIGINAL } else { BY_FORWARDED };
        Self { _place: place, client, token, server, method, target }
    }

    fn call<'a>(&'a self, method: &'a str, target: &'a str) -> Call<'a> {
        Call::new(method, target, &self.client).token(&self.token)
    }

    /// What a proxy asks about a request: everything but the body.
    fn question(&self, asked: &Request) -> Request {
        let question = Request::get("/forward-auth").field(self.method, &asked.method);
        let question = question.field(self.target, &asked.target).field("X-Forwarded-Proto", "https");
        asked.fields.iter().fold(question, |question, (name, value)| question.field(name, value))
    }

    fn ask(&self, call: &Call<'_>) -> Answer {
        self.question(&call.request(&self.server.public_url)).send(&self.server)
    }
}

#[test]
fn a_signed_request_is_told_who_called() {
    for preset in ["nginx", "caddy", "traefik", "haproxy", "generic"] {
        let world = World::of(preset);
        let target = "/photos/a%2Fb%20c/d?b=%20+&a=1&a&%C3%BC=%7E";
        let answer = world.ask(&world.call("GET", target)).expect(200);
        for (name, expected) in [
            ("x-oauth-client", world.client.id.as_str()),
            ("x-oauth-owner", "jane"),
            ("x-oauth-token-id", world.token.id.as_str()),
            ("x-oauth-scopes", "photos"),
        ] {
            assert_eq!(answer.field(name), Some(expected), "{preset} {name}");
        }
        let two_legged = world.ask(&Call::get("/open", &world.client)).expect(200);
        assert_eq!(two_legged.field("x-oauth-client"), Some(world.client.id.as_str()));
        for name in ["x-oauth-owner", "x-oauth-token-id", "x-oauth-scopes"] {
            assert_eq!(two_legged.field(name), Some(""), "always there, or a client's own would survive");
        }
    }
}

#[test]
fn each_refusal_is_told_in_its_own_status() {
    let world = World::of("generic");
    let asked = world.question(&world.call("GET", "/photos").request(&world.server.public_url));
    asked.send(&world.server).expect(200);
    let replayed = asked.send(&world.server).refused(401, "nonce_used");
    assert_eq!(replayed.field("x-oauth-problem"), Some("nonce_used"));
    world.ask(&Call::get("/photos", &world.client)).refused(400, "parameter_absent");
    world.ask(&world.call("DELETE", "/photos")).refused(405, "method_not_allowed");
    world.ask(&world.call("GET", "/photos/..%2Fopen")).refused(400, "parameter_rejected");
    world.ask(&world.call("GET", "/nowhere")).expect(404);
}

#[test]
fn nginx_is_told_in_the_statuses_that_it_knows() {
    let world = World::of("nginx");
    let absent = world.ask(&Call::get("/photos", &world.client)).refused(401, "parameter_absent");
    assert_eq!(absent.field("x-oauth-problem"), Some("parameter_absent"));
    let challenge = absent.field("www-authenticate").expect("a challenge");
    assert!(challenge.contains("oauth_problem=\"parameter_absent\""), "{challenge}");
    let wrong = world.ask(&world.call("DELETE", "/photos")).refused(403, "method_not_allowed");
    assert_eq!(wrong.field("x-oauth-problem"), Some("method_not_allowed"));
    world.ask(&world.call("GET", "/nowhere")).expect(403);
}

#[test]
fn a_form_whose_body_stayed_with_the_proxy_is_never_verified() {
    for preset in ["nginx", "caddy", "traefik", "haproxy", "generic"] {
        let world = World::of(preset);
        let status = if preset == "nginx" { 401 } else { 400 };
        // Signed as if there were no body: it would hold.
        let request = world.call("POST", "/photos").request(&world.server.public_url);
        for kind in ["application/x-www-form-urlencoded", "Application/X-WWW-Form-UrlEncoded; charset=utf-8"]
        {
            let form = request.clone().field("Content-Type", kind);
            let answer = world.question(&form).send(&world.server).refused(status, "body_required");
            assert!(answer.body.contains("[[route]]"), "{}", answer.body);
        }
        let disguised = request.field("Content-Type", "application/x-www-form-urlencoded, text/plain");
        world.question(&disguised).send(&world.server).refused(status, "parameter_rejected");
        let hash =
            Call::post("/hashed", &world.client).with("oauth_body_hash", "2jmj7l5rSw0yVb/vlWAYkK/YBwk=");
        world.ask(&hash).refused(status, "body_required");
    }
}

#[test]
fn a_form_that_the_proxy_sends_along_is_verified() {
    let form = "b=%20+&a=1&a=2&a&%c3%bc=%7e";
    for preset in ["traefik", "generic", "haproxy"] {
        let world = World::of(preset);
        let asked = |place, body: &str| {
            let call = world.call("POST", "/photos").form(form);
            let request = call.request_by(&countersign_core::HmacSha1, place, &world.server.public_url);
            let body = if place == Where::Form {
                String::from_utf8(request.body.clone()).expect("text")
            } else {
                body.into()
            };
            let question = Request { method: "POST".into(), body: body.into(), ..world.question(&request) };
            question.field("X-Original-Body", "whole").send(&world.server)
        };
        asked(Where::Header, form).expect(200);
        asked(Where::Form, form).expect(200);
        asked(Where::Header, "b=%20+&a=1&a=3").refused(401, "signature_invalid");
        asked(Where::Header, &format!("a={}", "x".repeat(5000))).refused(413, "body_too_large");
    }
    let world = World::of("haproxy");
    let request = world.call("POST", "/photos").form(form).request(&world.server.public_url);
    let part = Request { method: "POST".into(), body: form.into(), ..world.question(&request) };
    part.send(&world.server).refused(400, "body_required");
}

#[test]
fn a_body_whose_hash_is_signed_is_verified() {
    let world = World::of("generic");
    let hash = "vyGp6PvFo4RvsFtPoIWeCReyIC8="; // SHA-1 of `{}`
    let asked = |body: &str| {
        let call = Call::post("/hashed", &world.client).with("oauth_body_hash", hash);
        let request = call.request(&world.server.public_url).field("Content-Type", "application/json");
        Request { method: "POST".into(), body: body.into(), ..world.question(&request) }.send(&world.server)
    };
    asked("{}").expect(200);
    asked("{ }").refused(401, "signature_invalid");
}

#[test]
fn envoy_asks_with_the_request_itself() {
    let world = World::of("envoy");
    let asked = |call: Call<'_>, body: &str| {
        let request = call.request(&world.server.public_url);
        let target = format!("/forward-auth{}", request.target);
        Request { target, body: body.into(), ..request }.send(&world.server)
    };
    asked(world.call("GET", "/photos/a%2Fb%20c?b=%20+&a"), "").expect(200);
    asked(world.call("POST", "/photos").form("a=1"), "a=1").expect(200);
    asked(world.call("POST", "/photos").form("a=1"), "a=2").refused(401, "signature_invalid");
    let request = world.call("POST", "/photos").form("a=1").request(&world.server.public_url);
    let part = Request { target: "/forward-auth/photos".into(), ..request };
    part.field("X-Envoy-Auth-Partial-Body", "true").send(&world.server).refused(400, "body_required");
    // Its list of fields lacks the type: what looks like no form may be one.
    asked(world.call("POST", "/photos"), "a=1").refused(400, "parameter_rejected");
    Request::get("/forward-auth").send(&world.server).refused(400, "parameter_rejected");
}

#[test]
fn strangers_may_not_ask() {
    let world = World::trusting("generic", "192.0.2.0/24");
    let answer = world.ask(&world.call("GET", "/photos")).expect(403);
    assert!(answer.body.contains("trusted_proxies"), "{}", answer.body);
    assert_eq!(answer.field("x-oauth-client"), None);
}

#[test]
fn nobody_may_ask_unless_a_preset_says_so() {
    let place = Place::new();
    let server = place.server().set("COUNTERSIGN_TRUSTED_PROXIES", "127.0.0.1/32").start();
    Request::get("/forward-auth").send(&server).expect(404);
}

#[test]
fn a_proxy_that_is_set_up_wrongly_is_told_what_is_missing() {
    let world = World::of("generic");
    let signed = world.call("GET", "/photos").request(&world.server.public_url);
    let asked = world.question(&signed);
    for name in ["X-Forwarded-Method", "X-Forwarded-Uri"] {
        let mut lacking = asked.clone();
        lacking.fields.retain(|(known, _)| known != name);
        let answer = lacking.send(&world.server).refused(400, "parameter_rejected");
        assert!(answer.body.contains(&name.to_lowercase()), "{}", answer.body);
        asked.clone().field(name, "/other").send(&world.server).refused(400, "parameter_rejected");
    }
    let log = String::from_utf8(world.server.log()).expect("text");
    assert_eq!(log.matches("forward-auth is set up wrongly").count(), 1, "{log}");
    for target in ["photos", "http://countersign.test/photos", "/photos x", ""] {
        let mut bent = asked.clone();
        bent.fields
            .iter_mut()
            .filter(|(name, _)| name == "X-Forwarded-Uri")
            .for_each(|(_, value)| *value = target.into());
        let answer = bent.send(&world.server);
        assert!([400, 404].contains(&answer.status), "{target}: {}", answer.status);
    }
}

#[test]
fn a_field_that_no_preset_reads_counts_for_nothing() {
    let place = Place::new();
    std::fs::write(place.path().join("countersign.toml"), ROUTES).expect("a file");
    let client = place.add_client(&["--name", "Printer", "--two-legged"]);
    let server = support::server::Starter::over_https(place.command())
        .set("COUNTERSIGN_TRUSTED_PROXIES", "127.0.0.1/32")
        .set("COUNTERSIGN_FORWARD_AUTH_PRESET", "nginx")
        .start();
    let signed = Call::get("/open", &client).request(&server.public_url);
    let asked =
        Request::get("/forward-auth").field("X-Original-Method", "GET").field("X-Original-URI", "/open");
    let asked = signed.fields.iter().fold(asked, |asked, (name, value)| asked.field(name, value));
    // A client's own word for TLS, which nginx passes on.
    asked.clone().field("Forwarded", "proto=https").send(&server).refused(401, "insecure_transport");
    asked.field("X-Forwarded-Proto", "https").send(&server).expect(200);
}

/// nginx passes `#` on raw, and an upstream such as Node's `new URL` ends the path there.
#[test]
fn a_fragment_hides_no_route() {
    let world = World::of("nginx");
    for target in ["/photos/x#y", "/photos/#"] {
        let answer = world.ask(&world.call("GET", target));
        assert_eq!(
            answer.field("x-oauth-problem"),
            Some("parameter_rejected"),
            "{target}: {}",
            answer.status
        );
    }
}
