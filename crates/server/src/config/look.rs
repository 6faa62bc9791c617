//! `[look]`: what is put over the look of the pages.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// `[look]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "countersign.example.toml explains each key")]
pub struct Look {
    pub templates: PathBuf,
    pub logo: PathBuf,
    pub accent: String,
    pub accent_dark: String,
}
