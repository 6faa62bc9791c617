//! Collects parameters from query, header and form body, sorts them, joins them ([RFC 5849 §3.4.1.3]).
//!
//! A list, never a map: a name may come any number of times. Nothing is allocated for a parameter that arrived in
//! its canonical encoding; the others are re-encoded, all into one buffer.
//!
//! [RFC 5849 §3.4.1.3]: https://www.rfc-editor.org/rfc/rfc5849#section-3.4.1.3

use crate::{
    error::ParseError,
    percent::{self, Decoder, Plus},
};
use alloc::{borrow::Cow, vec::Vec};
use core::fmt;
use smallvec::SmallVec;

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
#[derive(Clone, Debug, Default)]
pub(crate) struct Params<'a> {
    entries: SmallVec<[Entry<'a>; 16]>,
    /// Re-encoded text of the parameters that were not canonical.
    arena: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Entry<'a> {
    /// The name's first bytes, which order nearly all pairs of names without a look at the rest.
    prefix: u64,
    name: Piece<'a>,
    value: Piece<'a>,
    name_escapes: u32,
    value_escapes: u32,
    source: Source,
}

/// Percent-encoded text: where it was received, or in the arena.
#[derive(Clone, Copy, Debug)]
enum Piece<'a> {
    Received(&'a [u8]),
    Arena(u32, u32),
}

/// A name or value as it was received; `escapes` counts them where the text is canonical.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Raw<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) escapes: Option<usize>,
}

impl<'a> Raw<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self { text, escapes: percent::canonical(text) }
    }

    /// Whether it is unreserved characters alone: then it is its own encoding and its own meaning.
    pub(crate) fn is_plain(&self) -> bool {
        self.escapes == Some(0)
    }
}

impl<'a> Params<'a> {
    /// Adds a pair as it was received.
    pub(crate) fn push(&mut self, source: Source, name: Raw<'a>, value: Raw<'a>) -> Result<(), ParseError> {
        let (name, name_escapes) = self.piece(source, name)?;
        let (value, value_escapes) = self.piece(source, value)?;
        let prefix = prefix(name.text(&self.arena));
        self.entries.push(Entry { prefix, name, value, name_escapes, value_escapes, source });
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
        self.entries.sort_unstable_by(|a, b| {
            (a.prefix.cmp(&b.prefix))
                .then_with(|| a.name.text(arena).cmp(b.name.text(arena)))
                .then_with(|| a.value.text(arena).cmp(b.value.text(arena)))
                .then_with(|| a.source.cmp(&b.source))
        });
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
        let pair = |entry: &Entry<'_>| {
            let escapes = entry.name_escapes as usize + entry.value_escapes as usize;
            entry.name.len() + entry.value.len() + 2 * escapes + 3
        };
        self.entries.iter().map(pair).sum::<usize>() + 3 * self.entries.len().saturating_sub(1)
    }

    /// Appends `name=value&name=value…`, percent-encoded once more.
    pub(crate) fn write_encoded(&self, out: &mut Vec<u8>) {
        for (index, entry) in self.entries.iter().enumerate() {
            if index > 0 {
                out.extend_from_slice(b"%26");
            }
            write_again(out, entry.name.text(&self.arena), entry.name_escapes);
            out.extend_from_slice(b"%3D");
            write_again(out, entry.value.text(&self.arena), entry.value_escapes);
        }
    }

    fn piece(&mut self, source: Source, raw: Raw<'a>) -> Result<(Piece<'a>, u32), ParseError> {
        let too_long = |_| ParseError::BadEscape(source);
        if let Some(escapes) = raw.escapes {
            return Ok((Piece::Received(raw.text), u32::try_from(escapes).map_err(too_long)?));
        }
        let start = self.arena.len();
        self.arena.reserve(raw.text.len() + 16);
        for byte in Decoder::new(raw.text, source.plus()) {
            percent::push(&mut self.arena, byte.map_err(|_| ParseError::BadEscape(source))?);
        }
        let escapes = self.arena[start..].iter().filter(|byte| **byte == b'%').count();
        let offset = |at: usize| u32::try_from(at).map_err(too_long);
        Ok((Piece::Arena(offset(start)?, offset(self.arena.len())?), offset(escapes)?))
    }
}

impl<'a> Piece<'a> {
    fn text<'b>(&self, arena: &'b [u8]) -> &'b [u8]
    where
        'a: 'b,
    {
        match *self {
            Self::Received(text) => text,
            Self::Arena(start, end) => &arena[start as usize..end as usize],
        }
    }

    fn len(&self) -> usize {
        match *self {
            Self::Received(text) => text.len(),
            Self::Arena(start, end) => (end - start) as usize,
        }
    }
}

/// The text is canonical: unreserved characters and escapes, so a `%` is all that a second encoding changes.
fn write_again(out: &mut Vec<u8>, text: &[u8], escapes: u32) {
    if escapes == 0 {
        return out.extend_from_slice(text);
    }
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(b"%25");
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

/// Eight bytes as a number that orders as they do; a shorter text orders before what continues it.
fn prefix(text: &[u8]) -> u64 {
    match text.first_chunk::<8>() {
        Some(first) => u64::from_be_bytes(*first),
        None => {
            let mut padded = [0; 8];
            padded[..text.len()].copy_from_slice(text);
            u64::from_be_bytes(padded)
        }
    }
}

fn as_text(encoded: &[u8]) -> &str {
    // OK because encoded text is ASCII: unreserved characters and escapes.
    core::str::from_utf8(encoded).unwrap_or_default()
}

/// Splits a query or a form body into raw pairs: a key without `=` has an empty value, an empty segment is none.
pub(crate) fn pairs(text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    text.split(|byte| *byte == b'&').filter(|segment| !segment.is_empty()).map(|segment| {
        match segment.iter().position(|byte| *byte == b'=') {
            Some(at) => (&segment[..at], &segment[at + 1..]),
            None => (segment, &segment[segment.len()..]),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::{String, ToString};

    fn normalized(query: &str) -> String {
        let mut params = Params::default();
        for (name, value) in pairs(query.as_bytes()) {
            params.push(Source::Query, Raw::new(name), Raw::new(value)).unwrap();
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
