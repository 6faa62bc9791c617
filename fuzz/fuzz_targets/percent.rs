//! The percent-encoder and its strict decoder, against the model and against each other.
#![no_main]

use countersign_core::percent::{decode, encode};
use countersign_fuzz::model;
use libfuzzer_sys::fuzz_target;
use std::borrow::Cow;

fuzz_target!(|text: &[u8]| {
    let encoded = encode(text);
    assert_eq!(encoded, model::encode(text), "the encoding is the model's");
    assert_eq!(decode(encoded.as_bytes()).as_deref(), Ok(text), "decoding undoes encoding");

    let decoded = decode(text);
    assert_eq!(decoded.as_deref().ok(), model::decode(text).as_deref(), "the decoding is the model's");
    let Ok(decoded) = decoded else { return };
    let escapes = text.iter().filter(|byte| **byte == b'%').count();
    assert_eq!(decoded.len() + 2 * escapes, text.len(), "an escape is three bytes for one");
    assert_eq!(matches!(decoded, Cow::Borrowed(_)), escapes == 0, "a copy is made for escapes alone");
    assert_eq!(decode(encode(&decoded).as_bytes()), Ok(decoded), "every spelling decodes to the same bytes");
});
