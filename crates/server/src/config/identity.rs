//! `[identity]`: who called, signed for the upstream.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// `[identity]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "countersign.example.toml explains each key")]
pub struct Identity {
    pub jwt: Jwt,
    pub jwt_life: u64,
    pub jwt_keys: PathBuf,
}

/// `identity.jwt`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Jwt {
    /// Sign none.
    #[default]
    #[serde(rename = "")]
    Off,
    /// Sign with Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
    /// Sign with ECDSA on P-256.
    #[serde(rename = "ES256")]
    Es256,
}

impl Default for Identity {
    fn default() -> Self {
        Self { jwt: Jwt::Off, jwt_life: 60, jwt_keys: PathBuf::new() }
    }
}
