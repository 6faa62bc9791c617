//! What an attacker may try with a request alone, and that each attempt is refused for the reason that the rules name.
//!
//! What needs a store or a clock (replay, other people's tokens, expired credentials) is tried on the provider.

#![expect(clippy::unwrap_used, reason = "a request that cannot be made fails the test")]

#[path = "attacks/parameters.rs"]
mod parameters;
#[path = "attacks/protocol.rs"]
mod protocol;
#[cfg(feature = "rsa-sign")]
#[path = "attacks/rsa.rs"]
mod rsa;
#[path = "attacks/signatures.rs"]
mod signatures;

use countersign_core::{
    BaseString, Methods, Origin, ParseError, ParsedRequest, Plaintext, RequestView, Secret, SigningMethod,
};
use std::sync::LazyLock;

/// A request as an attacker writes it.
#[derive(Clone, Debug, Default)]
struct Sent {
    query: String,
    headers: Vec<Vec<u8>>,
    form: Vec<u8>,
}

impl Sent {
    fn query(query: impl Into<String>) -> Self {
        Self { query: query.into(), ..Self::default() }
    }

    fn header(field: impl Into<Vec<u8>>) -> Self {
        Self { headers: vec![field.into()], ..Self::default() }
    }

    fn form(form: impl Into<Vec<u8>>) -> Self {
        Self { form: form.into(), ..Self::default() }
    }

    /// The same pairs in the place of that number: query, header, form.
    fn place(number: usize, pairs: &[(&str, &str)]) -> Self {
        let list: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        match number {
            0 => Self::query(list.join("&")),
            1 => Self::header(header(pairs)),
            _ => Self::form(list.join("&")),
        }
    }

    fn and(mut self, mut other: Self) -> Self {
        self.query = [self.query, other.query].join("&");
        self.headers.append(&mut other.headers);
        self.form = [self.form, other.form].join(b"&".as_slice());
        self
    }

    /// What is refused of it, by `parse` or by `present`.
    fn refusal(&self) -> Option<ParseError> {
        self.refusal_by(&Methods::standard().with(Plaintext))
    }

    fn refusal_by(&self, methods: &Methods) -> Option<ParseError> {
        self.read(|request| match request {
            Ok(request) => request.protocol().present(methods).err(),
            Err(refused) => Some(refused),
        })
    }

    /// The normalised parameters.
    fn normalized(&self) -> String {
        self.read(|request| request.unwrap().base_string().normalized())
    }

    fn token(&self) -> Option<String> {
        self.read(|request| request.unwrap().protocol().token().map(String::from))
    }

    fn read<T>(&self, use_it: impl FnOnce(Result<ParsedRequest<'_>, ParseError>) -> T) -> T {
        let target = format!("/r?{}", self.query);
        let view = RequestView::new("POST", &ORIGIN, &target).form(&self.form);
        use_it(self.headers.iter().fold(view, |view, field| view.authorization(field)).parse())
    }
}

/// An `Authorization` field of these pairs, encoded already.
fn header(pairs: &[(&str, &str)]) -> String {
    let list: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
    format!("OAuth {}", list.join(", "))
}

/// Complete credentials, but for what is given: that takes the place of the parameter of its name.
fn credentials<'a>(changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let others = COMPLETE.iter().filter(|(name, _)| changed.iter().all(|(other, _)| other != name));
    others.chain(changed).copied().collect()
}

/// Complete credentials without the parameters that are named.
fn without(names: &[&str]) -> Vec<(&'static str, &'static str)> {
    COMPLETE.iter().filter(|(name, _)| !names.contains(name)).copied().collect()
}

/// `sign` wants to know its method's type.
struct Borrowed<'a>(&'a dyn SigningMethod);

impl SigningMethod for Borrowed<'_> {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn sign(&self, base: &BaseString, client_secret: &Secret, token_secret: &Secret) -> String {
        self.0.sign(base, client_secret, token_secret)
    }
}

static ORIGIN: LazyLock<Origin> = LazyLock::new(|| "https://example.com".parse().unwrap());

const COMPLETE: &[(&str, &str)] = &[
    ("oauth_consumer_key", "key"),
    ("oauth_signature_method", "HMAC-SHA1"),
    ("oauth_signature", "c2lnbmF0dXJl"),
    ("oauth_timestamp", "137131200"),
    ("oauth_nonce", "nonce"),
];

/// The nine of the RFC; `protocol.rs` of the crate has them in another order.
const NAMES: &[&str] = &[
    "oauth_callback",
    "oauth_consumer_key",
    "oauth_nonce",
    "oauth_signature",
    "oauth_signature_method",
    "oauth_timestamp",
    "oauth_token",
    "oauth_verifier",
    "oauth_version",
];
