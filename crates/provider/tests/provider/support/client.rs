//! A client that signs what it is told to, and the request as it lies on the wire.

use countersign_core::{BaseString, HmacSha1, Origin, Secret, SigningMethod, sign};
use countersign_provider::Incoming;
use std::sync::Arc;

/// An identifier and its secret, in the clear: a test may look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Credentials {
    pub(crate) fn new(id: &str, secret: &str) -> Self {
        Self { id: id.into(), secret: secret.into() }
    }
}

/// A request that is about to be signed.
#[derive(Clone)]
pub(crate) struct Call {
    verb: &'static str,
    target: String,
    client: Credentials,
    token: Option<Credentials>,
    origin: String,
    parameters: Vec<(&'static str, String)>,
    realm: Option<&'static str>,
    form: String,
    body: Option<String>,
    method: Arc<dyn SigningMethod + Send + Sync>,
    forged: bool,
}

impl Call {
    pub(crate) fn new(verb: &'static str, target: &str, client: Credentials, origin: &str) -> Self {
        Self {
            verb,
            target: target.into(),
            client,
            token: None,
            origin: origin.into(),
            parameters: Vec::new(),
            realm: None,
            form: String::new(),
            body: None,
            method: Arc::new(HmacSha1),
            forged: false,
        }
    }

    pub(crate) fn verb(self, verb: &'static str) -> Self {
        Self { verb, ..self }
    }

    pub(crate) fn target(self, target: &str) -> Self {
        Self { target: target.into(), ..self }
    }

    pub(crate) fn by(self, client: Credentials) -> Self {
        Self { client, ..self }
    }

    pub(crate) fn token(self, token: &Credentials) -> Self {
        Self { token: Some(token.clone()), ..self }
    }

    pub(crate) fn at(self, seconds: u64) -> Self {
        self.set("oauth_timestamp", &seconds.to_string())
    }

    pub(crate) fn nonce(self, nonce: &str) -> Self {
        self.set("oauth_nonce", nonce)
    }

    pub(crate) fn callback(self, callback: &str) -> Self {
        self.set("oauth_callback", callback)
    }

    pub(crate) fn verifier(self, verifier: &str) -> Self {
        self.set("oauth_verifier", verifier)
    }

    pub(crate) fn realm(self, realm: &'static str) -> Self {
        Self { realm: Some(realm), ..self }
    }

    pub(crate) fn form(self, form: &str) -> Self {
        Self { form: form.into(), ..self }
    }

    /// A body that is no form, and its hash.
    pub(crate) fn body(self, body: &str) -> Self {
        Self { body: Some(body.into()), ..self }
    }

    /// What the client takes for the server's origin.
    pub(crate) fn origin(self, origin: &str) -> Self {
        Self { origin: origin.into(), ..self }
    }

    pub(crate) fn method(self, method: impl SigningMethod + Send + Sync + 'static) -> Self {
        Self { method: Arc::new(method), ..self }
    }

    /// Signed by someone who has no secret.
    pub(crate) fn forged(self) -> Self {
        Self { forged: true, ..self }
    }

    /// Sets a parameter of the header.
    pub(crate) fn set(self, name: &'static str, value: &str) -> Self {
        let mut call = self.without(name);
        call.parameters.push((name, value.into()));
        call
    }

    /// Leaves a parameter of the header out.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.parameters.retain(|(known, _)| *known != name);
        self
    }

    pub(crate) fn sign(&self) -> Wire {
        let origin: Origin = self.origin.parse().expect("an origin");
        let honest = self.request(&origin, &self.client.secret).sign(&Shared(&*self.method));
        let honest = honest.expect("a request that a server can read");
        let forged = self.request(&origin, "a secret of nobody").sign(&Shared(&*self.method));
        let sent = if self.forged { forged.expect("the same request") } else { honest };
        let authority = origin.authority().as_bytes().to_vec();
        Wire {
            verb: self.verb,
            target: self.target.clone(),
            fields: vec![("host", authority), ("authorization", sent.header().into_bytes())],
            form: self.form.clone(),
            body: self.body.clone(),
            encoded: sent.form_encoded(),
            private: self.private(sent.signature(), &origin),
            ..Wire::default()
        }
    }

    /// What no answer may hold, the signature that would have been right above all.
    fn private(&self, sent: &str, origin: &Origin) -> Vec<String> {
        let honest = self.request(origin, &self.client.secret).sign(&Shared(&*self.method));
        let expected = honest.expect("the same request").signature().to_owned();
        let token = self.token.iter().flat_map(|token| [token.id.clone(), token.secret.clone()]);
        let parameters = self.parameters.iter().map(|(_, value)| value.clone());
        let named = parameters.chain(token).chain([self.client.secret.clone(), sent.into(), expected]);
        named.filter(|value| value.len() >= TELLING && value.parse::<u64>().is_err()).collect()
    }

    fn request<'a>(&'a self, origin: &'a Origin, secret: &str) -> sign::Request<'a> {
        let mut request = sign::Request::new(self.verb, origin, &self.target)
            .form(self.form.as_bytes())
            .client(&self.client.id, &Secret::from(secret));
        if let Some(token) = &self.token {
            request = request.token(&token.id, &Secret::from(token.secret.as_str()));
        }
        if let Some(realm) = self.realm {
            request = request.realm(realm);
        }
        if let Some(body) = &self.body {
            request = request.body(body.as_bytes());
        }
        self.parameters.iter().fold(request, |request, (name, value)| request.parameter(name, value))
    }
}

/// A request as it lies on the wire: it can be sent again, and tampered with.
#[derive(Clone)]
pub(crate) struct Wire {
    verb: &'static str,
    target: String,
    fields: Vec<(&'static str, Vec<u8>)>,
    form: String,
    body: Option<String>,
    encoded: String,
    authority: Option<&'static str>,
    http_11: bool,
    tls: bool,
    peer: &'static str,
    pub(crate) private: Vec<String>,
}

impl Default for Wire {
    fn default() -> Self {
        Self {
            verb: "GET",
            target: "/".into(),
            fields: vec![("host", b"photos.example.net".to_vec())],
            form: String::new(),
            body: None,
            encoded: String::new(),
            authority: None,
            http_11: true,
            tls: true,
            peer: "192.0.2.1",
            private: Vec::new(),
        }
    }
}

impl Wire {
    pub(crate) fn over_http(self) -> Self {
        Self { tls: false, ..self }
    }

    pub(crate) fn from(self, peer: &'static str) -> Self {
        Self { peer, ..self }
    }

    pub(crate) fn http_2(self, authority: &'static str) -> Self {
        Self { authority: Some(authority), http_11: false, ..self }
    }

    /// The target in absolute form.
    pub(crate) fn absolute(self, authority: &'static str) -> Self {
        Self { authority: Some(authority), ..self }
    }

    /// Adds a header field.
    pub(crate) fn field(mut self, name: &'static str, value: &str) -> Self {
        self.fields.push((name, value.as_bytes().to_vec()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(known, _)| *known != name);
        self
    }

    pub(crate) fn host(self, host: &str) -> Self {
        self.without("host").field("host", host)
    }

    pub(crate) fn verb(self, verb: &'static str) -> Self {
        Self { verb, ..self }
    }

    pub(crate) fn target(self, target: &str) -> Self {
        Self { target: target.into(), ..self }
    }

    /// Another body on its way, the header as it was; `None` takes it away.
    pub(crate) fn body(self, body: Option<&str>) -> Self {
        Self { body: body.map(Into::into), ..self }
    }

    pub(crate) fn header(&self) -> String {
        let (_, value) = self.fields.iter().find(|(name, _)| *name == "authorization").expect("a header");
        String::from_utf8(value.clone()).expect("text")
    }

    /// Rewrites the `Authorization` header on its way.
    pub(crate) fn rewritten(self, from: &str, to: &str) -> Self {
        let header = self.header();
        assert!(header.contains(from), "{header} does not hold {from}");
        self.without("authorization").field("authorization", &header.replace(from, to))
    }

    /// The same credentials, as parameters of the query.
    pub(crate) fn in_query(self) -> Self {
        let glue = if self.target.contains('?') { "&" } else { "?" };
        let target = [&self.target, glue, &self.encoded].concat();
        Self { target, ..self.without("authorization") }
    }

    /// The same credentials, as parameters of the form.
    pub(crate) fn in_form(self) -> Self {
        let glue = if self.form.is_empty() { "" } else { "&" };
        let form = [&self.form, glue, &self.encoded].concat();
        Self { form, ..self.without("authorization") }
    }

    pub(crate) fn incoming<'a>(&'a self, fields: &'a [(&'a str, &'a [u8])]) -> Incoming<'a> {
        let incoming = Incoming::new(self.verb, &self.target, fields)
            .authority(self.authority)
            .needs_host(self.http_11)
            .peer(Some(self.peer.parse().expect("an address")))
            .tls(self.tls);
        match &self.body {
            Some(body) => incoming.body(body.as_bytes()),
            None if self.form.is_empty() => incoming,
            None => incoming.form(self.form.as_bytes()),
        }
    }

    pub(crate) fn fields(&self) -> Vec<(&str, &[u8])> {
        self.fields.iter().map(|(name, value)| (*name, value.as_slice())).collect()
    }
}

/// A method behind a reference, since `sign` takes one of a known size.
struct Shared<'a>(&'a (dyn SigningMethod + Send + Sync));

impl SigningMethod for Shared<'_> {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn sign(&self, base: &BaseString, client_secret: &Secret, token_secret: &Secret) -> String {
        self.0.sign(base, client_secret, token_secret)
    }

    fn hash_body(&self, body: &[u8]) -> String {
        self.0.hash_body(body)
    }
}

/// A shorter value may stand in an answer by chance.
const TELLING: usize = 6;
