//! How to open a store: few knobs, each with a default that most keep.

use std::{num::NonZeroUsize, time::Duration};

/// How a store is opened; [`default`](Self::default) suits most.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Options {
    pub(crate) synchronous: Synchronous,
    pub(crate) busy_timeout: Duration,
    pub(crate) readers: NonZeroUsize,
    pub(crate) max_bytes: Option<u64>,
}

impl Options {
    /// [`Normal`](Synchronous::Normal) by default: what a commit survives.
    #[must_use]
    pub fn synchronous(self, synchronous: Synchronous) -> Self {
        Self { synchronous, ..self }
    }

    /// Five seconds by default: how long to wait for a lock that another process holds.
    #[must_use]
    pub fn busy_timeout(self, busy_timeout: Duration) -> Self {
        Self { busy_timeout, ..self }
    }

    /// One for each processor by default, 2 to 16: how many reads may run at once.
    #[must_use]
    pub fn readers(self, readers: NonZeroUsize) -> Self {
        Self { readers, ..self }
    }

    /// Unlimited by default: what the database may grow to, its write-ahead log (64 MiB, as a rule) apart. A full one
    /// refuses changes as unavailable, until something expires.
    #[must_use]
    pub fn max_bytes(self, bytes: u64) -> Self {
        Self { max_bytes: Some(bytes), ..self }
    }
}

impl Default for Options {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(2, NonZeroUsize::get);
        Self {
            synchronous: Synchronous::default(),
            busy_timeout: Duration::from_secs(5),
            readers: NonZeroUsize::new(processors.clamp(2, 16)).unwrap_or(NonZeroUsize::MIN),
            max_bytes: None,
        }
    }
}

/// What an acknowledged change survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// A crash of the process. A crash of the machine may undo the last changes, never damage the file.
    #[default]
    Normal,
    /// A crash of the machine too: each group of changes waits for the disk.
    Full,
}

impl Synchronous {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "NORMAL",
            Self::Full => "FULL",
        }
    }
}
