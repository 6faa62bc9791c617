//! `[tls]`: the certificate with which the server speaks TLS itself.

use super::config_error;
use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// `[tls]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "countersign.example.toml explains each key")]
pub struct Tls {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Tls {
    /// Whether the server's own socket speaks TLS.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.certificate.as_os_str().is_empty()
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        let (key, other) = match (self.is_on(), !self.key.as_os_str().is_empty()) {
            (true, false) => ("tls.key", "tls.certificate"),
            (false, true) => ("tls.certificate", "tls.key"),
            _ => return Ok(()),
        };
        Err(config_error(key, &format!("is missing, but {other} is set: TLS needs both files")))
    }
}
