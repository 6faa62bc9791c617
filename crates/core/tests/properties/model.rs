//! RFC 5849 §3.4.1 as plainly as it can be written: decode all pairs, encode them, sort them, join them.
//!
//! It shares no code with the crate under test and is in no hurry. Whatever it cannot read is `None`.

use std::collections::BTreeMap;

/// Raw names and values, in the order of arrival.
type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

/// A request as text: what a client sent.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Scheme and authority, normalised, perhaps with a path.
    pub(crate) origin: String,
    /// Path and query.
    pub(crate) target: String,
    /// The `Authorization` field.
    pub(crate) header: Option<Vec<u8>>,
    pub(crate) form: Vec<u8>,
}

/// Everything that a signature covers, and the signature: two requests that mean the same verify alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Meaning {
    /// The signature base string.
    pub(crate) base: String,
    /// Decoded values of the protocol parameters, each as often as it came.
    pub(crate) protocol: BTreeMap<String, Vec<Vec<u8>>>,
    /// How many parameters the base string has.
    pub(crate) parameters: usize,
}

impl Request {
    /// What the request says, or `None` where an escape or the header is broken.
    pub(crate) fn meaning(&self) -> Option<Meaning> {
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        let mut all = Vec::new();
        for (name, value) in pairs(query.as_bytes()).into_iter().chain(pairs(&self.form)) {
            all.push((decode(&name, true)?, decode(&value, true)?));
        }
        for (name, value) in self.header.as_deref().map_or(Some(Vec::new()), header)? {
            if !name.eq_ignore_ascii_case(b"realm") {
                all.push((decode(&name, false)?, decode(&value, false)?));
            }
        }
        let mut protocol = BTreeMap::<String, Vec<_>>::new();
        for (name, value) in &all {
            if let Some(known) = PROTOCOL.iter().find(|known| known.as_bytes() == name) {
                protocol.entry((*known).into()).or_default().push(value.clone());
            }
        }
        all.retain(|(name, _)| name != b"oauth_signature");
        let mut encoded: Vec<_> = all.iter().map(|(name, value)| (encode(name), encode(value))).collect();
        encoded.sort();
        let normalized: Vec<_> = encoded.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let uri = format!("{}{}", self.origin, if path.is_empty() { "/" } else { path });
        let parts = [self.method.to_ascii_uppercase(), uri, normalized.join("&")];
        let base = parts.map(|part| encode(part.as_bytes())).join("&");
        Some(Meaning { base, protocol, parameters: encoded.len() })
    }
}

/// The pairs of a query or a form.
fn pairs(text: &[u8]) -> Pairs {
    let mut pairs = Vec::new();
    for segment in text.split(|byte| *byte == b'&') {
        let mut halves = segment.splitn(2, |byte| *byte == b'=');
        let (name, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
        if !segment.is_empty() {
            pairs.push((name.to_vec(), value.to_vec()));
        }
    }
    pairs
}

/// The pairs of an `OAuth` field with its realm; none for a field of another scheme.
fn header(field: &[u8]) -> Option<Pairs> {
    let field = field.trim_ascii();
    let (scheme, mut rest) = field.split_at(field.len().min(5));
    if !scheme.eq_ignore_ascii_case(b"oauth") || !rest.first().is_none_or(|byte| b" \t".contains(byte)) {
        return Some(Vec::new());
    }
    let mut pairs = Vec::new();
    loop {
        rest = &rest[rest.iter().take_while(|byte| b" \t,".contains(byte)).count()..];
        if rest.is_empty() {
            return Some(pairs);
        }
        let opening = rest.iter().position(|byte| *byte == b'"')?;
        let name = rest[..opening].trim_ascii_end().strip_suffix(b"=")?.trim_ascii();
        if name.is_empty() || name.iter().any(|byte| b" \t,;\\=".contains(byte)) {
            return None;
        }
        let (value, after) = quoted(&rest[opening + 1..], name.eq_ignore_ascii_case(b"realm"))?;
        rest = after.trim_ascii_start();
        if rest.first().is_some_and(|byte| *byte != b',') {
            return None;
        }
        pairs.push((name.to_vec(), value));
    }
}

/// All up to the closing quote, and all that follows it; only a realm has escapes.
fn quoted(text: &[u8], is_realm: bool) -> Option<(Vec<u8>, &[u8])> {
    let mut escaped = false;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'"' if !escaped => return Some((text[..at].to_vec(), &text[at + 1..])),
            b'\\' if !is_realm => return None,
            _ => escaped = *byte == b'\\' && !escaped,
        }
    }
    None
}

/// `%XX` to bytes, and `+` to a space where it stands for one.
pub(crate) fn decode(text: &[u8], plus_is_a_space: bool) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let (mut out, mut bytes) = (Vec::new(), text.iter());
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => u8::try_from(16 * digit(bytes.next()?)? + digit(bytes.next()?)?).ok()?,
            b'+' if plus_is_a_space => b' ',
            byte => *byte,
        });
    }
    Some(out)
}

/// Bytes to `%XX` but for the unreserved set of §3.6.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let one = |byte: &u8| if kept(*byte) { char::from(*byte).into() } else { format!("%{byte:02X}") };
    bytes.iter().map(one).collect()
}

const PROTOCOL: [&str; 9] = [
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
