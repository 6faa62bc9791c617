//! A provider whose clock, chance, store and record are in the test's hands, and a client that talks to it.

mod ambient;
mod client;
mod counting;
mod probe;

pub(crate) use ambient::{Captured, ManualClock, Seeded};
pub(crate) use client::{Call, Credentials, Wire};
pub(crate) use counting::{Counting, Counts};
pub(crate) use probe::{CAUSE, Probe};

use countersign_core::{
    ClientId, SignatureMethod, TokenId, Window, percent,
    signature::rsa::{self, RsaSigner},
};
use countersign_provider::{
    Answer, Audience, Builder, Next, Policy, Provider, Rejection, TokenRule, VerifiedRequest,
};
use countersign_store::{ClientKey, ClientRecord, Outcome};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

pub(crate) struct World {
    pub(crate) provider: Provider,
    pub(crate) clock: ManualClock,
    pub(crate) store: Arc<Probe>,
    pub(crate) audit: Captured,
    nonces: AtomicU64,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    /// With other settings.
    pub(crate) fn with(settings: impl FnOnce(Builder) -> Builder) -> Self {
        Self::at(ORIGIN, settings)
    }

    /// With another public URL, and other settings.
    pub(crate) fn at(public_url: &str, settings: impl FnOnce(Builder) -> Builder) -> Self {
        let (clock, audit, store) =
            (ManualClock::starting_at(NOW), Captured::default(), Arc::new(Probe::default()));
        for client in clients() {
            store.memory.put(client);
        }
        let builder = Provider::builder(public_url)
            .shared_store(Arc::<Probe>::clone(&store))
            .clock(clock.clone())
            .random(Seeded::new(7))
            .audit(audit.clone());
        let provider = settings(builder).build().expect("a provider");
        Self { provider, clock, store, audit, nonces: AtomicU64::new(0) }
    }

    /// A request of the printer, stamped with the time and a nonce of its own.
    pub(crate) fn call(&self, verb: &'static str, target: &str) -> Call {
        let nonce = format!("nonce-{:06}", self.nonces.fetch_add(1, Ordering::SeqCst));
        let now = countersign_provider::Clock::now(&self.clock).seconds();
        Call::new(verb, target, printer(), ORIGIN).at(now).nonce(&nonce)
    }

    pub(crate) fn initiation(&self) -> Call {
        self.call("POST", "/initiate").callback(CALLBACK)
    }

    pub(crate) fn redemption(&self, temporary: &Credentials, verifier: &str) -> Call {
        self.call("POST", "/token").token(temporary).verifier(verifier)
    }

    pub(crate) fn request(&self, token: &Credentials) -> Call {
        self.call("GET", "/photos?size=original").token(token)
    }

    pub(crate) async fn initiate(&self, wire: &Wire) -> Said {
        let fields = wire.fields();
        self.answered(self.provider.initiate(&wire.incoming(&fields)).await, wire)
    }

    pub(crate) async fn exchange(&self, wire: &Wire) -> Said {
        let fields = wire.fields();
        self.answered(self.provider.exchange(&wire.incoming(&fields)).await, wire)
    }

    pub(crate) async fn protect(&self, wire: &Wire) -> Said {
        self.protect_by(wire, &Policy::default()).await
    }

    pub(crate) async fn protect_by(&self, wire: &Wire, policy: &Policy) -> Said {
        let fields = wire.fields();
        match self.provider.protect(&wire.incoming(&fields), policy).await {
            Ok(verified) => Said { verified: Some(verified), ..Said::default() },
            Err(rejection) => self.refused(&rejection, Audience::Resource, wire),
        }
    }

    pub(crate) async fn temporary(&self) -> Credentials {
        self.initiate(&self.initiation().sign()).await.credentials()
    }

    /// Jane's yes: the verifier.
    pub(crate) async fn grant(&self, temporary: &Credentials) -> String {
        let pending = self.provider.pending(&temporary.id).await.expect("a pending request");
        verifier(&pending.grant("jane").await.expect("a grant"))
    }

    pub(crate) async fn deny(&self, temporary: &Credentials) -> Next {
        self.provider.pending(&temporary.id).await.expect("pending").deny().await.expect("a denial")
    }

    pub(crate) async fn granted(&self) -> (Credentials, String) {
        let temporary = self.temporary().await;
        let verifier = self.grant(&temporary).await;
        (temporary, verifier)
    }

    pub(crate) async fn token(&self) -> Credentials {
        let (temporary, verifier) = self.granted().await;
        self.exchange(&self.redemption(&temporary, &verifier).sign()).await.credentials()
    }

    pub(crate) async fn revoke(&self, token: &Credentials) {
        let id = TokenId::new(&token.id).expect("an identifier");
        assert_eq!(self.provider.revoke(&id).await.expect("a revocation"), Outcome::Done);
    }

    fn answered(&self, result: Result<Answer, Rejection>, wire: &Wire) -> Said {
        match result {
            Ok(answer) => Said { answer, ..Said::default() },
            Err(rejection) => self.refused(&rejection, Audience::Endpoint, wire),
        }
    }

    /// Every refusal of every test is searched for what must not be in it.
    fn refused(&self, rejection: &Rejection, audience: Audience, wire: &Wire) -> Said {
        let answer = self.provider.refuse(rejection, audience, None);
        let said = Said { status: rejection.status(), code: rejection.code(), answer, verified: None };
        assert_eq!(said.answer.status, said.status);
        let text = format!("{} {rejection}", said.text());
        for private in wire.private.iter().map(String::as_str).chain([CAUSE]) {
            assert!(!text.contains(private), "an answer gives {private} away: {text}");
        }
        said
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) answer: Answer,
    pub(crate) verified: Option<VerifiedRequest>,
}

impl Default for Said {
    fn default() -> Self {
        let answer = Answer { status: 200, fields: Vec::new(), body: String::new(), problem: None };
        Self { status: 200, code: "accepted", answer, verified: None }
    }
}

impl Said {
    pub(crate) fn told(&self) -> (u16, &'static str) {
        (self.status, self.code)
    }

    /// A value of a form-encoded body.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        let pairs = self.answer.body.split('&').filter_map(|pair| pair.split_once('='));
        let mut found = pairs.filter(|(known, _)| *known == name).map(|(_, value)| decoded(value));
        let value = found.next();
        assert!(found.next().is_none(), "{name} comes twice");
        value
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.answer.fields.iter().find(|(known, _)| *known == name).map(|(_, value)| &**value)
    }

    pub(crate) fn credentials(&self) -> Credentials {
        assert_eq!(self.told(), ACCEPTED);
        let value = |name| self.value(name).expect("credentials");
        Credentials { id: value("oauth_token"), secret: value("oauth_token_secret") }
    }

    /// The whole answer, decoded: what a search must not find a secret in.
    pub(crate) fn text(&self) -> String {
        let json = self.field("content-type") == Some("application/problem+json");
        let body = if json { self.answer.body.clone() } else { decoded(&self.answer.body) };
        format!("{:?} {body}", self.answer.fields)
    }
}

pub(crate) fn verifier(next: &Next) -> String {
    match next {
        Next::Redirect(url) => {
            let (_, verifier) = url.split_once("oauth_verifier=").expect("a verifier");
            verifier.split('&').next().unwrap_or_default().into()
        }
        Next::ShowVerifier(code) => code.clone(),
        Next::ShowDenied => panic!("a grant, not a denial"),
    }
}

fn decoded(text: &str) -> String {
    let bytes = percent::decode(text.as_bytes()).expect("escapes").into_owned();
    String::from_utf8(bytes).expect("text")
}

pub(crate) fn printer() -> Credentials {
    Credentials::new("dpf43f3p2l4k3l03", "kd94hf93k423kf44")
}

pub(crate) fn stranger() -> Credentials {
    Credentials::new("stranger", "a-secret-of-the-stranger")
}

/// A client with a public key: it signs with `signer.pem`.
pub(crate) fn signer() -> Credentials {
    Credentials::new("signer", "")
}

fn clients() -> [ClientRecord; 3] {
    let mut printer = ClientRecord::with_secret(&printer().id, &printer().secret, "Printer");
    printer.scopes = ["read", "write"].map(Into::into).into();
    printer.default_scopes = vec!["read".into()];
    let stranger = ClientRecord::with_secret(&stranger().id, &stranger().secret, "Stranger");
    let key = rsa::from_pem(PUBLIC_KEY, 2048).expect("a public key");
    let id = ClientId::new(&signer().id).expect("a client identifier");
    [printer, stranger, ClientRecord::new(id, "Signer", ClientKey::PublicKey(key))].map(|mut client| {
        client.callbacks = vec![CALLBACK.into()];
        client.allow_oob = true;
        client.two_legged = true;
        client
    })
}

/// How the signer signs.
pub(crate) fn with_private_key<M: SignatureMethod>(method: M) -> RsaSigner<M> {
    RsaSigner::from_pem(method, PRIVATE_KEY).expect("a private key")
}

/// A route for clients alone.
pub(crate) fn two_legged() -> Policy {
    Policy::default().token(TokenRule::None)
}

pub(crate) fn window(seconds: u32) -> Option<Window> {
    Some(Window::seconds(seconds))
}

pub(crate) const NOW: u64 = 1_700_000_000;
pub(crate) const ORIGIN: &str = "https://photos.example.net";
pub(crate) const CALLBACK: &str = "https://printer.example.com/ready";
pub(crate) const ACCEPTED: (u16, &str) = (200, "accepted");
const PRIVATE_KEY: &str = include_str!("signer.pem");
pub(crate) const PUBLIC_KEY: &str = include_str!("signer.pub.pem");
