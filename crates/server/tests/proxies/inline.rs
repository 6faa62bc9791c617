//! Countersign itself, whose inline proxy goes to the API.

use crate::way::{Bodies, Statuses, Way};

/// Clients reach it as if TLS ended right before it: it believes nobody's headers.
pub(crate) const WAY: Way = Way {
    name: "inline",
    countersign: "inline.toml",
    bodies: Bodies::All,
    statuses: Statuses::AsTheyAre,
    settings: &[("COUNTERSIGN_TRUSTED_PROXIES", ""), ("COUNTERSIGN_TLS_TERMINATED_UPSTREAM", "true")],
    start: None,
};
