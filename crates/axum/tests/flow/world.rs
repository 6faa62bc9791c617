//! A provider whose clock is in the test's hands, and requests that its clients are about to sign.

use crate::flow::wire::{Reply, Served, send, value};
use countersign_core::{HmacSha1, Origin, Secret, Timestamp, percent, sign};
use countersign_provider::{Builder, Clock, Incoming, Pending, Provider, Random};
use countersign_store::{ClientRecord, MemoryStore};
use http::{Request, request};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

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
        let header = self.call("POST", "/initiate").set("oauth_callback", callback).header();
        let fields = [("host", &b"photos.example.net"[..]), ("authorization", header.as_bytes())];
        let incoming = Incoming::new("POST", "/initiate", &fields).tls(true);
        Credentials::read(&self.provider.initiate(&incoming).await.expect("temporary credentials").body)
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
        let header = call.header();
        let fields = [("host", &b"photos.example.net"[..]), ("authorization", header.as_bytes())];
        let incoming = Incoming::new("POST", "/token", &fields).tls(true);
        Credentials::read(&self.provider.exchange(&incoming).await.expect("token credentials").body)
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
    pub(crate) form: String,
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
        self.signed(|signed| signed.header())
    }

    /// The protocol parameters as a query or a form carries them.
    pub(crate) fn parameters(&self) -> String {
        self.signed(|signed| signed.form_encoded())
    }

    fn signed(&self, told: impl FnOnce(&sign::Signed<'_>) -> String) -> String {
        let origin: Origin = self.origin.parse().expect("an origin");
        let mut request = sign::Request::new(self.verb, &origin, self.target)
            .form(self.form.as_bytes())
            .client(&self.client.id, &Secret::from(self.client.secret.as_str()));
        if let Some(token) = &self.token {
            request = request.token(&token.id, &Secret::from(token.secret.as_str()));
        }
        let named = self.parameters.iter();
        let request = named.fold(request, |request, (name, value)| request.parameter(name, value));
        told(&request.sign(&HmacSha1).expect("a request that a server can read"))
    }

    /// The request's head: method, target, credentials, media type.
    pub(crate) fn head(&self) -> request::Builder {
        let head =
            Request::builder().method(self.verb).uri(self.target).header("authorization", self.header());
        if self.form.is_empty() { head } else { head.header("content-type", FORM) }
    }

    /// The whole request, over the socket.
    pub(crate) async fn send(&self, server: &Served) -> Reply {
        send(server, self.head(), &self.form).await
    }
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

    /// As an endpoint hands them out.
    pub(crate) fn read(form: &str) -> Self {
        let value = |name| value(form, name).unwrap_or_else(|| panic!("no {name}: {form}"));
        Self { id: value("oauth_token"), secret: value("oauth_token_secret") }
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
