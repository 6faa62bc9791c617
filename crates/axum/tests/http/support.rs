//! A server on a free port, a client that sends exactly what it is told, and a provider whose clock is in the test's hands.

use axum::{Router, body::Body};
use bytes::Bytes;
use countersign_core::{HmacSha1, Origin, Secret, Timestamp, percent, sign};
use countersign_provider::{Builder, Clock, Pending, Provider, Random};
use countersign_store::{ClientRecord, MemoryStore};
use http::{HeaderMap, Request, request};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::{net::TcpStream, task::JoinHandle};
use tower::ServiceExt;

/// An app behind a real listener, until it is dropped.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    origin: String,
    task: JoinHandle<()>,
}

impl Served {
    /// Serves what is built for the origin `http://127.0.0.1:PORT`.
    pub(crate) async fn start(app: impl FnOnce(&str) -> Router) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let origin = format!("http://{address}");
        let app = app(&origin).into_make_service_with_connect_info::<SocketAddr>();
        let task = tokio::spawn(async move {
            axum::serve(listener, app).await.expect("it serves");
        });
        Self { address, origin, task }
    }

    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) async fn read<B>(response: http::Response<B>) -> Self
    where
        B: http_body::Body,
        B::Error: std::fmt::Debug,
    {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a whole body").to_bytes().to_vec();
        Self {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8(body).expect("text"),
        }
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.get_all(name).iter();
        let value = all.next().map(|value| value.to_str().expect("text"));
        assert!(all.next().is_none(), "{name} comes twice");
        value
    }

    /// A value of a form-encoded body.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        let pairs = self.body.split('&').filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.into_iter().find(|(known, _)| *known == name)?;
        let value = percent::decode(value.as_bytes()).expect("escapes").into_owned();
        Some(String::from_utf8(value).expect("text"))
    }

    /// A value of a refusal, in either form.
    pub(crate) fn told(&self, name: &str) -> Option<String> {
        match self.field("content-type") {
            Some("application/problem+json") => {
                let body: serde_json::Value = serde_json::from_str(&self.body).expect("JSON");
                Some(body.get(name)?.as_str().expect("text").into())
            }
            _ => self.value(name),
        }
    }

    pub(crate) fn problem(&self) -> String {
        self.told("oauth_problem").unwrap_or_default()
    }

    pub(crate) fn credentials(&self) -> Credentials {
        let value = |name| self.value(name).unwrap_or_else(|| panic!("no {name}: {}", self.body));
        Credentials { id: value("oauth_token"), secret: value("oauth_token_secret") }
    }
}

/// Sends a request over HTTP/1.1, with a `Host` unless it has one.
pub(crate) async fn send(server: &Served, request: request::Builder, body: &str) -> Reply {
    let mut request = request.body(Full::from(body.to_owned())).expect("a request");
    let host = server.address.to_string().parse().expect("a host");
    request.headers_mut().entry("host").or_insert(host);
    send_as_it_is(server, request).await
}

/// Sends a request over HTTP/1.1 with the fields that it has and no others.
pub(crate) async fn send_as_it_is(server: &Served, request: Request<Full<Bytes>>) -> Reply {
    let socket = TokioIo::new(TcpStream::connect(server.address).await.expect("a connection"));
    let (mut sender, connection) = hyper::client::conn::http1::handshake(socket).await.expect("HTTP/1.1");
    tokio::spawn(connection);
    Reply::read(sender.send_request(request).await.expect("an answer")).await
}

/// Sends a request over HTTP/2 with prior knowledge.
pub(crate) async fn send_http_2(server: &Served, request: Request<Full<Bytes>>) -> Reply {
    let socket = TokioIo::new(TcpStream::connect(server.address).await.expect("a connection"));
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), socket);
    let (mut sender, connection) = handshake.await.expect("HTTP/2");
    tokio::spawn(connection);
    Reply::read(sender.send_request(request).await.expect("an answer")).await
}

/// An identifier and its secret, in the clear: a test may look.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Credentials {
    pub(crate) fn new(id: &str, secret: &str) -> Self {
        Self { id: id.into(), secret: secret.into() }
    }
}

/// A provider of `https://photos.example.net` behind something that terminates TLS, and what a test holds of it.
pub(crate) struct World {
    pub(crate) provider: Provider,
    pub(crate) store: Arc<MemoryStore>,
    clock: ManualClock,
    nonces: AtomicU64,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder.tls_terminated_upstream(true))
    }

    /// With the settings that are given here, and nothing that makes http safe.
    pub(crate) fn with(settings: impl FnOnce(Builder) -> Builder) -> Self {
        let (store, clock) = (Arc::new(MemoryStore::default()), ManualClock(Arc::new(AtomicU64::new(NOW))));
        store.put(printer());
        store.put(ClientRecord::with_secret("stranger", "a-secret-of-the-stranger", "Stranger"));
        let builder = Provider::builder(ORIGIN)
            .shared_store(Arc::<MemoryStore>::clone(&store))
            .clock(clock.clone())
            .random(Counted(AtomicU64::new(1)));
        let provider = settings(builder).build().expect("a provider");
        Self { provider, store, clock, nonces: AtomicU64::new(0) }
    }

    pub(crate) fn set_clock(&self, seconds: u64) {
        self.clock.0.store(seconds, Ordering::SeqCst);
    }

    /// A request that the printer is about to sign, stamped with a nonce of its own.
    pub(crate) fn call(&self, verb: &'static str, target: &'static str) -> Call {
        let nonce = format!("nonce-{}", self.nonces.fetch_add(1, Ordering::SeqCst));
        let client = Credentials::new("dpf43f3p2l4k3l03", "kd94hf93k423kf44");
        let stamp = vec![("oauth_timestamp", self.clock.now().seconds().to_string()), ("oauth_nonce", nonce)];
        Call { verb, target, origin: ORIGIN, client, token: None, parameters: stamp, form: String::new() }
    }

    /// Temporary credentials, asked for through the provider itself.
    pub(crate) async fn temporary(&self, callback: &str) -> Credentials {
        let request = self.call("POST", "/initiate").set("oauth_callback", callback).request();
        let app = countersign_axum::endpoints().with_state(self.provider.clone());
        let response = app.oneshot(request).await.expect("an answer");
        Reply::read(response).await.credentials()
    }

    pub(crate) async fn pending(&self, temporary: &Credentials) -> Pending {
        self.provider.pending(&temporary.id).await.expect("a pending request")
    }

    /// Granted temporary credentials and their verifier.
    pub(crate) async fn granted(&self) -> (Credentials, String) {
        let temporary = self.temporary("oob").await;
        match self.pending(&temporary).await.grant("jane").await.expect("a grant") {
            countersign_provider::Next::ShowVerifier(verifier) => (temporary, verifier),
            other => panic!("{other:?}"),
        }
    }

    /// A token of jane's.
    pub(crate) async fn token(&self) -> Credentials {
        let (temporary, verifier) = self.granted().await;
        let call = self.call("POST", "/token").token(&temporary).set("oauth_verifier", &verifier);
        let app = countersign_axum::endpoints().with_state(self.provider.clone());
        let response = app.oneshot(call.request()).await.expect("an answer");
        Reply::read(response).await.credentials()
    }
}

/// A request that is about to be signed.
#[derive(Clone)]
pub(crate) struct Call {
    verb: &'static str,
    target: &'static str,
    origin: &'static str,
    client: Credentials,
    token: Option<Credentials>,
    parameters: Vec<(&'static str, String)>,
    form: String,
}

impl Call {
    pub(crate) fn by(self, id: &str, secret: &str) -> Self {
        Self { client: Credentials::new(id, secret), ..self }
    }

    pub(crate) fn token(self, token: &Credentials) -> Self {
        Self { token: Some(token.clone()), ..self }
    }

    pub(crate) fn origin(self, origin: &'static str) -> Self {
        Self { origin, ..self }
    }

    pub(crate) fn form(self, form: &str) -> Self {
        Self { form: form.into(), ..self }
    }

    pub(crate) fn set(self, name: &'static str, value: &str) -> Self {
        let mut call = self.without(name);
        call.parameters.push((name, value.into()));
        call
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.parameters.retain(|(known, _)| *known != name);
        self
    }

    /// The value of `Authorization`.
    pub(crate) fn header(&self) -> String {
        let origin: Origin = self.origin.parse().expect("an origin");
        let mut request = sign::Request::new(self.verb, &origin, self.target)
            .form(self.form.as_bytes())
            .client(&self.client.id, &Secret::from(self.client.secret.as_str()));
        if let Some(token) = &self.token {
            request = request.token(&token.id, &Secret::from(token.secret.as_str()));
        }
        let named = self.parameters.iter();
        let request = named.fold(request, |request, (name, value)| request.parameter(name, value));
        request.sign(&HmacSha1).expect("a request that a server can read").header()
    }

    /// The request's head: method, target, credentials, media type.
    pub(crate) fn head(&self) -> request::Builder {
        let head =
            Request::builder().method(self.verb).uri(self.target).header("authorization", self.header());
        if self.form.is_empty() { head } else { head.header("content-type", FORM) }
    }

    /// The whole request, for a service that is called without a socket.
    pub(crate) fn request(&self) -> Request<Body> {
        let head = self.head().header("host", "photos.example.net");
        head.body(Body::from(self.form.clone())).expect("a request")
    }

    /// The whole request, over the socket.
    pub(crate) async fn send(&self, server: &Served) -> Reply {
        send(server, self.head(), &self.form).await
    }
}

pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<_> =
        pairs.iter().map(|(name, value)| format!("{name}={}", percent::encode(value))).collect();
    pairs.join("&")
}

pub(crate) fn printer() -> ClientRecord {
    let mut printer = ClientRecord::with_secret("dpf43f3p2l4k3l03", "kd94hf93k423kf44", "Printer");
    printer.callbacks = vec!["https://printer.example.com/ready".into()];
    printer.allow_oob = true;
    printer.two_legged = true;
    printer.scopes = vec!["read".into()];
    printer
}

#[derive(Clone)]
struct ManualClock(Arc<AtomicU64>);

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.0.load(Ordering::SeqCst))
    }
}

/// Bytes that differ each time and are the same in every run.
struct Counted(AtomicU64);

impl Random for Counted {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let word = self.0.fetch_add(1, Ordering::SeqCst).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            chunk.copy_from_slice(&(word ^ (word >> 29)).to_be_bytes()[..chunk.len()]);
        }
    }
}

pub(crate) const NOW: u64 = 1_700_000_000;
pub(crate) const ORIGIN: &str = "https://photos.example.net";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
