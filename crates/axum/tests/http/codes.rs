//! Every code, over real HTTP: its status, its header fields, its body in both forms, its link to help.

use crate::support::{Call, Credentials, FORM, NOW, ORIGIN, Reply, Served, World, printer, send};
use async_trait::async_trait;
use axum::{Router, routing::get};
use countersign_axum::{TokenRule, endpoints, protect};
use countersign_core::{Timestamp, TokenId};
use countersign_provider::{Audience, Builder, Problem};
use countersign_store::{ClientStatus, Freshness, NonceStore, NonceUse, StoreError};
use http::Request;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// All that may be told, but `rate_limited`, which has no producer of its own in this crate.
const CODES: [(u16, &str); 23] = [
    (400, "body_required"),
    (400, "callback_rejected"),
    (400, "insecure_transport"),
    (400, "parameter_absent"),
    (400, "parameter_rejected"),
    (400, "signature_method_rejected"),
    (400, "version_rejected"),
    (401, "consumer_key_refused"),
    (401, "consumer_key_unknown"),
    (401, "nonce_used"),
    (401, "parameter_absent"),
    (401, "permission_unknown"),
    (401, "signature_invalid"),
    (401, "timestamp_refused"),
    (401, "token_expired"),
    (401, "token_rejected"),
    (401, "token_revoked"),
    (401, "user_refused"),
    (401, "verifier_invalid"),
    (403, "permission_denied"),
    (405, "method_not_allowed"),
    (413, "body_too_large"),
    (503, "store_unavailable"),
];

#[tokio::test]
async fn every_code_is_told_with_its_status_fields_and_body() {
    for (status, code) in CODES {
        let told = match status {
            400 => malformed(code).await,
            401 => unauthorized(code).await,
            _ => vec![other(code).await],
        };
        assert!(!told.is_empty(), "nothing tells {code}");
        for (audience, reply) in told {
            is_refusal(&reply, (status, code), audience);
        }
    }
}

fn is_refusal(reply: &Reply, (status, code): (u16, &str), audience: Audience) {
    assert_eq!((reply.status, reply.problem().as_str()), (status, code), "{}", reply.body);
    let problem = audience == Audience::Resource;
    let media_type = if problem { "application/problem+json" } else { FORM };
    assert_eq!(reply.field("content-type"), Some(media_type), "{code}");
    assert_eq!(reply.field("cache-control"), Some("no-store"), "{code}");
    assert_eq!(reply.field("x-content-type-options"), Some("nosniff"), "{code}");
    let challenge = format!("OAuth realm=\"{ORIGIN}\", oauth_problem=\"{code}\"");
    assert_eq!(reply.field("www-authenticate"), (status == 401).then_some(challenge.as_str()), "{code}");
    assert_eq!(reply.field("allow"), (status == 405).then_some("POST"), "{code}");
    assert_eq!(reply.field("retry-after"), (status == 503).then_some("1"), "{code}");
    assert_eq!(reply.field("server"), None, "{code}");
    let names = if problem { ("type", "detail") } else { ("oauth_problem_help", "oauth_problem_advice") };
    assert_eq!(reply.told(names.0), Some(format!("{ORIGIN}/help/{code}")), "{code}");
    assert!(reply.told(names.1).is_some_and(|advice| !advice.is_empty()), "{code}");
    if problem {
        let body: serde_json::Value = serde_json::from_str(&reply.body).expect("JSON");
        assert_eq!((&body["status"], &body["title"]), (&status.into(), &code.replace('_', " ").into()));
    }
    let (name, value) = detail(status, code);
    let told = name.and_then(|name| reply.told(name));
    assert!(name.is_none() || told.as_deref().is_some_and(|told| told.contains(value)), "{code}: {told:?}");
}

/// What comes with a code, and what is in it.
fn detail(status: u16, code: &str) -> (Option<&'static str>, &'static str) {
    match (status, code) {
        (400, "parameter_absent") => (Some("oauth_parameters_absent"), "oauth_"),
        (400, "parameter_rejected") => (Some("oauth_parameters_rejected"), "oauth_nonce"),
        (400, "signature_method_rejected") => (Some("oauth_acceptable_signature_methods"), "HMAC-SHA256"),
        (400, "version_rejected") => (Some("oauth_acceptable_versions"), "1.0-1.0"),
        (401, "timestamp_refused") => (Some("oauth_acceptable_timestamps"), "1699999700-1700000300"),
        _ => (None, ""),
    }
}

type Told = Vec<(Audience, Reply)>;

/// A world and its server.
struct Lab {
    world: World,
    server: Served,
}

impl Lab {
    async fn new() -> Self {
        Self::with(|builder| builder.tls_terminated_upstream(true)).await
    }

    async fn with(settings: impl FnOnce(Builder) -> Builder) -> Self {
        let world = World::with(settings);
        let server = Served::start(|_| app(&world)).await;
        Self { world, server }
    }

    fn initiation(&self) -> Call {
        self.world.call("POST", "/initiate").set("oauth_callback", "oob")
    }

    /// The same fault in an initiation and in a request for a resource.
    async fn both(&self, fault: impl Fn(Call) -> Call) -> Told {
        vec![self.at_endpoint(fault(self.initiation())).await, self.at_resource(fault(self.status())).await]
    }

    fn status(&self) -> Call {
        self.world.call("GET", "/status")
    }

    async fn at_endpoint(&self, call: Call) -> (Audience, Reply) {
        (Audience::Endpoint, call.send(&self.server).await)
    }

    async fn at_resource(&self, call: Call) -> (Audience, Reply) {
        (Audience::Resource, call.send(&self.server).await)
    }

    async fn exchange(&self, temporary: &Credentials, verifier: &str) -> Told {
        let call = self.world.call("POST", "/token").token(temporary).set("oauth_verifier", verifier);
        vec![self.at_endpoint(call).await]
    }
}

fn app(world: &World) -> Router {
    let alone = protect(&world.provider).token(TokenRule::None);
    Router::new()
        .route("/photos", get("photos").post("kept").route_layer(protect(&world.provider)))
        .route("/write", get("written").route_layer(protect(&world.provider).scope("write")))
        .route("/status", get("fine").post("fine").route_layer(alone.form_limit(1 << 20)))
        .merge(endpoints())
        .with_state(world.provider.clone())
}

async fn malformed(code: &str) -> Told {
    let lab = Lab::new().await;
    match code {
        "body_required" => vec![
            (Audience::Endpoint, announced(&lab, "/initiate", 100).await),
            (Audience::Resource, announced(&lab, "/status", 100).await),
        ],
        "callback_rejected" => {
            vec![lab.at_endpoint(lab.initiation().set("oauth_callback", "https://evil.example/")).await]
        }
        "insecure_transport" => Lab::with(|builder| builder).await.both(|call| call).await,
        "parameter_absent" => lab.both(|call| call.without("oauth_timestamp").without("oauth_nonce")).await,
        "parameter_rejected" => lab.both(|call| call.set("oauth_nonce", "")).await,
        "signature_method_rejected" => {
            let narrowed =
                countersign_store::ClientRecord { methods: Some(vec!["HMAC-SHA256".into()]), ..printer() };
            lab.world.store.put(narrowed);
            lab.both(|call| call).await
        }
        "version_rejected" => lab.both(|call| call.set("oauth_version", "2.0")).await,
        _ => Vec::new(),
    }
}

async fn unauthorized(code: &str) -> Told {
    let lab = Lab::with(|builder| builder.tls_terminated_upstream(true).token_life(Some(100))).await;
    let (world, token) = (&lab.world, lab.world.token().await);
    let photos = || world.call("GET", "/photos").token(&token);
    match code {
        "consumer_key_refused" => {
            let mut suspended = printer();
            suspended.status = ClientStatus::Suspended;
            world.store.put(suspended);
            lab.both(|call| call).await
        }
        "consumer_key_unknown" => lab.both(|call| call.by("nobody", "nobodys-secret")).await,
        "nonce_used" => {
            let (initiation, status) = (lab.initiation(), lab.status());
            assert_eq!(initiation.send(&lab.server).await.status, 200);
            assert_eq!(status.send(&lab.server).await.status, 200);
            vec![lab.at_endpoint(initiation).await, lab.at_resource(status).await]
        }
        "parameter_absent" => vec![
            (Audience::Endpoint, send(&lab.server, Request::post("/token"), "").await),
            (Audience::Resource, send(&lab.server, Request::get("/photos"), "").await),
        ],
        "permission_unknown" => lab.exchange(&world.temporary("oob").await, "some-verifier").await,
        "signature_invalid" => lab.both(|call| call.by("dpf43f3p2l4k3l03", "guessed-secret")).await,
        "timestamp_refused" => lab.both(|call| call.set("oauth_timestamp", "1600000000")).await,
        "token_expired" => {
            let (temporary, verifier) = world.granted().await;
            world.set_clock(NOW + 600);
            let mut told = lab.exchange(&temporary, &verifier).await;
            told.push(lab.at_resource(world.call("GET", "/photos").token(&token)).await);
            told
        }
        "token_rejected" => {
            let mut told = lab.exchange(&token, "some-verifier").await;
            told.push(lab.at_resource(photos().by("stranger", "a-secret-of-the-stranger")).await);
            told
        }
        "token_revoked" => {
            let id = TokenId::new(&token.id).expect("an identifier");
            let _ = world.provider.revoke(&id).await.expect("a revocation");
            vec![lab.at_resource(photos()).await]
        }
        "user_refused" => {
            let temporary = world.temporary("oob").await;
            world.pending(&temporary).await.deny().await.expect("a denial");
            lab.exchange(&temporary, "some-verifier").await
        }
        "verifier_invalid" => lab.exchange(&world.granted().await.0, "a-wrong-verifier").await,
        _ => Vec::new(),
    }
}

async fn other(code: &str) -> (Audience, Reply) {
    let lab = Lab::new().await;
    match code {
        "permission_denied" => {
            let token = lab.world.token().await;
            lab.at_resource(lab.world.call("GET", "/write").token(&token)).await
        }
        "method_not_allowed" => lab.at_endpoint(lab.world.call("GET", "/initiate")).await,
        "body_too_large" => (Audience::Resource, announced(&lab, "/status", (1 << 20) + 1).await),
        "store_unavailable" => {
            let lab = Lab::with(|builder| builder.tls_terminated_upstream(true).nonces(Unreachable)).await;
            lab.at_endpoint(lab.initiation()).await
        }
        _ => unreachable!("{code} is in no list"),
    }
}

/// A form of that length is announced, ten bytes come, and the client says that this is all.
async fn announced(lab: &Lab, path: &str, length: usize) -> Reply {
    let mut socket = tokio::net::TcpStream::connect(lab.server.address).await.expect("a connection");
    let fields = format!("host: x\r\ncontent-type: {FORM}\r\ncontent-length: {length}\r\nconnection: close");
    let request = format!("POST {path} HTTP/1.1\r\n{fields}\r\n\r\na=12345678");
    socket.write_all(request.as_bytes()).await.expect("half a request");
    socket.shutdown().await.expect("an end");
    let mut raw = String::new();
    socket.read_to_string(&mut raw).await.expect("an answer");
    let (head, body) = raw.split_once("\r\n\r\n").expect("a head and a body");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status");
    let fields = lines.filter_map(|line| line.split_once(": "));
    let fields = fields.map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value")));
    Reply { status: status.parse().expect("a number"), headers: fields.collect(), body: body.into() }
}

/// Nonces are on a machine that does not answer.
struct Unreachable;

#[async_trait]
impl NonceStore for Unreachable {
    async fn remember(&self, _: &NonceUse<'_>, _: Timestamp, _: Timestamp) -> Result<Freshness, StoreError> {
        Err(StoreError::unavailable("no route to database.internal"))
    }
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_never_read_as_fresh() {
    let lab = Lab::with(|builder| builder.tls_terminated_upstream(true).nonces(Unreachable)).await;
    let (audience, reply) = lab.at_resource(lab.status()).await;
    is_refusal(&reply, (503, "store_unavailable"), audience);
    assert!(!reply.body.contains("database"), "{}", reply.body);
}

#[tokio::test]
async fn a_large_form_is_refused_at_the_endpoints_too() {
    let lab = Lab::new().await;
    for path in ["/initiate", "/token"] {
        let reply = announced(&lab, path, (1 << 20) + 1).await;
        is_refusal(&reply, (413, "body_too_large"), Audience::Endpoint);
    }
}

#[tokio::test]
async fn a_rate_limit_is_told_with_the_time_to_wait() {
    let world = World::new();
    for (audience, media_type) in
        [(Audience::Endpoint, FORM), (Audience::Resource, "application/problem+json")]
    {
        let answer = world.provider.refuse(&Problem::RateLimited(30).into(), audience, None);
        assert_eq!(answer.status, 429);
        for field in [("retry-after", "30"), ("content-type", media_type), ("cache-control", "no-store")] {
            assert!(answer.fields.contains(&(field.0, field.1.into())), "{field:?} is not in {answer:?}");
        }
        assert!(answer.body.contains("rate_limited"), "{}", answer.body);
    }
}
