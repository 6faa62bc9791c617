//! Collects parameters from query, header and form body, sorts them, joins them ([RFC 5849 §3.4.1.3]).
//!
//! A list, never a map: a name may come any number of times. Nothing is allocated for a parameter that arrived in
//! its canonical encoding; the others are re-encoded, all into one buffer.
//!
//! [RFC 5849 §3.4.1.3]: https://www.rfc-editor.org/rfc/rfc5849#section-3.4.1.3

use crate::{
    error::ParseError,
    percent::{self, Decoder, Plus, Raw},
};
use alloc::{borrow::Cow, vec::Vec};
use core::{cmp::Ordering, fmt};

/// Where a parameter came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// The query of the request target.
    Query,
    /// The `Authorization: OAuth` header.
    Header,
    /// A body of type `application/x-www-form-urlencoded`.
    Body,
}

impl Source {
    /// One word: `query`, `header` or `body`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Header => "header",
            Self::Body => "body",
        }
    }

    pub(crate) const fn plus(self) -> Plus {
        match self {
            Self::Header => Plus::Literal,
            Self::Query | Self::Body => Plus::Space,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One parameter of the base string, as it stands there before the second encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter<'a> {
    /// Where it came from.
    pub source: Source,
    /// Its name, percent-encoded.
    pub name: &'a str,
    /// Its value, percent-encoded.
    pub value: &'a str,
}

impl<'a> Parameter<'a> {
    /// The name's bytes.
    #[must_use]
    pub fn decoded_name(&self) -> Cow<'a, [u8]> {
        decoded(self.name)
    }

    /// The value's bytes.
    #[must_use]
    pub fn decoded_value(&self) -> Cow<'a, [u8]> {
        decoded(self.value)
    }
}

fn decoded(text: &str) -> Cow<'_, [u8]> {
    percent::decode(text.as_bytes()).unwrap_or(Cow::Borrowed(text.as_bytes()))
}

/// The collected parameters; sorted once [`sort`](Self::sort) has run.
#[derive(Clone, Default)]
pub(crate) struct Params<'a> {
    entries: Vec<Entry<'a>>,
    /// Re-encoded text of the parameters that were not canonical.
    arena: Vec<u8>,
    /// How long all of them are when they are encoded once more.
    encoded_len: usize,
}

#[derive(Clone, Copy, Debug)]
struct Entry<'a> {
    /// The name's first eight bytes: they decide nearly every comparison.
    rank: u64,
    name: Piece<'a>,
    value: Piece<'a>,
    source: Source,
}

/// Percent-encoded text: where it was received, without escapes or with some, or in the arena.
#[derive(Clone, Copy, Debug)]
enum Piece<'a> {
    Plain(&'a [u8]),
    Escaped(&'a [u8]),
    Arena { start: usize, end: usize },
}

impl<'a> Params<'a> {
    pub(crate) fn new() -> Self {
        Self { entries: Vec::with_capacity(16), arena: Vec::new(), encoded_len: 0 }
    }

    /// Adds a pair as it was received.
    #[inline]
    pub(crate) fn push(&mut self, source: Source, name: Raw<'a>, value: Raw<'a>) -> Result<(), ParseError> {
        let name = self.piece(source, name)?;
        let value = self.piece(source, value)?;
        self.encoded_len += 3 * (1 + usize::from(!self.entries.is_empty()));
        let rank = rank(name.text(&self.arena));
        self.entries.push(Entry { rank, name, value, source });
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// "First, by name, then by value": ascending byte order of the encoded text ([RFC 5849 §3.4.1.3.2]).
    ///
    /// [RFC 5849 §3.4.1.3.2]: https://www.rfc-editor.org/rfc/rfc5849#section-3.4.1.3.2
    pub(crate) fn sort(&mut self) {
        let arena = &self.arena;
        self.entries.sort_unstable_by(|a, b| a.rank.cmp(&b.rank).then_with(|| a.cmp_text(b, arena)));
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Parameter<'_>> {
        self.entries.iter().map(|entry| Parameter {
            source: entry.source,
            name: as_text(entry.name.text(&self.arena)),
            value: as_text(entry.value.text(&self.arena)),
        })
    }

    /// How long [`write_encoded`](Self::write_encoded) makes its output.
    pub(crate) fn encoded_len(&self) -> usize {
        self.encoded_len
    }

    /// Appends `name=value&name=value…`, percent-encoded once more.
    pub(crate) fn write_encoded(&self, out: &mut Vec<u8>) {
        for (index, entry) in self.entries.iter().enumerate() {
            if index > 0 {
                out.extend_from_slice(b"%26");
            }
            entry.name.write_encoded(out, &self.arena);
            out.extend_from_slice(b"%3D");
            entry.value.write_encoded(out, &self.arena);
        }
    }

    #[inline]
    fn piece(&mut self, source: Source, raw: Raw<'a>) -> Result<Piece<'a>, ParseError> {
        if raw.plain {
            self.encoded_len += raw.text.len();
            return Ok(Piece::Plain(raw.text));
        }
        self.reserved(source, raw.text)
    }

    #[inline(never)]
    fn reserved(&mut self, source: Source, raw: &'a [u8]) -> Result<Piece<'a>, ParseError> {
        if let Some(escapes) = percent::canonical(raw) {
            self.encoded_len += raw.len() + 2 * escapes;
            return Ok(Piece::Escaped(raw));
        }
        let start = self.arena.len();
        self.arena.reserve(raw.len() + 16);
        for byte in Decoder::new(raw, source.plus()) {
            percent::push(&mut self.arena, byte.map_err(|_| ParseError::BadEscape(source))?);
        }
        let end = self.arena.len();
        let escapes = self.arena[start..end].iter().filter(|byte| **byte == b'%').count();
        self.encoded_len += end - start + 2 * escapes;
        Ok(Piece::Arena { start, end })
    }
}

impl Entry<'_> {
    #[inline(never)]
    fn cmp_text(&self, other: &Self, arena: &[u8]) -> Ordering {
        (self.name.text(arena).cmp(other.name.text(arena)))
            .then_with(|| self.value.text(arena).cmp(other.value.text(arena)))
            .then_with(|| self.source.cmp(&other.source))
    }
}

impl<'a> Piece<'a> {
    fn text<'b>(&self, arena: &'b [u8]) -> &'b [u8]
    where
        'a: 'b,
    {
        match *self {
            Self::Plain(text) | Self::Escaped(text) => text,
            Self::Arena { start, end } => &arena[start..end],
        }
    }

    /// The text is canonical: unreserved characters and escapes, so a `%` is all that a second encoding changes.
    fn write_encoded(&self, out: &mut Vec<u8>, arena: &[u8]) {
        if let Self::Plain(text) = *self {
            return out.extend_from_slice(text);
        }
        for &byte in self.text(arena) {
            out.push(byte);
            if byte == b'%' {
                out.extend_from_slice(b"25");
            }
        }
    }
}

/// Orders as the text does, as far as eight bytes go: no encoded text holds the zero that fills a shorter one.
fn rank(text: &[u8]) -> u64 {
    if let Some(first) = text.first_chunk() {
        return u64::from_be_bytes(*first);
    }
    let mut first = [0; 8];
    first[..text.len()].copy_from_slice(text);
    u64::from_be_bytes(first)
}

fn as_text(encoded: &[u8]) -> &str {
    // OK because encoded text is ASCII: unreserved characters and escapes.
    core::str::from_utf8(encoded).unwrap_or_default()
}

/// Splits a query or a form body into raw pairs: a key without `=` has an empty value, an empty segment is none.
pub(crate) fn pairs(text: &[u8]) -> impl Iterator<Item = (Raw<'_>, Raw<'_>)> {
    let mut rest = text;
    core::iter::from_fn(move || {
        while let [b'&', after @ ..] = rest {
            rest = after;
        }
        if rest.is_empty() {
            return None;
        }
        let name = until(&mut rest, |byte| byte == b'=' || byte == b'&');
        let value = match rest {
            [b'=', after @ ..] => {
                rest = after;
                until(&mut rest, |byte| byte == b'&')
            }
            _ => Raw::plain(b""),
        };
        Some((name, value))
    })
}

/// Takes all that stands before the first byte that ends it; none that is unreserved does.
fn until<'a>(rest: &mut &'a [u8], ends: impl Fn(u8) -> bool) -> Raw<'a> {
    let plain = percent::plain_len(rest);
    let end = rest[plain..].iter().position(|byte| ends(*byte)).map_or(rest.len(), |more| plain + more);
    let (text, after) = rest.split_at(end);
    *rest = after;
    Raw { text, plain: plain == end }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::{String, ToString};

    fn normalized(query: &str) -> String {
        let mut params = Params::default();
        for (name, value) in pairs(query.as_bytes()) {
            params.push(Source::Query, name, value).unwrap();
        }
        params.sort();
        let mut out = Vec::new();
        params.write_encoded(&mut out);
        assert_eq!(out.len(), params.encoded_len(), "{query}");
        String::from_utf8(percent::decode(&out).unwrap().into_owned()).unwrap()
    }

    #[test]
    fn sorted_by_encoded_name_then_value() {
        for (given, expected) in [
            ("b=2&a=1&a=0", "a=0&a=1&b=2"),
            ("a-b=1&a%20b=1&a=1", "a=1&a%20b=1&a-b=1"),
            ("a=%7E&a=~&a=z&a=%20", "a=%20&a=z&a=~&a=~"),
            ("c2&&a=+", "a=%20&c2="),
            ("a;b=1;c=2", "a%3Bb=1%3Bc%3D2"),
            ("=v&==", "=%3D&=v"),
            ("%00=%ff", "%00=%FF"),
            ("", ""),
        ] {
            assert_eq!(normalized(given), expected, "{given}");
        }
    }

    #[test]
    fn a_broken_escape_in_an_ordinary_parameter_is_refused() {
        let refused = Params::default().push(Source::Body, Raw::new(b"a%2"), Raw::new(b"")).unwrap_err();
        assert_eq!(refused, ParseError::BadEscape(Source::Body));
        assert!(refused.to_string().contains("body"));
    }
}
