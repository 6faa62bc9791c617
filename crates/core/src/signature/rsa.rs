//! RSA-SHA1 ([RFC 5849 §3.4.3]), and RSA-SHA256 and RSA-SHA512 by the same construction.
//!
//! Padding and arithmetic are left to a kept library; no type of it is part of this API.
//!
//! [RFC 5849 §3.4.3]: https://www.rfc-editor.org/rfc/rfc5849#section-3.4.3

use super::{KeyKind, Keys, PreparedKey, PublicKey, Signature, SignatureMethod};
use crate::{
    base_string::BaseString,
    body_hash,
    error::{BadKey, BadSignature},
};
use alloc::{boxed::Box, string::String};
use aws_lc_rs::signature::{
    ParsedPublicKey, RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
    RsaParameters,
};

/// Reads a public key from PEM (`PUBLIC KEY` or `RSA PUBLIC KEY`) of at least `minimum` bits.
///
/// # Errors
///
/// [`BadKey::Malformed`] or [`BadKey::TooSmall`].
///
/// # Security
///
/// The minimum is 2048 everywhere but where an operator made an exception for one client; below 1024 or above 8192
/// bits no key is accepted.
pub fn from_pem(pem: &str, minimum: usize) -> Result<PublicKey, BadKey> {
    let (label, der) = pem_rfc7468::decode_vec(pem.trim().as_bytes()).map_err(|_| BadKey::Malformed)?;
    if label != "PUBLIC KEY" && label != "RSA PUBLIC KEY" {
        return Err(BadKey::Malformed);
    }
    let key = PublicKey::from_der(&der);
    let bits = modulus_bits(&key)?;
    if bits < minimum {
        return Err(BadKey::TooSmall { bits, minimum });
    }
    Ok(key)
}

/// How many bits the modulus has.
///
/// # Errors
///
/// [`BadKey::Malformed`] for anything but an RSA key of 1024 to 8192 bits.
pub fn modulus_bits(key: &PublicKey) -> Result<usize, BadKey> {
    let public = aws_lc_rs::rsa::PublicKey::from_der(key.as_der()).map_err(|_| BadKey::Malformed)?;
    ParsedPublicKey::new(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, key.as_der())
        .map_err(|_| BadKey::Malformed)?;
    let modulus = public.modulus().big_endian_without_leading_zero().to_vec();
    Ok(modulus.len() * 8 - modulus.first().map_or(0, |byte| byte.leading_zeros() as usize))
}

macro_rules! rsa_method {
    ($(#[$doc:meta])* $name:ident, $wire:literal, $digest:ty, $verification:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $name;

        impl SignatureMethod for $name {
            fn name(&self) -> &str {
                $wire
            }

            fn kind(&self) -> KeyKind {
                KeyKind::PublicKey
            }

            fn prepare(&self, keys: &Keys<'_>) -> Result<Box<dyn PreparedKey>, BadKey> {
                let verification: &'static RsaParameters = $verification;
                let key = keys.public_key.ok_or(BadKey::Kind)?;
                let parsed = ParsedPublicKey::new(verification, key.as_der()).map_err(|_| BadKey::Malformed)?;
                Ok(Box::new(Parsed(parsed)))
            }

            fn hash_body(&self, body: &[u8]) -> String {
                body_hash::encoded::<$digest>(body)
            }
        }
    };
}

struct Parsed(ParsedPublicKey);

impl PreparedKey for Parsed {
    fn verify(&self, base: &BaseString, signature: &Signature<'_>) -> Result<(), BadSignature> {
        let mut received = [0; 8192 / 8 + 3];
        let received = signature.base64(&mut received)?;
        self.0.verify_sig(base.as_bytes(), received).map_err(|_| BadSignature)
    }
}

rsa_method! {
    /// `RSA-SHA1` ([RFC 5849 §3.4.3](https://www.rfc-editor.org/rfc/rfc5849#section-3.4.3)).
    RsaSha1, "RSA-SHA1", sha1::Sha1, &RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY
}
rsa_method! {
    /// `RSA-SHA256`: the construction of `RSA-SHA1` with SHA-256.
    RsaSha256, "RSA-SHA256", sha2::Sha256, &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY
}
rsa_method! {
    /// `RSA-SHA512`: the construction of `RSA-SHA1` with SHA-512.
    RsaSha512, "RSA-SHA512", sha2::Sha512, &RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY
}

/// The key that is used where no client is known; nobody has its private half.
pub(super) fn dummy_key() -> &'static PublicKey {
    static KEY: std::sync::LazyLock<PublicKey> =
        std::sync::LazyLock::new(|| PublicKey::from_der(include_bytes!("dummy.spki.der")));
    &KEY
}

#[cfg(feature = "rsa-sign")]
mod signing {
    use super::{RsaSha1, RsaSha256, RsaSha512};
    use crate::{
        base_string::BaseString,
        error::BadKey,
        secret::Secret,
        signature::{SignatureMethod, SigningMethod, to_base64},
    };
    use alloc::string::String;
    use rsa::{Pkcs1v15Sign, PrivateKey, pkcs1::DecodeRsaPrivateKey, pkcs8::DecodePrivateKey};
    use sha1::Digest;

    /// A method together with the private key that signs: for clients and tests, a server has none.
    pub struct RsaSigner<M> {
        method: M,
        key: PrivateKey,
    }

    impl<M: SignatureMethod> RsaSigner<M> {
        /// Reads a private key from PEM (PKCS#8 or PKCS#1).
        ///
        /// # Errors
        ///
        /// [`BadKey::Malformed`].
        pub fn from_pem(method: M, pem: &str) -> Result<Self, BadKey> {
            let key = PrivateKey::from_pkcs8_pem(pem)
                .or_else(|_| PrivateKey::from_pkcs1_pem(pem))
                .map_err(|_| BadKey::Malformed)?;
            Ok(Self { method, key })
        }
    }

    macro_rules! signing_method {
        ($name:ident, $digest:ty) => {
            impl SigningMethod for RsaSigner<$name> {
                fn name(&self) -> &str {
                    SignatureMethod::name(&self.method)
                }

                fn sign(&self, base: &BaseString, _: &Secret, _: &Secret) -> String {
                    let digest = <$digest>::digest(base.as_bytes());
                    // OK because it fails only for a key shorter than the digest, which no reader accepts
                    let signature =
                        self.key.sign(Pkcs1v15Sign::new::<$digest>(), &digest).expect("a usable key");
                    to_base64(&signature)
                }

                fn hash_body(&self, body: &[u8]) -> String {
                    SignatureMethod::hash_body(&self.method, body)
                }
            }
        };
    }

    signing_method!(RsaSha1, sha1::Sha1);
    signing_method!(RsaSha256, sha2::Sha256);
    signing_method!(RsaSha512, sha2::Sha512);
}

#[cfg(feature = "rsa-sign")]
pub use signing::RsaSigner;
