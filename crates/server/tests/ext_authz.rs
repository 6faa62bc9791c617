//! Envoy's `ext_authz` over gRPC: what a question comes to, with the body in it.

mod support;

use envoy_types::{
    ext_authz::v3::pb::{CheckRequest, CheckResponse, HttpResponse},
    pb::envoy::{
        config::core::v3::{HeaderMap, HeaderValue},
        service::auth::v3::{
            AttributeContext,
            attribute_context::{self, HttpRequest},
            authorization_client::AuthorizationClient,
        },
    },
};
use support::{
    client::{Call, Pair},
    http::Request,
    place::Place,
    server::Server,
};

struct World {
    _place: Place,
    client: Pair,
    token: Pair,
    server: Server,
}

const ROUTES: &str = r#"
[[route]]
path = "/open"
policy = { token = "optional" }

[[route]]
path = "/hashed"
policy = { token = "optional", body_hash = "require" }

[[route]]
path = "/photos"
keep_authorization = true
policy = { scopes = ["photos"], form_limit = 4096 }
"#;

impl World {
    fn new() -> Self {
        Self::trusting("127.0.0.1/32")
    }

    fn trusting(proxies: &str) -> Self {
        let place = Place::new();
        std::fs::write(place.path().join("countersign.toml"), ROUTES).expect("a file");
        place.add_user("jane", "correct horse");
        let client =
            place.add_client(&["--name", "Printer", "--allow-oob", "--two-legged", "--scope", "photos"]);
        let token = place.issue_token(&client.id, "jane", &["--scope", "photos"], "");
        let server = place
            .server()
            .set("COUNTERSIGN_TRUSTED_PROXIES", proxies)
            .set("COUNTERSIGN_FORWARD_AUTH_PRESET", "envoy")
            .start();
        Self { _place: place, client, token, server }
    }

    fn call<'a>(&'a self, method: &'a str, target: &'a str) -> Call<'a> {
        Call::new(method, target, &self.client).token(&self.token)
    }

    fn request(&self, call: &Call<'_>) -> Request {
        call.request(&self.server.public_url)
    }

    /// What Envoy asks about a request.
    fn question(&self, asked: &Request) -> HttpRequest {
        let fields = asked.fields.iter().map(|(name, value)| (name.to_lowercase(), value.clone()));
        let mut headers: std::collections::HashMap<_, _> = fields.collect();
        if !asked.body.is_empty() {
            headers.insert("content-length".into(), asked.body.len().to_string());
        }
        HttpRequest {
            method: asked.method.clone(),
            path: asked.target.clone(),
            host: "countersign.test".into(),
            headers,
            raw_body: asked.body.clone(),
            ..HttpRequest::default()
        }
    }

    fn try_ask(&self, http: Option<HttpRequest>) -> Result<CheckResponse, tonic::Status> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let url = format!("http://{}", self.server.address);
        runtime.block_on(async {
            let mut client = AuthorizationClient::connect(url).await.expect("a connection");
            let request = attribute_context::Request { http, ..Default::default() };
            let attributes = AttributeContext { request: Some(request), ..Default::default() };
            let response = client.check(CheckRequest { attributes: Some(attributes) }).await?;
            Ok(response.into_inner())
        })
    }

    fn ask(&self, http: HttpRequest) -> Verdict {
        let response = self.try_ask(Some(http)).expect("a verdict");
        let code = response.status.expect("a status").code;
        match response.http_response.expect("an HTTP response") {
            HttpResponse::OkResponse(ok) => {
                assert_eq!(code, 0);
                let set = ok.headers.into_iter().map(|field| field.header.expect("a field"));
                let set = set.map(|field| (field.key, field.value)).collect();
                Verdict { status: 200, set, removed: ok.headers_to_remove, body: String::new() }
            }
            HttpResponse::DeniedResponse(denied) => {
                assert_ne!(code, 0, "Envoy lets through whatever has the status 0");
                let set = denied.headers.into_iter().map(|field| field.header.expect("a field"));
                let set = set.map(|field| (field.key, field.value)).collect();
                let status = denied.status.expect("a status").code;
                Verdict { status, set, removed: Vec::new(), body: denied.body }
            }
            other => panic!("{other:?}"),
        }
    }
}

struct Verdict {
    status: i32,
    set: Vec<(String, String)>,
    removed: Vec<String>,
    body: String,
}

impl Verdict {
    fn set(&self, name: &str) -> Option<&str> {
        self.set.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    #[track_caller]
    fn refused(self, status: i32, code: &str) -> Self {
        assert_eq!((self.status, self.set("x-oauth-problem")), (status, Some(code)), "{}", self.body);
        self
    }
}

#[test]
fn a_signed_request_is_told_who_called_and_nothing_of_the_clients() {
    let world = World::new();
    let request = world.request(&world.call("GET", "/photos/a%2Fb%20c/d?b=%20+&a=1&a&%C3%BC=%7E"));
    let spoofed =
        ["X_OAuth_Owner", "x-oauth-scopes", "X-OAuth_Client", "X-Forwarded-Host", "Forwarded", "X-Real-IP"];
    let request = spoofed.iter().fold(request, |request, name| request.field(name, "spoofed"));
    let verdict = world.ask(world.question(&request));
    assert_eq!(verdict.status, 200);
    for (name, expected) in [
        ("x-oauth-client", world.client.id.as_str()),
        ("x-oauth-owner", "jane"),
        ("x-oauth-token-id", world.token.id.as_str()),
        ("x-oauth-scopes", "photos"),
        ("x-forwarded-host", "countersign.test"),
    ] {
        assert_eq!(verdict.set(name), Some(expected), "{name}");
    }
    for name in spoofed.map(str::to_lowercase) {
        let gone = verdict.removed.contains(&name) || verdict.set(&name).is_some();
        assert!(gone, "{name} survives");
    }
    assert!(!verdict.removed.contains(&"authorization".to_owned()), "the route keeps it");

    let two_legged = world.request(&Call::get("/open", &world.client)).field("X-OAuth-Owner", "spoofed");
    let verdict = world.ask(world.question(&two_legged));
    assert_eq!((verdict.status, verdict.set("x-oauth-owner")), (200, None));
    for name in ["x-oauth-owner", "authorization"] {
        assert!(verdict.removed.contains(&name.to_owned()), "{:?}", verdict.removed);
    }
}

#[test]
fn a_form_is_verified_with_its_body_and_never_without() {
    let world = World::new();
    let form = "b=%20+&a=1&a=2&a&%c3%bc=%7e";
    let question = || world.question(&world.request(&world.call("POST", "/photos").form(form)));
    assert_eq!(world.ask(question()).status, 200);
    let text = HttpRequest { raw_body: Vec::new(), body: form.into(), ..question() };
    assert_eq!(world.ask(text).status, 200);
    let changed = HttpRequest { raw_body: form.replace("a=2", "a=3").into(), ..question() };
    world.ask(changed).refused(401, "signature_invalid");

    let cut = HttpRequest { raw_body: form[..9].into(), ..question() };
    world.ask(cut).refused(400, "body_required");
    let mut marked = question();
    marked.headers.insert("x-envoy-auth-partial-body".into(), "true".into());
    world.ask(marked).refused(400, "body_required");
    let lost = world.request(&world.call("POST", "/photos"));
    let lost = world.question(&lost.field("Content-Type", "application/x-www-form-urlencoded"));
    let verdict = world.ask(lost.clone()).refused(400, "body_required");
    assert!(verdict.body.contains("[[route]]"), "{}", verdict.body);
    let mut empty = lost;
    empty.headers.insert("content-length".into(), "0".into());
    assert_eq!(world.ask(empty).status, 200);

    let large = format!("a={}", "x".repeat(5000));
    let large = world.question(&world.request(&world.call("POST", "/photos").form(&large)));
    world.ask(large).refused(413, "body_too_large");
}

#[test]
fn fields_may_come_raw_and_twice() {
    let world = World::new();
    let raw = |request: &Request, twice: bool| {
        let field = |(name, value): &(String, String)| HeaderValue {
            key: name.to_lowercase(),
            raw_value: value.clone().into(),
            ..HeaderValue::default()
        };
        let mut headers: Vec<_> = request.fields.iter().map(field).collect();
        if twice {
            headers.push(headers[0].clone());
        }
        let header_map = Some(HeaderMap { headers });
        HttpRequest { headers: [].into(), header_map, ..world.question(request) }
    };
    let signed = || world.request(&world.call("GET", "/photos"));
    assert_eq!(world.ask(raw(&signed(), false)).status, 200);
    world.ask(raw(&signed(), true)).refused(400, "parameter_rejected");
    // Envoy joins two of them where they do not come raw.
    let mut joined = world.question(&signed());
    let one = joined.headers["authorization"].clone();
    joined.headers.insert("authorization".into(), format!("{one},{one}"));
    assert_eq!(world.ask(joined).status, 400);
}

#[test]
fn refusals_keep_their_status_and_their_words() {
    let world = World::new();
    let question = world.question(&world.request(&world.call("GET", "/photos")));
    assert_eq!(world.ask(question.clone()).status, 200);
    let replayed = world.ask(question).refused(401, "nonce_used");
    assert!(replayed.set("www-authenticate").expect("a challenge").contains("nonce_used"));
    assert_eq!(replayed.set("content-type"), Some("application/problem+json"));
    world.ask(world.question(&Request::get("/photos"))).refused(401, "parameter_absent");
    world
        .ask(world.question(&world.request(&world.call("GET", "/open/..%2Fphotos"))))
        .refused(400, "parameter_rejected");
    assert_eq!(world.ask(world.question(&world.request(&world.call("GET", "/nowhere")))).status, 404);
    assert!(world.try_ask(None).is_err());
}

#[test]
fn strangers_may_not_ask_over_grpc_either() {
    let world = World::trusting("192.0.2.0/24");
    let question = world.question(&world.request(&world.call("GET", "/photos")));
    let error = world.try_ask(Some(question)).expect_err("no verdict");
    assert_eq!(error.code(), tonic::Code::PermissionDenied);
}

/// Envoy's own `allowed_headers` keeps fields from the question, and still sends them upstream.
#[test]
fn an_identity_field_that_the_question_does_not_show_is_removed() {
    let world = World::new();
    let two_legged = world.request(&Call::get("/open", &world.client));
    let verdict = world.ask(world.question(&two_legged));
    assert_eq!(verdict.status, 200);
    for name in ["x-oauth-owner", "x-oauth-token-id", "x-oauth-scopes", "x-oauth-identity"] {
        assert!(verdict.removed.contains(&name.to_owned()), "{name}: {:?}", verdict.removed);
    }
}

/// HTTP/1 says in its head that there is no body; over HTTP/2 nobody can know.
#[test]
fn a_request_without_a_body_hashes_the_empty_string() {
    let world = World::new();
    let question = |protocol: &str| {
        let request = world.request(&world.call("GET", "/hashed").hashed(b""));
        HttpRequest { protocol: protocol.into(), ..world.question(&request) }
    };
    assert_eq!(world.ask(question("HTTP/1.1")).status, 200);
    world.ask(question("HTTP/2")).refused(400, "body_required");
    let mut chunked = question("HTTP/1.1");
    chunked.headers.insert("transfer-encoding".into(), "chunked".into());
    world.ask(chunked).refused(400, "body_required");
}
