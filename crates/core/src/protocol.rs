//! The protocol parameters, each at most once and from one source ([RFC 5849 §3.1], [§3.2]).
//!
//! [RFC 5849 §3.1]: https://www.rfc-editor.org/rfc/rfc5849#section-3.1
//! [§3.2]: https://www.rfc-editor.org/rfc/rfc5849#section-3.2

use crate::{
    credentials::{ClientId, has_control},
    error::{ParseError, Reason},
    params::Source,
    percent::{self, Raw},
    signature::{Methods, Signature, SignatureMethod},
    timestamp::{Nonce, Timestamp},
};
use alloc::{borrow::Cow, sync::Arc, vec::Vec};
use core::fmt;

/// The nine parameters that the RFC names; other `oauth_` names are ordinary, signed parameters.
///
/// Values are decoded once, and are UTF-8 without control characters.
#[derive(Clone)]
pub struct ProtocolParams<'a> {
    values: [Option<Cow<'a, str>>; NAMES.len()],
    source: Source,
}

/// What a signed request presents, its static checks passed: the client, perhaps a token, a method that is accepted, a
/// timestamp and a nonce where that method needs them.
#[derive(Clone)]
pub struct Presented<'a> {
    /// Who signed.
    pub client: ClientId,
    /// `oauth_token`, unless it is absent or empty.
    pub token: Option<&'a str>,
    /// The accepted method that the request names.
    pub method: Arc<dyn SignatureMethod>,
    /// When and with which nonce; `None` for a method that ignores both.
    pub stamp: Option<(Timestamp, Nonce<'a>)>,
    /// The signature as it was sent, decoded once.
    pub signature: Signature<'a>,
}

impl<'a> ProtocolParams<'a> {
    /// Which of the three places the parameters came from.
    #[must_use]
    pub fn source(&self) -> Source {
        self.source
    }

    /// `oauth_callback`.
    #[must_use]
    pub fn callback(&self) -> Option<&str> {
        self.value(CALLBACK)
    }

    /// `oauth_consumer_key`.
    #[must_use]
    pub fn client(&self) -> Option<&str> {
        self.value(CONSUMER_KEY)
    }

    /// `oauth_token`; an empty one counts as absent.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.value(TOKEN).filter(|token| !token.is_empty())
    }

    /// `oauth_signature_method`.
    #[must_use]
    pub fn signature_method(&self) -> Option<&str> {
        self.value(SIGNATURE_METHOD)
    }

    /// `oauth_verifier`.
    #[must_use]
    pub fn verifier(&self) -> Option<&str> {
        self.value(VERIFIER)
    }

    /// Runs the static checks of [RFC 5849 §3.2]: version, method, required parameters, form of timestamp and nonce.
    ///
    /// # Errors
    ///
    /// [`ParseError::VersionRejected`], [`Missing`](ParseError::Missing), [`MethodRejected`](ParseError::MethodRejected)
    /// or [`Rejected`](ParseError::Rejected).
    ///
    /// [RFC 5849 §3.2]: https://www.rfc-editor.org/rfc/rfc5849#section-3.2
    pub fn present(&self, methods: &Methods) -> Result<Presented<'_>, ParseError> {
        if self.value(VERSION).is_some_and(|version| version != "1.0") {
            return Err(ParseError::VersionRejected);
        }
        let method = self.value(SIGNATURE_METHOD).map(|name| methods.find(name));
        let stamped = method.is_none_or(|found| found.is_none_or(|method| method.guards_replay()));
        self.require(stamped)?;
        let method = method.flatten().ok_or(ParseError::MethodRejected)?;
        let client = ClientId::new(self.required(CONSUMER_KEY))
            .map_err(|bad| ParseError::Rejected(NAMES[CONSUMER_KEY], bad.into()))?;
        if self.token().is_some_and(|token| token.len() > 255) {
            return Err(ParseError::Rejected(NAMES[TOKEN], Reason::TooLong));
        }
        Ok(Presented {
            client,
            token: self.token(),
            method: Arc::clone(method),
            stamp: if stamped { Some(self.stamp()?) } else { None },
            signature: Signature::new(self.required(SIGNATURE)),
        })
    }

    fn stamp(&self) -> Result<(Timestamp, Nonce<'_>), ParseError> {
        let rejected = |name: usize| move |reason| ParseError::Rejected(NAMES[name], reason);
        Ok((
            Timestamp::parse(self.required(TIMESTAMP)).map_err(rejected(TIMESTAMP))?,
            Nonce::new(self.required(NONCE)).map_err(rejected(NONCE))?,
        ))
    }

    fn require(&self, stamped: bool) -> Result<(), ParseError> {
        let always = [CONSUMER_KEY, SIGNATURE_METHOD, SIGNATURE];
        let with_stamp: &[usize] = if stamped { &[TIMESTAMP, NONCE] } else { &[] };
        let absent = |name: &&usize| self.values[**name].is_none();
        let missing: Vec<_> =
            always.iter().chain(with_stamp).filter(absent).map(|name| NAMES[*name]).collect();
        if missing.is_empty() { Ok(()) } else { Err(ParseError::Missing(missing)) }
    }

    fn required(&self, name: usize) -> &str {
        self.value(name).unwrap_or_default()
    }

    fn value(&self, name: usize) -> Option<&str> {
        self.values[name].as_deref()
    }
}

/// Names alone: under `PLAINTEXT` the signature is the secrets.
impl fmt::Debug for ProtocolParams<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = NAMES.iter().zip(&self.values).filter(|(_, value)| value.is_some()).map(|(name, _)| name);
        f.debug_set().entries(named).finish()
    }
}

/// Picks the protocol parameters out while the others pass by; a second one of a name, or of another place, is refused.
#[derive(Default)]
pub(crate) struct Picker<'a> {
    raw: [Option<Raw<'a>>; NAMES.len()],
    source: Option<Source>,
}

impl<'a> Picker<'a> {
    /// Takes a protocol parameter and tells whether the pair is the signature, which no base string holds.
    #[inline]
    pub(crate) fn pick(&mut self, source: Source, name: Raw<'_>, value: Raw<'a>) -> Result<bool, ParseError> {
        let Some(slot) = slot(source, name) else { return Ok(false) };
        match self.source {
            _ if self.raw[slot].is_some() => return Err(ParseError::Duplicate(NAMES[slot])),
            Some(first) if first != source => return Err(ParseError::ManySources(first, source)),
            _ => self.source = Some(source),
        }
        self.raw[slot] = Some(value);
        Ok(slot == SIGNATURE)
    }

    /// Decodes what was picked.
    pub(crate) fn finish(self) -> Result<ProtocolParams<'a>, ParseError> {
        let source = self.source.ok_or(ParseError::NoCredentials)?;
        let mut values = [const { None }; NAMES.len()];
        for ((value, raw), name) in values.iter_mut().zip(&self.raw).zip(NAMES) {
            match *raw {
                None => {}
                // OK because unreserved characters are ASCII.
                Some(Raw { text, plain: true }) => {
                    *value = Some(Cow::Borrowed(core::str::from_utf8(text).unwrap_or_default()));
                }
                Some(raw) => *value = Some(text(name, source, raw.text)?),
            }
        }
        Ok(ProtocolParams { values, source })
    }
}

/// A name may be sent encoded; every letter of ours is unreserved, so few are.
fn slot(source: Source, name: Raw<'_>) -> Option<usize> {
    if name.plain { known(name.text) } else { known(&percent::decode_as(name.text, source.plus()).ok()?) }
}

fn known(name: &[u8]) -> Option<usize> {
    Some(match name.strip_prefix(PREFIX)? {
        b"consumer_key" => CONSUMER_KEY,
        b"token" => TOKEN,
        b"signature_method" => SIGNATURE_METHOD,
        b"signature" => SIGNATURE,
        b"timestamp" => TIMESTAMP,
        b"nonce" => NONCE,
        b"version" => VERSION,
        b"callback" => CALLBACK,
        b"verifier" => VERIFIER,
        _ => return None,
    })
}

fn text<'a>(name: &'static str, source: Source, raw: &'a [u8]) -> Result<Cow<'a, str>, ParseError> {
    let rejected = |reason| ParseError::Rejected(name, reason);
    let decoded = percent::decode_as(raw, source.plus()).map_err(|_| ParseError::BadEscape(source))?;
    let text = match decoded {
        Cow::Borrowed(bytes) => {
            core::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| rejected(Reason::Utf8))?
        }
        Cow::Owned(bytes) => {
            alloc::string::String::from_utf8(bytes).map(Cow::Owned).map_err(|_| rejected(Reason::Utf8))?
        }
    };
    if has_control(&text) {
        return Err(rejected(Reason::Control));
    }
    Ok(text)
}

const PREFIX: &[u8] = b"oauth_";
const NAMES: [&str; 9] = [
    "oauth_consumer_key",
    "oauth_token",
    "oauth_signature_method",
    "oauth_signature",
    "oauth_timestamp",
    "oauth_nonce",
    "oauth_version",
    "oauth_callback",
    "oauth_verifier",
];
const CONSUMER_KEY: usize = 0;
const TOKEN: usize = 1;
const SIGNATURE_METHOD: usize = 2;
const SIGNATURE: usize = 3;
const TIMESTAMP: usize = 4;
const NONCE: usize = 5;
const VERSION: usize = 6;
const CALLBACK: usize = 7;
const VERIFIER: usize = 8;
