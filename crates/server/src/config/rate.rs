//! `[rate]`: how often one address, and one client, may ask.

use super::config_error;
use crate::error::Error;
use serde::{Deserialize, Serialize};

/// `[rate]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "countersign.example.toml explains each key")]
pub struct Rate {
    pub address: u64,
    pub address_burst: u64,
    pub client: u64,
    pub client_burst: u64,
}

impl Default for Rate {
    fn default() -> Self {
        Self { address: 0, address_burst: 100, client: 0, client_burst: 100 }
    }
}

impl Rate {
    pub(super) fn check(&self) -> Result<(), Error> {
        for (key, value, least, most) in [
            ("rate.address", self.address, 0, MOST_A_MINUTE),
            ("rate.address_burst", self.address_burst, 1, MOST_AT_ONCE),
            ("rate.client", self.client, 0, MOST_A_MINUTE),
            ("rate.client_burst", self.client_burst, 1, MOST_AT_ONCE),
        ] {
            if !(least..=most).contains(&value) {
                return Err(config_error(key, &format!("is {value}, but must be {least} to {most}")));
            }
        }
        Ok(())
    }
}

const MOST_A_MINUTE: u64 = 10_000_000;
const MOST_AT_ONCE: u64 = 1_000_000;
