//! HMAC-SHA1 ([RFC 5849 §3.4.2]), and HMAC-SHA256 and HMAC-SHA512 by the same construction.
//!
//! [RFC 5849 §3.4.2]: https://www.rfc-editor.org/rfc/rfc5849#section-3.4.2

use super::{
    KeyKind, Keys, PreparedKey, Signature, SignatureMethod, SigningMethod, shared_secret, to_base64,
};
use crate::{
    base_string::BaseString,
    body_hash,
    error::{BadKey, BadSignature},
    secret::Secret,
};
use alloc::{boxed::Box, string::String};
use hmac::{Hmac, KeyInit, Mac};
use subtle::ConstantTimeEq;

macro_rules! hmac_method {
    ($(#[$doc:meta])* $name:ident, $wire:literal, $digest:ty, $length:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $name;

        impl SignatureMethod for $name {
            fn name(&self) -> &str {
                $wire
            }

            fn kind(&self) -> KeyKind {
                KeyKind::SharedSecret
            }

            fn prepare(&self, keys: &Keys<'_>) -> Result<Box<dyn PreparedKey>, BadKey> {
                if keys.public_key.is_some() {
                    return Err(BadKey::Kind);
                }
                let state = Hmac::<$digest>::new_from_slice(&keys.shared_secret()).map_err(|_| BadKey::Kind)?;
                Ok(Box::new(Keyed::<_, $length>(state)))
            }

            fn hash_body(&self, body: &[u8]) -> String {
                body_hash::encoded::<$digest>(body)
            }
        }

        impl SigningMethod for $name {
            fn name(&self) -> &str {
                $wire
            }

            fn sign(&self, base: &BaseString, client_secret: &Secret, token_secret: &Secret) -> String {
                let key = shared_secret(client_secret, token_secret);
                // OK because HMAC takes a key of any length
                let mut mac = Hmac::<$digest>::new_from_slice(&key).expect("any length");
                mac.update(base.as_bytes());
                to_base64(&mac.finalize().into_bytes())
            }

            fn hash_body(&self, body: &[u8]) -> String {
                body_hash::encoded::<$digest>(body)
            }
        }

        impl PreparedKey for Keyed<Hmac<$digest>, $length> {
            fn verify(&self, base: &BaseString, signature: &Signature<'_>) -> Result<(), BadSignature> {
                let mut received = [0; $length + 3];
                let received = signature.base64(&mut received)?;
                let mut mac = self.0.clone();
                mac.update(base.as_bytes());
                let expected = mac.finalize().into_bytes();
                if expected.as_slice().ct_eq(received).into() { Ok(()) } else { Err(BadSignature) }
            }
        }
    };
}

/// The MAC with its key already mixed in: half the work of a short message.
struct Keyed<M, const LENGTH: usize>(M);

hmac_method! {
    /// `HMAC-SHA1` ([RFC 5849 §3.4.2](https://www.rfc-editor.org/rfc/rfc5849#section-3.4.2)).
    HmacSha1, "HMAC-SHA1", sha1::Sha1, 20
}
hmac_method! {
    /// `HMAC-SHA256`: the construction of `HMAC-SHA1` with SHA-256.
    HmacSha256, "HMAC-SHA256", sha2::Sha256, 32
}
hmac_method! {
    /// `HMAC-SHA512`: the construction of `HMAC-SHA1` with SHA-512.
    HmacSha512, "HMAC-SHA512", sha2::Sha512, 64
}
