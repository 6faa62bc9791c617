//! Which ways to sign should end, and why.

use countersign_core::{Timestamp, signature::rsa};
use countersign_store::{ClientKey, ClientRecord, KeySlot};

/// Why a way to sign should end; the worse it is, the later it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weakness {
    /// SHA-1 under a shared secret: not broken, and refused by more auditors every year.
    Sha1,
    /// SHA-1 under a public key: two texts with one signature can be made to order.
    Sha1Signature,
    /// An RSA key that whoever has enough machines can factor.
    SmallKey,
    /// The secret itself, in each request.
    Plaintext,
}

impl Weakness {
    /// What is weak about a signature by that method and, where it is an RSA key, one of so many bits: the worst first.
    pub(crate) fn of(method: &str, bits: Option<usize>) -> Vec<Self> {
        let sha1 = method.ends_with("-SHA1");
        let mac = method.starts_with("HMAC-");
        let all = [
            (Self::Plaintext, method == "PLAINTEXT"),
            (Self::SmallKey, bits.is_some_and(|bits| bits < SMALLEST_KEY)),
            (Self::Sha1Signature, sha1 && !mac),
            (Self::Sha1, sha1 && mac),
        ];
        all.into_iter().filter(|(_, is)| *is).map(|(weakness, _)| weakness).collect()
    }

    /// How bad all of it is together: what is worse outweighs whatever is less bad.
    pub(crate) fn risk(all: &[Self]) -> u8 {
        all.iter().map(|one| 1 << *one as u8).sum()
    }

    /// One word, for programs.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Sha1 | Self::Sha1Signature => "sha1",
            Self::SmallKey => "small_key",
            Self::Plaintext => "plaintext",
        }
    }
}

/// How long the RSA key is that a client has since then; `None` where it is none, or is gone.
pub(crate) fn key_bits(client: &ClientRecord, since: Timestamp) -> Option<usize> {
    let key = if client.since(KeySlot::Newest) == Some(since) {
        &client.key
    } else {
        &client.previous().filter(|previous| previous.since == since)?.key
    };
    match key {
        ClientKey::PublicKey(key) => rsa::modulus_bits(key).ok(),
        ClientKey::Secret(_) => None,
    }
}

/// Bits of the smallest RSA key that is not weak.
const SMALLEST_KEY: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_reason_comes_first() {
        use Weakness::{Plaintext, Sha1, Sha1Signature, SmallKey};
        for (method, bits, expected) in [
            ("PLAINTEXT", None, &[Plaintext][..]),
            ("RSA-SHA1", Some(1024), &[SmallKey, Sha1Signature]),
            ("RSA-SHA256", Some(2047), &[SmallKey]),
            ("RSA-SHA1", Some(2048), &[Sha1Signature]),
            ("RSA-SHA1", None, &[Sha1Signature]),
            ("HMAC-SHA1", None, &[Sha1]),
            ("HMAC-SHA256", None, &[]),
            ("RSA-SHA512", Some(4096), &[]),
            ("HMAC-SHA512", None, &[]),
        ] {
            assert_eq!(Weakness::of(method, bits), expected, "{method} {bits:?}");
        }
        let risks = [
            ("PLAINTEXT", None),
            ("RSA-SHA1", Some(1024)),
            ("RSA-SHA256", Some(1024)),
            ("RSA-SHA1", Some(2048)),
            ("HMAC-SHA1", None),
            ("HMAC-SHA256", None),
        ]
        .map(|(method, bits)| Weakness::risk(&Weakness::of(method, bits)));
        assert!(risks.is_sorted_by(|worse, next| worse > next), "{risks:?}");
    }

    #[test]
    fn a_secret_and_a_key_that_is_gone_have_no_length() {
        let mut client = ClientRecord::with_secret("c", "s", "Printer");
        client.key_since = Timestamp::from_seconds(5);
        assert_eq!(key_bits(&client, Timestamp::from_seconds(5)), None);
        assert_eq!(key_bits(&client, Timestamp::from_seconds(4)), None);
    }
}
