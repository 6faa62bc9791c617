//! Why a database cannot be used.

use crate::bounded::Late;
use std::error::Error;

/// Why a database cannot be used. It names a schema (in MySQL, a database), never the URL: that may hold a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The server cannot be reached, or refused what was asked of it.
    #[error("the database cannot be opened")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
    /// The schema holds another program's tables.
    #[error("schema {schema} of the database is not one of Countersign's")]
    Foreign {
        /// Which schema.
        schema: String,
    },
    /// A newer version of this program made or migrated it.
    #[error("schema {schema} has version {found}, this program knows up to {known}: run a newer one")]
    Newer {
        /// Which schema.
        schema: String,
        /// Its version.
        found: u32,
        /// The newest version that this program knows.
        known: u32,
    },
    /// Migrations are missing.
    #[error("schema {schema} has version {found}, this program needs {known}: migrate it first")]
    Older {
        /// Which schema.
        schema: String,
        /// Its version; 0 where there is none.
        found: u32,
        /// The version that this program needs.
        known: u32,
    },
    /// The URL or an option cannot be used.
    #[error("the database's URL or options cannot be used")]
    Unusable(#[source] Box<dyn Error + Send + Sync>),
}

impl OpenError {
    /// Whether the same may succeed a moment later: the server is not there yet, or not ready.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Failed(source) if may_pass(&**source))
    }

    pub(crate) fn failed(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed(source.into())
    }

    pub(crate) fn unusable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unusable(source.into())
    }
}

fn may_pass(error: &(dyn Error + Send + Sync + 'static)) -> bool {
    if error.is::<Late>() {
        return true;
    }
    #[cfg(feature = "mysql")]
    if crate::mysql::may_pass(error) {
        return true;
    }
    #[cfg(feature = "postgres")]
    if crate::postgres::may_pass(error) {
        return true;
    }
    false
}
