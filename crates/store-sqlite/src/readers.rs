//! The read side: a small pool of read-only connections, used inline.

use crate::{options::Options, schema};
use countersign_store::StoreError;
use rusqlite::{Connection, OpenFlags};
use std::{
    path::Path,
    sync::{
        Mutex, PoisonError, TryLockError,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Read-only connections. No lock is held across an await: a read begins and ends inside [`read`](Self::read).
pub(crate) struct Readers {
    connections: Box<[Mutex<Connection>]>,
    /// Where the next read looks first, so that they spread.
    next: AtomicUsize,
}

impl Readers {
    pub(crate) fn open(path: &Path, options: &Options) -> rusqlite::Result<Self> {
        let open = |_| {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(path, flags)?;
            connection.busy_timeout(options.busy_timeout)?;
            connection.set_prepared_statement_cache_capacity(schema::STATEMENTS);
            connection.pragma_update_and_check(None, "mmap_size", MAPPED, |_| Ok(()))?;
            schema::touch(&connection)?;
            Ok(Mutex::new(connection))
        };
        let connections = (0..options.readers.get()).map(open).collect::<rusqlite::Result<_>>()?;
        Ok(Self { connections, next: AtomicUsize::new(0) })
    }

    /// Reads from the first connection that is free, or waits for one: microseconds, never for a writer.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let first = self.next.fetch_add(1, Ordering::Relaxed) % self.connections.len();
        let (before, after) = self.connections.split_at(first);
        for connection in after.iter().chain(before) {
            match connection.try_lock() {
                Ok(connection) => return read(&connection),
                // OK because a panic in a reader leaves its connection whole: it changes nothing
                Err(TryLockError::Poisoned(poisoned)) => return read(&poisoned.into_inner()),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        read(&self.connections[first].lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What of the file a reader has mapped: all of it, up to what SQLite allows. A page is then read where the system keeps it, without a
/// system call and without a copy.
const MAPPED: i64 = i64::MAX;
