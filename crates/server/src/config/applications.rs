//! `applications`: who may register one.

use serde::{Deserialize, Serialize};

/// `applications`: who may register one on the pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Applications {
    /// Nobody: operators register them by command.
    #[default]
    Closed,
    /// Every account; it can be used once an operator has approved it.
    Proposed,
    /// Every account; it can be used at once.
    Open,
}
