//! Reads and writes the `Authorization: OAuth …` header ([RFC 5849 §3.5.1]).
//!
//! [RFC 5849 §3.5.1]: https://www.rfc-editor.org/rfc/rfc5849#section-3.5.1

use crate::{
    error::ParseError,
    percent::{self, Raw},
};
use alloc::{string::String, vec::Vec};

/// The parameters of an `OAuth` field, or `None` for a field of another scheme.
pub(crate) fn parameters(field: &[u8]) -> Option<Pairs<'_>> {
    let field = field.trim_ascii();
    let end = field.iter().position(|byte| *byte == b' ' || *byte == b'\t').unwrap_or(field.len());
    field[..end].eq_ignore_ascii_case(SCHEME.as_bytes()).then(|| Pairs { rest: &field[end..] })
}

/// Iterates over `name="value"`; a value is still encoded as it was received.
pub(crate) struct Pairs<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Pairs<'a> {
    type Item = Result<(Raw<'a>, Raw<'a>), ParseError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        // RFC 7235: an element of a list may be empty
        while let [b' ' | b'\t' | b',', rest @ ..] = self.rest {
            self.rest = rest;
        }
        if self.rest.is_empty() {
            return None;
        }
        let pair = self.pair();
        if pair.is_none() {
            self.rest = &[];
        }
        Some(pair.ok_or(ParseError::BadHeader))
    }
}

impl<'a> Pairs<'a> {
    #[inline]
    fn pair(&mut self) -> Option<(Raw<'a>, Raw<'a>)> {
        let end = percent::plain_len(self.rest);
        let (name, value) = match &self.rest[end..] {
            [b'=', b'"', value @ ..] if end > 0 => (Raw::plain(&self.rest[..end]), value),
            _ => self.spaced()?,
        };
        let quoted = name.text.eq_ignore_ascii_case(REALM.as_bytes());
        let plain = percent::plain_len(value);
        let end = plain + closing_quote(&value[plain..], quoted)?;
        let rest = value[end + 1..].trim_ascii_start();
        if !rest.is_empty() && !rest.starts_with(b",") {
            return None;
        }
        self.rest = rest;
        Some((name, Raw { text: &value[..end], plain: plain == end }))
    }

    #[cold]
    /// A name in its general form, with spaces around the `=`, and all that follows its opening quote.
    fn spaced(&self) -> Option<(Raw<'a>, &'a [u8])> {
        let equals = self.rest.iter().position(|byte| *byte == b'=')?;
        let name = self.rest[..equals].trim_ascii();
        let value = self.rest[equals + 1..].trim_ascii_start().strip_prefix(b"\"")?;
        if name.is_empty() || name.iter().any(|byte| b" \t\",;\\".contains(byte)) {
            return None;
        }
        Some((Raw::new(name), value))
    }
}

/// Only a realm is a quoted string with escapes; elsewhere a backslash could be read two ways, so it is refused.
fn closing_quote(value: &[u8], escapes: bool) -> Option<usize> {
    let mut at = 0;
    loop {
        match value.get(at)? {
            b'"' => return Some(at),
            b'\\' if escapes => at += 2,
            b'\\' => return None,
            _ => at += 1,
        }
    }
}

/// The plain text of a realm: a quoted string without its escapes.
pub(crate) fn unquoted(realm: &[u8]) -> Option<String> {
    let mut plain = Vec::with_capacity(realm.len());
    let mut bytes = realm.iter();
    while let Some(&byte) = bytes.next() {
        plain.push(if byte == b'\\' { *bytes.next()? } else { byte });
    }
    String::from_utf8(plain).ok()
}

/// Writes the header's value; the parameters are encoded, the realm is quoted.
pub(crate) fn write<'a>(realm: Option<&str>, parameters: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = String::from("OAuth ");
    if let Some(realm) = realm {
        out.push_str("realm=\"");
        for char in realm.chars() {
            if char == '"' || char == '\\' {
                out.push('\\');
            }
            out.push(char);
        }
        out.push('"');
    }
    for (index, (name, value)) in parameters.enumerate() {
        if index > 0 || realm.is_some() {
            out.push_str(", ");
        }
        out.push_str(&percent::encode(name));
        out.push_str("=\"");
        out.push_str(&percent::encode(value));
        out.push('"');
    }
    out
}

/// The authentication scheme, compared without regard to case.
pub(crate) const SCHEME: &str = "OAuth";
/// The one parameter of the header that is not signed.
pub(crate) const REALM: &str = "realm";

#[cfg(test)]
mod tests {
    use super::*;

    type Received<'a> = Vec<(&'a [u8], &'a [u8])>;

    fn read(field: &str) -> Option<Result<Received<'_>, ParseError>> {
        parameters(field.as_bytes())
            .map(|pairs| pairs.map(|pair| pair.map(|(name, value)| (name.text, value.text))).collect())
    }

    #[test]
    fn spaces_and_empty_elements_are_allowed_where_http_allows_them() {
        let expected: Received<'_> = [(b"a".as_slice(), b"1".as_slice()), (b"b", b"")].into();
        for field in ["OAuth a=\"1\",b=\"\"", "oauth  a=\"1\" ,\tb = \"\" ,", "OAUTH ,a=\"1\",,b=\"\""] {
            assert_eq!(read(field).unwrap().unwrap(), expected, "{field}");
        }
    }

    #[test]
    fn what_is_not_a_list_of_quoted_values_is_refused() {
        for field in [
            "OAuth a=1",
            "OAuth a",
            "OAuth a=\"1",
            "OAuth =\"1\"",
            "OAuth a=\"1\" b=\"2\"",
            "OAuth a=\"\\\"\"",
            "OAuth a\"=\"1\"",
        ] {
            assert_eq!(read(field).unwrap(), Err(ParseError::BadHeader), "{field}");
        }
    }

    #[test]
    fn another_scheme_is_no_oauth_credential() {
        assert!(read("Basic a=\"1\"").is_none() && read("OAuth2 x").is_none() && read("").is_none());
        assert_eq!(read("OAuth").unwrap().unwrap(), []);
    }

    #[test]
    fn a_realm_keeps_its_commas_and_escapes() {
        let read = read(r#"OAuth realm="a \"b\", c\\", x="1""#).unwrap().unwrap();
        assert_eq!(unquoted(read[0].1).unwrap(), r#"a "b", c\"#);
        assert_eq!(read[1], (b"x".as_slice(), b"1".as_slice()));
        assert_eq!(write(Some("a\"b"), [("n", "v+")].into_iter()), r#"OAuth realm="a\"b", n="v%2B""#);
    }
}
