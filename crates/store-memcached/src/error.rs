//! What went wrong: at connecting, and what Memcached's errors mean for a caller.

use std::error::Error;

/// Why a Memcached cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The URL cannot be read.
    #[error("the URL of Memcached cannot be used: {reason}")]
    BadUrl {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// It lacks the commands that carry a version.
    #[error("Memcached at {place} has version {version}, and 1.6 or newer is needed")]
    Old {
        /// Which one.
        place: String,
        /// Its version.
        version: String,
    },
    /// It does not answer.
    #[error("Memcached at {place} cannot be used")]
    Unreachable {
        /// Which one.
        place: String,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// It took too long.
#[derive(Debug, thiserror::Error)]
#[error("no answer within {0} ms")]
pub(crate) struct Silent(pub(crate) u128);

/// Others change the same record all the time.
#[derive(Debug, thiserror::Error)]
#[error("others changed the record each time that it was to be changed")]
pub(crate) struct Contended;
