//! The signature base string ([RFC 5849 §3.4.1]).
//!
//! [RFC 5849 §3.4.1]: https://www.rfc-editor.org/rfc/rfc5849#section-3.4.1

use crate::{origin::Origin, params::Params, percent};
use alloc::{string::String, vec::Vec};
use core::fmt;

/// What is signed: method, base string URI and normalised parameters, each encoded, joined by `&`.
///
/// # Security
///
/// It holds every form field of the request. `Debug` shows its length alone; [`as_str`](Self::as_str) is for
/// diagnosis and never for a log.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseString {
    text: Vec<u8>,
    method_end: usize,
    uri_end: usize,
}

impl BaseString {
    pub(crate) fn build(method: &str, origin: &Origin, path: &str, params: &Params<'_>) -> Self {
        let origin = origin.encoded();
        let capacity = 3 * method.len() + origin.len() + 3 * path.len() + params.encoded_len() + 2;
        let mut text = Vec::with_capacity(capacity);
        // "The HTTP request method in uppercase."
        for byte in method.bytes() {
            percent::push(&mut text, byte.to_ascii_uppercase());
        }
        let method_end = text.len();
        text.push(b'&');
        text.extend_from_slice(origin.as_bytes());
        percent::encode_into(&mut text, path.as_bytes());
        let uri_end = text.len();
        text.push(b'&');
        params.write_encoded(&mut text);
        debug_assert!(text.len() <= capacity, "the base string is one allocation");
        Self { text, method_end, uri_end }
    }

    /// The whole text, as a method signs it.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.text
    }

    /// The whole text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // OK because percent-encoded text and `&` are ASCII.
        core::str::from_utf8(&self.text).unwrap_or_default()
    }

    /// The first part: the method.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.as_str()[..self.method_end]
    }

    /// The second part, decoded: the base string URI.
    #[must_use]
    pub fn uri(&self) -> String {
        decoded(&self.text[self.method_end + 1..self.uri_end])
    }

    /// The third part, decoded: the normalised parameters ([RFC 5849 §3.4.1.3.2]).
    ///
    /// [RFC 5849 §3.4.1.3.2]: https://www.rfc-editor.org/rfc/rfc5849#section-3.4.1.3.2
    #[must_use]
    pub fn normalized(&self) -> String {
        decoded(&self.text[self.uri_end + 1..])
    }
}

fn decoded(part: &[u8]) -> String {
    // OK because the part was encoded by `build`, from text.
    percent::decode(part)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes.into_owned()).ok())
        .unwrap_or_default()
}

impl fmt::Debug for BaseString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaseString({} bytes)", self.text.len())
    }
}
