//! Keeps the write-ahead log short: copies it into the database beside the writer, not in its way.

use rusqlite::Connection;
use std::{
    io,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::{self, JoinHandle},
};

/// A thread with a connection of its own.
///
/// It copies, and waits for the disk, while the writer goes on; what little is left when the log reaches its bound, the
/// writer copies itself ([`LOG_PAGES`]), and the log starts anew.
pub(crate) struct Checkpointer {
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    /// Changes since it was last woken.
    changes: usize,
}

impl Checkpointer {
    pub(crate) fn start(connection: Connection) -> io::Result<Self> {
        // One place: a second wish, while it works, is the same wish.
        let (wake, wishes) = sync_channel(1);
        let thread = thread::Builder::new()
            .name("countersign-sqlite-checkpoint".into())
            .spawn(move || checkpoint(&connection, &wishes))?;
        Ok(Self { wake: Some(wake), thread: Some(thread), changes: 0 })
    }

    /// Counts, and wakes it now and then.
    pub(crate) fn committed(&mut self, changes: usize) {
        self.changes += changes;
        if self.changes >= EVERY
            && let Some(wake) = &self.wake
        {
            self.changes = 0;
            // OK because a wish that finds no place is there already
            let _ = wake.try_send(());
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            // OK because a log that is not copied now is copied when the file is opened next
            let _ = thread.join();
        }
    }
}

fn checkpoint(connection: &Connection, wishes: &Receiver<()>) {
    for () in wishes {
        // PASSIVE waits for nobody, and nobody waits for it.
        if let Err(error) = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
            tracing::warn!(%error, "the write-ahead log was not copied into the database");
        }
    }
}

/// Changes between two copies.
const EVERY: usize = 2048;
/// Pages of the log (64 MiB) at which the writer copies the rest, so that it can start anew.
pub(crate) const LOG_PAGES: i32 = 16 * 1024;
