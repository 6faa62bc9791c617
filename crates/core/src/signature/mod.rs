//! Signature methods: what they need, how they verify, which are accepted ([RFC 5849 §3.4]).
//!
//! [RFC 5849 §3.4]: https://www.rfc-editor.org/rfc/rfc5849#section-3.4

mod hmac;
mod plaintext;
#[cfg(feature = "rsa")]
pub mod rsa;

pub use self::hmac::{HmacSha1, HmacSha256, HmacSha512};
pub use plaintext::Plaintext;
#[cfg(feature = "rsa")]
pub use rsa::{RsaSha1, RsaSha256, RsaSha512};

use crate::{
    base_string::BaseString,
    body_hash,
    error::{BadKey, BadSignature},
    percent,
    secret::Secret,
};
use alloc::{boxed::Box, string::String, sync::Arc, vec::Vec};
use base64::{Engine, engine::general_purpose::STANDARD};
use core::fmt;
use zeroize::Zeroizing;

/// A way to sign a base string. Implement it to add your own; it *compares inside* and hands out no digest.
///
/// A method prepares keys once (a keyed MAC state, a parsed RSA key) and the result verifies many requests. It also
/// decodes the signature itself, since not every method's signature is base64.
///
/// # Security
///
/// Compare in constant time, over the full length. The name is part of what is signed, so a client cannot be moved
/// from one method to another; [`kind`](Self::kind) keeps a client that has a secret from being verified with a key.
pub trait SignatureMethod: Send + Sync {
    /// The value of `oauth_signature_method`, compared byte by byte.
    fn name(&self) -> &str;

    /// Which clients may use it.
    fn kind(&self) -> KeyKind;

    /// Readies the keys of one client and, perhaps, one token.
    ///
    /// # Errors
    ///
    /// [`BadKey`] for a key of another kind, or one that cannot be read.
    fn prepare(&self, keys: &Keys<'_>) -> Result<Box<dyn PreparedKey>, BadKey>;

    /// Whether the base string is signed, with timestamp and nonce; true but for `PLAINTEXT`.
    fn guards_replay(&self) -> bool {
        true
    }

    /// The base64 text that `oauth_body_hash` must have for `body`: of the method's own hash, SHA-1 unless it says otherwise.
    fn hash_body(&self, body: &[u8]) -> String {
        body_hash::encoded::<sha1::Sha1>(body)
    }

    /// Stands in for an unknown client's key, so that refusing it takes as long: it recomputes, and always refuses.
    fn dummy(&self) -> Box<dyn PreparedKey> {
        let secret = Secret::from("a client that does not exist");
        let public_key = if self.kind() == KeyKind::PublicKey { dummy_key() } else { None };
        let keys = Keys { client_secret: &secret, token_secret: &secret, public_key };
        Box::new(Refusing(self.prepare(&keys).ok()))
    }
}

/// Keys of one client and token, ready to verify any number of requests.
pub trait PreparedKey: Send + Sync {
    /// Recomputes and compares, in constant time ([RFC 5849 §3.2]).
    ///
    /// # Errors
    ///
    /// [`BadSignature`], whatever the reason.
    ///
    /// [RFC 5849 §3.2]: https://www.rfc-editor.org/rfc/rfc5849#section-3.2
    fn verify(&self, base: &BaseString, signature: &Signature<'_>) -> Result<(), BadSignature>;
}

/// Does the work of a key and throws its verdict away: nobody may sign with a key that stands for nobody.
struct Refusing(Option<Box<dyn PreparedKey>>);

impl PreparedKey for Refusing {
    fn verify(&self, base: &BaseString, signature: &Signature<'_>) -> Result<(), BadSignature> {
        if let Some(key) = &self.0 {
            // OK because whatever it says, the answer is no
            let _ = core::hint::black_box(key.verify(base, signature));
        }
        Err(BadSignature)
    }
}

/// A way to make signatures: the client's side of a method.
pub trait SigningMethod {
    /// The value of `oauth_signature_method`.
    fn name(&self) -> &str;

    /// The text of `oauth_signature`, not yet percent-encoded.
    fn sign(&self, base: &BaseString, client_secret: &Secret, token_secret: &Secret) -> String;

    /// The base64 text of `oauth_body_hash` for `body`: the same as [`SignatureMethod::hash_body`] gives at the other end.
    fn hash_body(&self, body: &[u8]) -> String {
        body_hash::encoded::<sha1::Sha1>(body)
    }
}

/// What a method's keys are made of; a client has one of the two, so no request can choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// Client secret and token secret.
    SharedSecret,
    /// The client's public key.
    PublicKey,
}

/// What is known of a client and its token when a method prepares.
#[derive(Clone, Copy, Debug)]
pub struct Keys<'a> {
    /// The client's secret; empty where it has a public key.
    pub client_secret: &'a Secret,
    /// The temporary or token credentials' secret; empty where there is none.
    pub token_secret: &'a Secret,
    /// The client's public key.
    pub public_key: Option<&'a PublicKey>,
}

impl Keys<'_> {
    /// Both secrets, each encoded, joined by `&`: the key of HMAC ([RFC 5849 §3.4.2]), the signature of PLAINTEXT.
    ///
    /// [RFC 5849 §3.4.2]: https://www.rfc-editor.org/rfc/rfc5849#section-3.4.2
    #[must_use]
    pub fn shared_secret(&self) -> Zeroizing<Vec<u8>> {
        shared_secret(self.client_secret, self.token_secret)
    }
}

pub(crate) fn shared_secret(client: &Secret, token: &Secret) -> Zeroizing<Vec<u8>> {
    // Large enough from the start: a reallocation would leave a copy behind.
    let mut key = Zeroizing::new(Vec::with_capacity(3 * (client.expose().len() + token.expose().len()) + 1));
    percent::encode_into(&mut key, client.expose().as_bytes());
    key.push(b'&');
    percent::encode_into(&mut key, token.expose().as_bytes());
    key
}

/// A client's public key as DER (SPKI or PKCS#1); the module `rsa` reads one from PEM and checks it.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(Box<[u8]>);

impl PublicKey {
    /// Takes DER as it is: the method that uses it checks it.
    #[must_use]
    pub fn from_der(der: &[u8]) -> Self {
        Self(Box::from(der))
    }

    /// The DER bytes.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} bytes)", self.0.len())
    }
}

/// `oauth_signature`, percent-decoded once; under `PLAINTEXT` it is the secrets, so it is never shown.
#[derive(Clone, Copy)]
pub struct Signature<'a>(&'a str);

impl<'a> Signature<'a> {
    /// Takes the decoded text.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// The text as the client meant it.
    #[must_use]
    pub fn as_str(&self) -> &'a str {
        self.0
    }

    /// Decodes canonical, padded base64 into `buffer`, and nothing else.
    ///
    /// # Errors
    ///
    /// [`BadSignature`] for any other text, and for one that may be longer than the buffer: leave
    /// three bytes more than the signature has.
    pub fn base64<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b [u8], BadSignature> {
        // What was received is no secret, so it need not be decoded in constant time; it is compared so.
        let length = STANDARD.decode_slice(self.0, buffer).map_err(|_| BadSignature)?;
        Ok(&buffer[..length])
    }
}

impl fmt::Debug for Signature<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(***)")
    }
}

/// The signature methods that are accepted, in the order in which they are named to clients.
#[derive(Clone)]
pub struct Methods(Vec<Arc<dyn SignatureMethod>>);

impl Methods {
    /// All HMAC methods and, with the feature `rsa`, all RSA methods. `PLAINTEXT` must be added.
    #[must_use]
    pub fn standard() -> Self {
        let methods = Self(Vec::new()).with(HmacSha1).with(HmacSha256).with(HmacSha512);
        #[cfg(feature = "rsa")]
        let methods = methods.with(RsaSha1).with(RsaSha256).with(RsaSha512);
        methods
    }

    /// Adds a method; one of the same name is replaced.
    #[must_use]
    pub fn with(mut self, method: impl SignatureMethod + 'static) -> Self {
        self.0.retain(|known| known.name() != method.name());
        self.0.push(Arc::new(method));
        self
    }

    /// Keeps only the methods that are named.
    #[must_use]
    pub fn only<S: AsRef<str>>(mut self, names: &[S]) -> Self {
        self.0.retain(|known| names.iter().any(|name| name.as_ref() == known.name()));
        self
    }

    /// The accepted method of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Arc<dyn SignatureMethod>> {
        self.0.iter().find(|method| method.name() == name)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn SignatureMethod>> {
        self.0.iter()
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|method| method.name())
    }
}

impl Default for Methods {
    fn default() -> Self {
        Self::standard()
    }
}

impl fmt::Debug for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

pub(crate) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(feature = "rsa")]
fn dummy_key() -> Option<&'static PublicKey> {
    Some(rsa::dummy_key())
}

#[cfg(not(feature = "rsa"))]
fn dummy_key() -> Option<&'static PublicKey> {
    None
}
