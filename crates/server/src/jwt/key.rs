//! One key pair that signs: made, kept as text, its public half published.

use aws_lc_rs::{
    error::Unspecified,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair},
};
use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use countersign_core::Timestamp;
use serde_json::{Value, json};
use std::fmt::Write as _;
use zeroize::Zeroizing;

/// How a token is signed ([RFC 7518 §3.4](https://www.rfc-editor.org/rfc/rfc7518#section-3.4),
/// [RFC 8037 §3.1](https://www.rfc-editor.org/rfc/rfc8037#section-3.1)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    EdDsa,
    Es256,
}

impl Algorithm {
    /// As `alg` has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::EdDsa, Self::Es256].into_iter().find(|algorithm| algorithm.name() == name)
    }
}

/// A key pair, its name and its times.
///
/// # Security
///
/// It has no `Debug` and no `Display`; the pair lives in the cryptographic library's memory, which wipes what it frees.
pub(crate) struct Key {
    pub(crate) kid: String,
    pub(crate) algorithm: Algorithm,
    pub(crate) made: Timestamp,
    /// Until then it is only published.
    pub(crate) signs_from: Timestamp,
    /// A token's first part, the same for all that it signs.
    head: String,
    pair: Pair,
}

enum Pair {
    Ed(Ed25519KeyPair),
    Ec(EcdsaKeyPair),
}

impl Key {
    pub(crate) fn generate(
        algorithm: Algorithm,
        made: Timestamp,
        signs_from: Timestamp,
    ) -> Result<Self, Unspecified> {
        let pair = match algorithm {
            Algorithm::EdDsa => Pair::Ed(Ed25519KeyPair::generate()?),
            Algorithm::Es256 => Pair::Ec(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?),
        };
        let mut id = [0; 4];
        aws_lc_rs::rand::fill(&mut id)?;
        let kid = id.iter().fold(String::from("j"), |mut text, byte| {
            // OK because a string takes all that is written
            let _ = write!(text, "{byte:02x}");
            text
        });
        Ok(Self::new(kid, algorithm, made, signs_from, pair))
    }

    /// Reads what [`to_line`](Self::to_line) wrote.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split_ascii_whitespace();
        let (kid, algorithm) = (fields.next()?, Algorithm::named(fields.next()?)?);
        let mut time = || Timestamp::parse(fields.next()?).ok();
        let (made, signs_from) = (time()?, time()?);
        let private = Zeroizing::new(Base64::decode_vec(fields.next()?).ok()?);
        if fields.next().is_some() || !kid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let pair = match algorithm {
            Algorithm::EdDsa => Pair::Ed(Ed25519KeyPair::from_pkcs8(&private).ok()?),
            Algorithm::Es256 => {
                Pair::Ec(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &private).ok()?)
            }
        };
        Some(Self::new(kid.into(), algorithm, made, signs_from, pair))
    }

    fn new(kid: String, algorithm: Algorithm, made: Timestamp, signs_from: Timestamp, pair: Pair) -> Self {
        let head = json!({ "alg": algorithm.name(), "kid": kid, "typ": "JWT" }).to_string();
        let head = Base64UrlUnpadded::encode_string(head.as_bytes());
        Self { kid, algorithm, made, signs_from, head, pair }
    }

    /// `kid algorithm made signs-from PKCS#8`, for the file.
    pub(crate) fn to_line(&self) -> Result<Zeroizing<String>, Unspecified> {
        let private = match &self.pair {
            Pair::Ed(pair) => pair.to_pkcs8v1()?,
            Pair::Ec(pair) => pair.to_pkcs8v1()?,
        };
        let private = Zeroizing::new(Base64::encode_string(private.as_ref()));
        let (made, signs_from) = (self.made.seconds(), self.signs_from.seconds());
        let (kid, algorithm) = (&self.kid, self.algorithm.name());
        Ok(Zeroizing::new(format!("{kid} {algorithm} {made} {signs_from} {}\n", *private)))
    }

    /// A token around these claims, in compact form ([RFC 7515 §7.1](https://www.rfc-editor.org/rfc/rfc7515#section-7.1)).
    pub(crate) fn sign(&self, claims: &[u8]) -> Result<String, Unspecified> {
        let mut token = [&self.head, ".", &Base64UrlUnpadded::encode_string(claims)].concat();
        let signature = match &self.pair {
            Pair::Ed(pair) => pair.try_sign(token.as_bytes())?,
            Pair::Ec(pair) => pair.sign(&SystemRandom::new(), token.as_bytes())?,
        };
        token.push('.');
        token.push_str(&Base64UrlUnpadded::encode_string(signature.as_ref()));
        Ok(token)
    }

    /// The public half ([RFC 7517 §4](https://www.rfc-editor.org/rfc/rfc7517#section-4)).
    pub(crate) fn to_jwk(&self) -> Value {
        let text = Base64UrlUnpadded::encode_string;
        let (kid, alg) = (&self.kid, self.algorithm.name());
        match &self.pair {
            Pair::Ed(pair) => {
                let x = text(pair.public_key().as_ref());
                json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "alg": alg, "use": "sig" })
            }
            Pair::Ec(pair) => {
                // An uncompressed point: a mark, then two coordinates of equal length.
                let (x, y) = pair.public_key().as_ref()[1..].split_at(COORDINATE);
                let (x, y) = (text(x), text(y));
                json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": kid, "alg": alg, "use": "sig" })
            }
        }
    }
}

/// Bytes of a coordinate on P-256.
const COORDINATE: usize = 32;
