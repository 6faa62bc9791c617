//! `sign_up`: who may make an account of their own.

use serde::{Deserialize, Serialize};

/// `sign_up`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SignUp {
    /// Nobody: operators make accounts.
    #[default]
    Closed,
    /// Anybody.
    Open,
    /// Whoever was invited.
    Invitation,
}
