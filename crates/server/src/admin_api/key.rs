//! API keys: shown once, and known by their hash from then on.

use aws_lc_rs::digest::{SHA256, digest};
use countersign_core::Secret;
use countersign_provider::{System, token};

/// A new key: a mark by which scanners of published code find it, and 256 bits.
pub(crate) fn new() -> Secret {
    [MARK, &token(&System, LENGTH)].concat().into()
}

/// What is stored of a key. It is random and long: nothing slower is needed.
pub(crate) fn hash(key: &str) -> [u8; 32] {
    sha256(&[key.as_bytes()])
}

/// SHA-256 of parts, one after another.
pub(super) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, &parts.concat()).as_ref());
    hash
}

const MARK: &str = "csk_";
/// Letters and digits.
const LENGTH: usize = 43;
