//! Why a store could not answer.

use std::error::Error;

/// A store could not answer; it is never read as "not found" or "fresh".
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct StoreError {
    kind: StoreErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
    retry_after: Option<u64>,
}

/// What a store error means for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// A record with this identifier exists already.
    #[error("a record with this identifier exists already")]
    Conflict,
    /// What is stored cannot be read: a row of another version, or a secret under an unknown key.
    #[error("a stored record cannot be read")]
    Corrupt,
    /// The store did not answer, or not in time; a later try may succeed.
    #[error("store unavailable")]
    Unavailable,
}

impl StoreError {
    /// A record with this identifier exists already.
    #[must_use]
    pub fn conflict() -> Self {
        Self { kind: StoreErrorKind::Conflict, source: None, retry_after: None }
    }

    /// What is stored cannot be read.
    #[must_use]
    pub fn corrupt(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind: StoreErrorKind::Corrupt, source: Some(source.into()), retry_after: None }
    }

    /// The store did not answer.
    #[must_use]
    pub fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind: StoreErrorKind::Unavailable, source: Some(source.into()), retry_after: None }
    }

    /// The store does not know, and will not for so many seconds: whoever calls may as well wait for so long.
    #[must_use]
    pub fn unavailable_for(seconds: u64, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { retry_after: Some(seconds), ..Self::unavailable(source) }
    }

    /// For how many seconds the same call cannot succeed, where that is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        self.retry_after
    }

    /// What it means.
    #[must_use]
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.kind == StoreErrorKind::Unavailable
    }
}
