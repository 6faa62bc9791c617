//! RFC 5849, sections 3.4.1, 3.5 and 3.6, as plainly as they can be written.

use crate::Request;
use countersign_core::Source;
use std::fmt::Write;

/// What a request says: everything that is signed, and what is read besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// The method in upper case.
    pub method: String,
    /// The base string URI (section 3.4.1.2).
    pub uri: String,
    /// All signed parameters, decoded, in the order in which they came.
    pub signed: Vec<(Source, Vec<u8>, Vec<u8>)>,
    /// The protocol parameters, `oauth_signature` among them.
    pub protocol: Vec<(String, String)>,
    /// Where they came from.
    pub source: Source,
    /// The header's realm, if it is text.
    pub realm: Option<String>,
}

impl Meaning {
    /// Section 3.4.1.1.
    #[must_use]
    pub fn base_string(&self) -> String {
        [&self.method, &self.uri, &self.normalized()].map(|part| encode(part.as_bytes())).join("&")
    }

    /// Section 3.4.1.3.2: encode, sort by name and then by value, join.
    #[must_use]
    pub fn normalized(&self) -> String {
        let mut pairs: Vec<_> =
            self.signed.iter().map(|(_, name, value)| (encode(name), encode(value))).collect();
        pairs.sort();
        let pairs: Vec<_> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("&")
    }

    /// A protocol parameter's value.
    #[must_use]
    pub fn protocol(&self, name: &str) -> Option<&str> {
        self.protocol.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Reads a request; `None` for one that must be refused.
#[must_use]
pub fn read(request: &Request<'_>) -> Option<Meaning> {
    let (path, query) = request.target.split_once('?').unwrap_or((request.target, ""));
    let path = if path.is_empty() { "/" } else { path };
    let (header, realm) = match request.header {
        Some(field) => header(field)?,
        None => (Vec::new(), None),
    };

    let mut all = Vec::new();
    all.extend(form(query.as_bytes())?.into_iter().map(|(name, value)| (Source::Query, name, value)));
    all.extend(header.into_iter().map(|(name, value)| (Source::Header, name, value)));
    all.extend(form(request.form)?.into_iter().map(|(name, value)| (Source::Body, name, value)));

    // Section 3.2: each at most once; section 3.5: in one place.
    let (mut protocol, mut source) = (Vec::<(String, String)>::new(), None);
    for (from, name, value) in &all {
        let Some(name) = PROTOCOL.iter().find(|known| known.as_bytes() == name) else { continue };
        let value = String::from_utf8(value.clone()).ok()?;
        if value.contains(char::is_control)
            || protocol.iter().any(|(known, _)| known == name)
            || *source.get_or_insert(*from) != *from
        {
            return None;
        }
        protocol.push(((*name).into(), value));
    }

    // Section 3.4.1.3.1: all but the signature are signed.
    all.retain(|(_, name, _)| name != b"oauth_signature");
    (all.len() <= MOST).then_some(Meaning {
        method: request.method.to_ascii_uppercase(),
        uri: format!("{}{path}", request.origin),
        signed: all,
        protocol,
        source: source?,
        realm: realm.and_then(|realm| String::from_utf8(realm).ok()),
    })
}

/// Section 3.6: unreserved characters stay, all others become `%XX`.
#[must_use]
pub fn encode(text: &[u8]) -> String {
    let mut encoded = String::new();
    for byte in text {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(*byte));
            }
            _ => write!(encoded, "%{byte:02X}").expect("a string takes all that is written"),
        }
    }
    encoded
}

/// The reverse, of any spelling; `None` for an escape that is none.
#[must_use]
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut pieces = text.split(|byte| *byte == b'%');
    let mut decoded = pieces.next()?.to_vec();
    for piece in pieces {
        let digit = |at: usize| char::from(*piece.get(at)?).to_digit(16);
        decoded.push(u8::try_from(digit(0)? * 16 + digit(1)?).ok()?);
        decoded.extend(&piece[2..]);
    }
    Some(decoded)
}

/// A decoded name and its decoded value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// The pairs of a query or a form body, where `+` is a space.
#[must_use]
pub fn form(text: &[u8]) -> Option<Vec<Pair>> {
    let decoded = |half: &[u8]| {
        let spaced: Vec<_> = half.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        decode(&spaced)
    };
    let segments = text.split(|byte| *byte == b'&').filter(|segment| !segment.is_empty());
    segments
        .map(|segment| {
            let mut halves = segment.splitn(2, |byte| *byte == b'=');
            Some((decoded(halves.next()?)?, decoded(halves.next().unwrap_or_default())?))
        })
        .collect()
}

/// The pairs and the realm of an `OAuth` field (section 3.5.1); no pairs in one of another scheme.
#[must_use]
pub fn header(field: &[u8]) -> Option<(Vec<Pair>, Option<Vec<u8>>)> {
    let (mut pairs, mut realm) = (Vec::new(), None);
    let field = field.trim_ascii();
    let scheme = field.split(|byte| b" \t".contains(byte)).next()?;
    if !scheme.eq_ignore_ascii_case(b"oauth") {
        return Some((pairs, realm));
    }
    let mut rest = &field[scheme.len()..];
    while let Some(start) = rest.iter().position(|byte| !b" \t,".contains(byte)) {
        rest = &rest[start..];
        let equals = rest.iter().position(|byte| *byte == b'=')?;
        let name = rest[..equals].trim_ascii();
        if name.is_empty() || name.iter().any(|byte| b" \t\",;\\".contains(byte)) {
            return None;
        }
        let is_realm = name.eq_ignore_ascii_case(b"realm");
        rest = rest[equals + 1..].trim_ascii_start().strip_prefix(b"\"")?;

        // Up to the closing quote; only a realm has escapes.
        let mut value = Vec::new();
        loop {
            let (&byte, after) = rest.split_first()?;
            rest = after;
            match byte {
                b'"' => break,
                b'\\' => {
                    let (&escaped, after) = rest.split_first().filter(|_| is_realm)?;
                    rest = after;
                    value.push(escaped);
                }
                _ => value.push(byte),
            }
        }
        rest = rest.trim_ascii_start();
        if !matches!(rest.first(), None | Some(b',')) {
            return None;
        }
        if !is_realm {
            pairs.push((decode(name)?, decode(&value)?));
        } else if realm.replace(value).is_some() {
            return None;
        }
    }
    Some((pairs, realm))
}

/// The protocol parameters that the RFC names.
pub const PROTOCOL: [&str; 9] = [
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

/// How many signed parameters a request may have.
const MOST: usize = 2000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_gives_the_base_string_that_the_rfc_prints() {
        let origin = "http://example.com".parse().expect("an origin");
        let request = Request {
            method: "POST",
            origin: &origin,
            target: "/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b",
            header: Some(
                br#"OAuth realm="Example", oauth_consumer_key="9djdj82h48djs9d2",
                    oauth_token="kkk9d7dh3k39sjv7", oauth_signature_method="HMAC-SHA1",
                    oauth_timestamp="137131201", oauth_nonce="7d8f3e4a",
                    oauth_signature="bYT5CMsGcbgUdFHObYMEfcx6bsw%3D""#,
            ),
            form: b"c2&a3=2+q",
        };
        // Section 3.4.1.1
        let expected = "POST&http%3A%2F%2Fexample.com%2Frequest&\
            a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26\
            oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26\
            oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26\
            oauth_token%3Dkkk9d7dh3k39sjv7";
        let meaning = read(&request).expect("a request");
        assert_eq!(meaning.base_string(), expected);
        assert_eq!(meaning.realm.as_deref(), Some("Example"));
        request.compare();
    }
}
