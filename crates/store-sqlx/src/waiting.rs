//! Audit entries that wait for the database, beside the requests that wrote them.

use countersign_store::{AuditEntry, StoreError};
use std::{
    error::Error,
    mem,
    sync::{Mutex, PoisonError},
};

/// Entries on their way: one statement at a time takes all that wait, so that they are numbered in their order.
#[derive(Default)]
pub(crate) struct Waiting {
    entries: Mutex<Vec<AuditEntry>>,
    pub(crate) turn: tokio::sync::Mutex<()>,
}

impl Waiting {
    /// Tells whether there were none before; refuses what would be too many.
    pub(crate) fn push(&self, entries: Vec<AuditEntry>) -> Result<bool, StoreError> {
        // OK because the list stays whole even if a thread panics while it holds the lock
        let mut waiting = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() + entries.len() > MOST_WAITING {
            return Err(StoreError::unavailable("too many audit entries wait for the database"));
        }
        let first = waiting.is_empty();
        waiting.extend(entries);
        Ok(first)
    }

    pub(crate) fn take(&self) -> Vec<AuditEntry> {
        mem::take(&mut *self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

pub(crate) fn lost(error: &StoreError, count: usize) {
    tracing::error!(error = error as &dyn Error, count, "audit entries are lost");
}

/// A few seconds of a busy node: more would fill the memory while the database is away.
const MOST_WAITING: usize = 20_000;
