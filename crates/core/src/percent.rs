//! The one percent-encoder of the project, and its strict decoder ([RFC 5849 §3.6]).
//!
//! Everything outside `A-Z a-z 0-9 - . _ ~` becomes `%XX` with upper-case digits; nothing else does.
//!
//! [RFC 5849 §3.6]: https://www.rfc-editor.org/rfc/rfc5849#section-3.6

use alloc::{borrow::Cow, string::String, vec::Vec};

/// Percent-encodes `text` byte by byte ([RFC 5849 §3.6]).
///
/// # Examples
///
/// ```
/// assert_eq!(countersign_core::percent::encode("Ladies + Gentlemen"), "Ladies%20%2B%20Gentlemen");
/// ```
///
/// [RFC 5849 §3.6]: https://www.rfc-editor.org/rfc/rfc5849#section-3.6
#[must_use]
pub fn encode(text: impl AsRef<[u8]>) -> String {
    let text = text.as_ref();
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    for &byte in text {
        push_char(&mut out, byte);
    }
    out
}

/// Decodes `%XX` escapes once; every other byte stands for itself, `+` too ([RFC 5849 §3.6]).
///
/// # Errors
///
/// [`BadEscape`] for a `%` that two hexadecimal digits do not follow.
///
/// [RFC 5849 §3.6]: https://www.rfc-editor.org/rfc/rfc5849#section-3.6
pub fn decode(text: &[u8]) -> Result<Cow<'_, [u8]>, BadEscape> {
    decode_as(text, Plus::Literal)
}

/// A `%` that two hexadecimal digits do not follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a `%` is not followed by two hexadecimal digits")]
pub struct BadEscape;

/// What a `+` stands for: a space in a query or a form, itself in a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plus {
    Literal,
    Space,
}

/// Text as it was received, and whether it is plain: unreserved characters alone, as most names and values are.
///
/// What is plain is its own encoding, its own decoded form, and UTF-8 without control characters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Raw<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) plain: bool,
}

impl<'a> Raw<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self { text, plain: plain_len(text) == text.len() }
    }

    pub(crate) fn plain(text: &'a [u8]) -> Self {
        Self { text, plain: true }
    }
}

/// How many unreserved characters `text` begins with.
#[inline]
pub(crate) fn plain_len(text: &[u8]) -> usize {
    let mut len = 0;
    // Four at a time: a name or a value has a dozen.
    while let Some([a, b, c, d]) = text[len..].first_chunk()
        && is_unreserved(*a) & is_unreserved(*b) & is_unreserved(*c) & is_unreserved(*d)
    {
        len += 4;
    }
    text[len..].iter().position(|byte| !is_unreserved(*byte)).map_or(text.len(), |more| len + more)
}

pub(crate) fn decode_as(text: &[u8], plus: Plus) -> Result<Cow<'_, [u8]>, BadEscape> {
    let special = |byte: &u8| *byte == b'%' || (*byte == b'+' && plus == Plus::Space);
    let Some(first) = text.iter().position(special) else { return Ok(Cow::Borrowed(text)) };
    let mut out = Vec::with_capacity(text.len());
    out.extend_from_slice(&text[..first]);
    for byte in Decoder::new(&text[first..], plus) {
        out.push(byte?);
    }
    Ok(Cow::Owned(out))
}

/// Decodes one byte at a time, so that re-encoding needs no buffer between.
pub(crate) struct Decoder<'a> {
    rest: &'a [u8],
    plus: Plus,
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(text: &'a [u8], plus: Plus) -> Self {
        Self { rest: text, plus }
    }
}

impl Iterator for Decoder<'_> {
    type Item = Result<u8, BadEscape>;

    fn next(&mut self) -> Option<Self::Item> {
        match *self.rest {
            [] => None,
            [b'%', high, low, ref rest @ ..] => {
                self.rest = rest;
                Some(hex(high).zip(hex(low)).map(|(high, low)| high << 4 | low).ok_or(BadEscape))
            }
            [b'%', ..] => {
                self.rest = &[];
                Some(Err(BadEscape))
            }
            [byte, ref rest @ ..] => {
                self.rest = rest;
                Some(Ok(if byte == b'+' && self.plus == Plus::Space { b' ' } else { byte }))
            }
        }
    }
}

/// Counts the escapes of `raw` if encoding its decoded form would give `raw` back, else `None`.
///
/// Most parameters arrive this way; they are used where they stand, with no copy made.
#[inline]
pub(crate) fn canonical(raw: &[u8]) -> Option<usize> {
    let mut at = 0;
    let mut escapes = 0;
    while let Some(&byte) = raw.get(at) {
        if is_unreserved(byte) {
            at += 1;
        } else if byte == b'%' {
            let &[high, low] = raw.get(at + 1..at + 3)? else { return None };
            if high.is_ascii_lowercase() || low.is_ascii_lowercase() {
                return None;
            }
            if is_unreserved(hex(high)? << 4 | hex(low)?) {
                return None;
            }
            at += 3;
            escapes += 1;
        } else {
            return None;
        }
    }
    Some(escapes)
}

/// Appends the encoded form of one byte.
#[inline]
pub(crate) fn push(out: &mut Vec<u8>, byte: u8) {
    if is_unreserved(byte) {
        out.push(byte);
    } else {
        out.extend_from_slice(&[b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
    }
}

/// Appends the encoded form of `text`.
pub(crate) fn encode_into(out: &mut Vec<u8>, mut text: &[u8]) {
    loop {
        let (run, rest) = text.split_at(plain_len(text));
        out.extend_from_slice(run);
        let [byte, rest @ ..] = rest else { return };
        push(out, *byte);
        text = rest;
    }
}

fn push_char(out: &mut String, byte: u8) {
    if is_unreserved(byte) {
        out.push(char::from(byte));
    } else {
        out.push('%');
        out.push(char::from(HEX[usize::from(byte >> 4)]));
        out.push(char::from(HEX[usize::from(byte & 15)]));
    }
}

#[inline]
const fn is_unreserved(byte: u8) -> bool {
    UNRESERVED[byte as usize]
}

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

const HEX: &[u8; 16] = b"0123456789ABCDEF";

const UNRESERVED: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        let char = byte as u8;
        table[byte] = char.is_ascii_alphanumeric() || matches!(char, b'-' | b'.' | b'_' | b'~');
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_unreserved_set_stays_as_it_is() {
        for byte in 0..=255_u8 {
            let kept = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            assert_eq!(encode([byte]).len(), if kept { 1 } else { 3 }, "byte {byte}");
            assert_eq!(&*decode(encode([byte]).as_bytes()).unwrap(), &[byte]);
        }
        assert_eq!(encode("é"), "%C3%A9");
    }

    #[test]
    fn broken_escapes_are_refused() {
        for broken in ["%", "%4", "%G1", "%1G", "abc%", "%%20", "%-1"] {
            assert_eq!(decode(broken.as_bytes()), Err(BadEscape), "{broken}");
        }
    }

    #[test]
    fn plus_is_a_space_only_where_it_is_told_so() {
        assert_eq!(&*decode_as(b"a+b", Plus::Literal).unwrap(), b"a+b");
        assert_eq!(&*decode_as(b"a+b%2B", Plus::Space).unwrap(), b"a b+");
    }

    #[test]
    fn canonical_means_equal_to_its_own_encoding() {
        for (raw, expected) in
            [("abc", Some(0)), ("%2Fa%20", Some(2)), ("%2f", None), ("%41", None), ("a+", None), ("%2", None)]
        {
            assert_eq!(canonical(raw.as_bytes()), expected, "{raw}");
        }
    }
}
