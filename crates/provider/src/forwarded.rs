//! What a trusted proxy says of the request as the client sent it: `Forwarded` ([RFC 7239]), then `X-Forwarded-*`.
//!
//! Everything here is read only where the socket's other end is a trusted proxy. What cannot be read is refused, and so is
//! what contradicts itself: one of two values is then a client's.
//!
//! [RFC 7239]: https://www.rfc-editor.org/rfc/rfc7239

use crate::{incoming::Incoming, rejection::Problem};
use std::{
    borrow::Cow,
    net::{IpAddr, SocketAddr},
};

/// What the fields come to.
#[derive(Debug, Default)]
pub(crate) struct Forwarded {
    pub(crate) proto: Option<String>,
    pub(crate) host: Option<String>,
    /// Whom each proxy was called by, the first one first; `None` for one that is hidden or cannot be read.
    pub(crate) hops: Vec<Option<IpAddr>>,
}

impl Forwarded {
    pub(crate) fn read(incoming: &Incoming<'_>) -> Result<Self, Problem> {
        let mut read = Self::default();
        for field in incoming.all("forwarded") {
            let mut pairs = Pairs { rest: text(field)?, begun: false };
            let mut named = true;
            while let Some(Pair { begins, name, value }) = pairs.next()? {
                if begins {
                    // A proxy that does not say who called it hides them: what stands further left is not who did.
                    read.hops.extend((!named).then_some(None));
                    named = false;
                }
                match name {
                    name if name.eq_ignore_ascii_case("proto") => agree(&mut read.proto, &value)?,
                    name if name.eq_ignore_ascii_case("host") => agree(&mut read.host, &value)?,
                    name if name.eq_ignore_ascii_case("for") => {
                        read.hops.push(node(&value));
                        named = true;
                    }
                    _ => {}
                }
            }
            read.hops.extend((!named).then_some(None));
        }
        for (name, slot) in [("x-forwarded-proto", &mut read.proto), ("x-forwarded-host", &mut read.host)] {
            for field in incoming.all(name) {
                for value in text(field)?.split(',') {
                    agree(slot, value.trim())?;
                }
            }
        }
        let mut hops = Vec::new();
        for field in incoming.all("x-forwarded-for") {
            hops.extend(text(field)?.split(',').map(|hop| node(hop.trim())));
        }
        let unnamed = read.hops.iter().all(Option::is_none);
        match (unnamed, hops.is_empty()) {
            (true, false) => read.hops = hops,
            (false, false) if read.hops != hops => return Err(Problem::ConflictingForwarded),
            _ => {}
        }
        Ok(read)
    }
}

/// The pairs of a `Forwarded` field, of whichever element: `token=token` or `token="quoted"` ([RFC 7239 §4]).
///
/// A quoted value may hold `;`, `,` and `=`: split at those, it would say what no proxy said.
///
/// [RFC 7239 §4]: https://www.rfc-editor.org/rfc/rfc7239#section-4
struct Pairs<'a> {
    rest: &'a str,
    /// Whether an element has begun.
    begun: bool,
}

/// One of them, and whether it is the first of its element.
struct Pair<'a> {
    begins: bool,
    name: &'a str,
    value: Cow<'a, str>,
}

impl<'a> Pairs<'a> {
    fn next(&mut self) -> Result<Option<Pair<'a>>, Problem> {
        let start = self.rest.trim_start_matches([' ', '\t', ',', ';']);
        let begins = !self.begun || self.rest[..self.rest.len() - start.len()].contains(',');
        if start.is_empty() {
            return Ok(None);
        }
        let (name, value) = start.split_once('=').ok_or(UNREADABLE)?;
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(UNREADABLE);
        }
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => unquote(quoted).ok_or(UNREADABLE)?,
            None => {
                let end = value.find([';', ',', ' ', '\t']).unwrap_or(value.len());
                let (value, after) = value.split_at(end);
                // Many proxies leave out the quotes that a port and an IPv6 address need.
                if value.contains('"') {
                    return Err(UNREADABLE);
                }
                (Cow::Borrowed(value), after)
            }
        };
        self.rest = after.trim_start_matches([' ', '\t']);
        if self.rest.is_empty() || self.rest.starts_with([';', ',']) {
            self.begun = true;
            Ok(Some(Pair { begins, name, value }))
        } else {
            Err(UNREADABLE)
        }
    }
}

/// The text of a quoted string behind its opening quote, and what follows the closing one.
fn unquote(quoted: &str) -> Option<(Cow<'_, str>, &str)> {
    let end = quoted.find(['"', '\\'])?;
    if quoted[end..].starts_with('"') {
        return Some((Cow::Borrowed(&quoted[..end]), &quoted[end + 1..]));
    }
    let mut plain = String::with_capacity(quoted.len());
    let mut chars = quoted.char_indices();
    loop {
        match chars.next()? {
            (at, '"') => return Some((Cow::Owned(plain), &quoted[at + 1..])),
            (_, '\\') => plain.push(chars.next()?.1),
            (_, char) => plain.push(char),
        }
    }
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// The address of a node: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`; none for an obscured one.
fn node(text: &str) -> Option<IpAddr> {
    // A zone means something on its own machine alone, and is no part of a node's name (RFC 7239 §6).
    if text.contains('%') {
        return None;
    }
    let bare = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|both| both.ip())).or_else(bare)
}

fn text(field: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(field).map_err(|_| UNREADABLE)
}

fn agree(slot: &mut Option<String>, value: &str) -> Result<(), Problem> {
    match slot {
        Some(known) if !known.eq_ignore_ascii_case(value) => Err(Problem::ConflictingForwarded),
        Some(_) => Ok(()),
        None => {
            *slot = Some(value.into());
            Ok(())
        }
    }
}

const UNREADABLE: Problem = Problem::ConflictingForwarded;

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(field: &str) -> Result<Vec<(&str, Cow<'_, str>)>, Problem> {
        let mut pairs = Pairs { rest: field, begun: false };
        let next = || pairs.next().map(|pair| pair.map(|pair| (pair.name, pair.value))).transpose();
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn a_quoted_value_may_hold_what_separates_others() {
        for (field, expected) in [
            ("for=192.0.2.1;proto=https", vec![("for", "192.0.2.1"), ("proto", "https")]),
            ("for=a, for=b ; proto=http", vec![("for", "a"), ("for", "b"), ("proto", "http")]),
            ("For=\"[2001:db8::1]:4711\"", vec![("For", "[2001:db8::1]:4711")]),
            ("host=\"a;proto=https\"", vec![("host", "a;proto=https")]),
            (r#"host="a\";proto=https", for=b"#, vec![("host", "a\";proto=https"), ("for", "b")]),
            ("host=\"\";;,proto=http,", vec![("host", ""), ("proto", "http")]),
            ("for=192.0.2.1:80", vec![("for", "192.0.2.1:80")]),
            ("", vec![]),
        ] {
            let expected: Vec<_> = expected.into_iter().map(|(name, value)| (name, value.into())).collect();
            assert_eq!(pairs(field), Ok(expected), "{field}");
        }
    }

    #[test]
    fn an_address_with_a_zone_is_none_that_means_anything_here() {
        for text in ["[fe80::1%17]:711", "fe80::1%eth0", "[fe80::1%17]"] {
            assert_eq!(node(text), None, "{text}");
        }
        assert_eq!(node("[2001:db8::1]:80"), "2001:db8::1".parse().ok());
    }

    #[test]
    fn what_is_no_list_of_pairs_is_refused() {
        for field in
            ["for", "for =a", "=a", "for=\"a", "for=\"a\"b", "for=a b", "f\"r=a", "for=a\"b\"", r#"for="a\"#]
        {
            assert!(pairs(field).is_err(), "{field}");
        }
    }
}
