//! PLAINTEXT ([RFC 5849 §3.4.4]): the signature *is* the secrets. Off unless asked for, and never without TLS.
//!
//! [RFC 5849 §3.4.4]: https://www.rfc-editor.org/rfc/rfc5849#section-3.4.4

use super::{KeyKind, Keys, PreparedKey, Signature, SignatureMethod, SigningMethod, shared_secret};
use crate::{
    base_string::BaseString,
    error::{BadKey, BadSignature},
    secret::Secret,
};
use alloc::{boxed::Box, string::String, vec::Vec};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// `PLAINTEXT` ([RFC 5849 §3.4.4](https://www.rfc-editor.org/rfc/rfc5849#section-3.4.4)); it ignores timestamp and nonce.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plaintext;

impl SignatureMethod for Plaintext {
    fn name(&self) -> &str {
        NAME
    }

    fn kind(&self) -> KeyKind {
        KeyKind::SharedSecret
    }

    fn prepare(&self, keys: &Keys<'_>) -> Result<Box<dyn PreparedKey>, BadKey> {
        if keys.public_key.is_some() {
            return Err(BadKey::Kind);
        }
        Ok(Box::new(Expected(keys.shared_secret())))
    }

    fn guards_replay(&self) -> bool {
        false
    }
}

impl SigningMethod for Plaintext {
    fn name(&self) -> &str {
        NAME
    }

    fn sign(&self, _: &BaseString, client_secret: &Secret, token_secret: &Secret) -> String {
        String::from_utf8_lossy(&shared_secret(client_secret, token_secret)).into_owned()
    }
}

struct Expected(Zeroizing<Vec<u8>>);

impl PreparedKey for Expected {
    fn verify(&self, _: &BaseString, signature: &Signature<'_>) -> Result<(), BadSignature> {
        if self.0.ct_eq(signature.as_str().as_bytes()).into() { Ok(()) } else { Err(BadSignature) }
    }
}

const NAME: &str = "PLAINTEXT";
