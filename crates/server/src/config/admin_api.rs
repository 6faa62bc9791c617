//! `[admin_api]`: whether programs may administrate.

use serde::{Deserialize, Serialize};

/// `[admin_api]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "countersign.example.toml explains each key")]
pub struct AdminApi {
    pub enabled: bool,
}
