//! The client's side: makes authenticated requests ([RFC 5849 §3.1]).
//!
//! [RFC 5849 §3.1]: https://www.rfc-editor.org/rfc/rfc5849#section-3.1

use crate::{
    authorization,
    base_string::BaseString,
    body_hash::NAME as BODY_HASH,
    error::ParseError,
    origin::Origin,
    params::{Params, Source, pairs},
    percent::{self, Raw},
    secret::Secret,
    signature::SigningMethod,
    timestamp::Timestamp,
};
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

/// A request to be signed; time and nonce are the caller's, so that a test can repeat them.
///
/// # Examples
///
/// ```
/// use countersign_core::{HmacSha1, Origin, Secret, Timestamp, sign::Request};
///
/// let origin: Origin = "http://photos.example.net".parse()?;
/// let signed = Request::new("GET", &origin, "/photos?file=vacation.jpg&size=original")
///     .client("dpf43f3p2l4k3l03", &Secret::from("kd94hf93k423kf44"))
///     .token("nnch734d00sl2jdk", &Secret::from("pfkkdhi9sl3r4s00"))
///     .stamp(Timestamp::from_seconds(137131202), "chapoH")
///     .sign(&HmacSha1)?;
/// assert_eq!(signed.signature(), "MdpQcU8iPSUjWoN/UDMsK2sui9I="); // RFC 5849 §1.2
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Request<'a> {
    method: &'a str,
    origin: &'a Origin,
    target: &'a str,
    form: &'a [u8],
    body: Option<&'a [u8]>,
    realm: Option<&'a str>,
    protocol: Vec<(&'a str, String)>,
    client_secret: Secret,
    token_secret: Secret,
}

impl<'a> Request<'a> {
    /// A request for `target` (path and query, as it will be sent).
    #[must_use]
    pub fn new(method: &'a str, origin: &'a Origin, target: &'a str) -> Self {
        Self {
            method,
            origin,
            target,
            form: b"",
            body: None,
            realm: None,
            protocol: Vec::new(),
            client_secret: Secret::empty(),
            token_secret: Secret::empty(),
        }
    }

    /// Signs a form body too.
    #[must_use]
    pub fn form(mut self, body: &'a [u8]) -> Self {
        self.form = body;
        self
    }

    /// Signs the hash of a body that is no form, as `oauth_body_hash` (OAuth Request Body Hash, draft 4): for a server that
    /// knows the extension. A request without a body states the hash of nothing.
    #[must_use]
    pub fn body(mut self, body: &'a [u8]) -> Self {
        self.body = Some(body);
        self
    }

    /// Client credentials.
    #[must_use]
    pub fn client(mut self, id: &str, secret: &Secret) -> Self {
        self.client_secret = secret.clone();
        self.parameter("oauth_consumer_key", id)
    }

    /// Temporary or token credentials.
    #[must_use]
    pub fn token(mut self, id: &str, secret: &Secret) -> Self {
        self.token_secret = secret.clone();
        self.parameter("oauth_token", id)
    }

    /// Timestamp and nonce: the nonce must be new for every request.
    #[must_use]
    pub fn stamp(self, at: Timestamp, nonce: &str) -> Self {
        self.parameter("oauth_timestamp", &at.seconds().to_string()).parameter("oauth_nonce", nonce)
    }

    /// `oauth_callback`, for temporary credentials.
    #[must_use]
    pub fn callback(self, callback: &str) -> Self {
        self.parameter("oauth_callback", callback)
    }

    /// `oauth_verifier`, for token credentials.
    #[must_use]
    pub fn verifier(self, verifier: &str) -> Self {
        self.parameter("oauth_verifier", verifier)
    }

    /// Any other parameter that is sent with the protocol parameters.
    #[must_use]
    pub fn parameter(mut self, name: &'a str, value: &str) -> Self {
        self.protocol.push((name, value.into()));
        self
    }

    /// The header's realm, which is not signed.
    #[must_use]
    pub fn realm(mut self, realm: &'a str) -> Self {
        self.realm = Some(realm);
        self
    }

    /// Signs it.
    ///
    /// # Errors
    ///
    /// [`ParseError::BadEscape`] for a query or a form that no server could read.
    pub fn sign(mut self, method: &impl SigningMethod) -> Result<Signed<'a>, ParseError> {
        self.protocol.push(("oauth_signature_method", method.name().into()));
        if let Some(body) = self.body {
            self.protocol.push((BODY_HASH, method.hash_body(body)));
        }
        let encoded: Vec<(String, String)> = self
            .protocol
            .iter()
            .map(|(name, value)| (percent::encode(name), percent::encode(value)))
            .collect();
        let base = {
            let (path, query) = self.target.split_once('?').unwrap_or((self.target, ""));
            let mut params = Params::default();
            for (name, value) in pairs(query.as_bytes()) {
                params.push(Source::Query, name, value)?;
            }
            for (name, value) in &encoded {
                params.push(Source::Header, Raw::new(name.as_bytes()), Raw::new(value.as_bytes()))?;
            }
            for (name, value) in pairs(self.form) {
                params.push(Source::Body, name, value)?;
            }
            params.sort();
            BaseString::build(self.method, self.origin, if path.is_empty() { "/" } else { path }, &params)
        };
        let signature = method.sign(&base, &self.client_secret, &self.token_secret);
        Ok(Signed { request: self, base, signature })
    }
}

/// Method, origin and path alone.
impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.target.split('?').next().unwrap_or_default();
        write!(f, "Request({} {}{path})", self.method, self.origin)
    }
}

/// A signed request: ready to be sent in a header, or as parameters of a query or a form.
pub struct Signed<'a> {
    request: Request<'a>,
    base: BaseString,
    signature: String,
}

impl Signed<'_> {
    /// The value of the `Authorization` header ([RFC 5849 §3.5.1](https://www.rfc-editor.org/rfc/rfc5849#section-3.5.1)).
    #[must_use]
    pub fn header(&self) -> String {
        authorization::write(self.request.realm, self.parameters())
    }

    /// The protocol parameters as `name=value&…`, for a query or a form body ([RFC 5849 §3.5.2](https://www.rfc-editor.org/rfc/rfc5849#section-3.5.2)).
    #[must_use]
    pub fn form_encoded(&self) -> String {
        let pairs: Vec<_> = self
            .parameters()
            .map(|(name, value)| format!("{}={}", percent::encode(name), percent::encode(value)))
            .collect();
        pairs.join("&")
    }

    /// What was signed.
    #[must_use]
    pub fn base_string(&self) -> &BaseString {
        &self.base
    }

    /// The text of `oauth_signature`, not yet percent-encoded.
    #[must_use]
    pub fn signature(&self) -> &str {
        &self.signature
    }

    fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        let signature = ("oauth_signature", self.signature.as_str());
        self.request.protocol.iter().map(|(name, value)| (*name, value.as_str())).chain([signature])
    }
}
