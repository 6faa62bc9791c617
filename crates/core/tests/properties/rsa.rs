//! An RSA key that is made anew for each run, and what signs with it.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use countersign_core::signature::rsa::{RsaSha1, RsaSha256, RsaSha512, RsaSigner};
use countersign_core::{PublicKey, SigningMethod};
use pem_rfc7468::{LineEnding, encode_string};
use std::sync::LazyLock;

pub(crate) struct RsaKeys {
    pub(crate) public: PublicKey,
    pub(crate) signers: [Box<dyn SigningMethod + Send + Sync>; 3],
}

/// Made anew for each run.
pub(crate) static KEYS: LazyLock<RsaKeys> = LazyLock::new(|| {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let pem = encode_string("PRIVATE KEY", LineEnding::LF, private.as_ref()).unwrap();
    RsaKeys {
        public: PublicKey::from_der(public.as_ref()),
        signers: [
            Box::new(RsaSigner::from_pem(RsaSha1, &pem).unwrap()),
            Box::new(RsaSigner::from_pem(RsaSha256, &pem).unwrap()),
            Box::new(RsaSigner::from_pem(RsaSha512, &pem).unwrap()),
        ],
    }
});
