//! Keeps the write-ahead log short: copies it into the database beside the writer, not in its way.

use rusqlite::Connection;
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
};

/// A thread with a connection of its own: it copies, and waits for the disk, while the writer goes on.
///
/// Under load the writer is always a few pages ahead. Once the log is long, it copies those few itself, between two groups:
/// then nothing in the log is needed any more, and the next change overwrites it from its start.
pub(crate) struct Checkpointer {
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    /// Changes since the thread was last woken.
    changes: usize,
    log_is_long: Arc<AtomicBool>,
}

impl Checkpointer {
    pub(crate) fn start(connection: Connection) -> io::Result<Self> {
        // One place: a second wish, while it works, is the same wish.
        let (wake, wishes) = sync_channel(1);
        let log_is_long = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&log_is_long);
        let thread = thread::Builder::new()
            .name("countersign-sqlite-checkpoint".into())
            .spawn(move || copy_when_woken(&connection, &wishes, &told))?;
        Ok(Self { wake: Some(wake), thread: Some(thread), changes: 0, log_is_long })
    }

    /// Called by the writer after each group.
    pub(crate) fn committed(&mut self, writer: &Connection, changes: usize) {
        self.changes += changes;
        if self.log_is_long.swap(false, Ordering::Relaxed) {
            // The thread sleeps after it has told: the two never compete for the lock.
            copy(writer);
        } else if self.changes >= EVERY
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

fn copy_when_woken(connection: &Connection, wishes: &Receiver<()>, log_is_long: &AtomicBool) {
    for () in wishes {
        let pages = copy(connection);
        log_is_long.store(pages >= LONG, Ordering::Relaxed);
    }
}

/// Copies what it can, and tells how many pages the log has. PASSIVE: it waits for nobody, and nobody for it.
fn copy(connection: &Connection) -> i64 {
    let copied = connection
        .prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")
        .and_then(|mut statement| statement.query_row([], |row| row.get("log")));
    copied.unwrap_or_else(|error| {
        tracing::warn!(%error, "the write-ahead log was not copied into the database");
        0
    })
}

/// Changes between two copies.
const EVERY: usize = 4096;
/// Pages from which on the log is long: reads look through all of it.
const LONG: i64 = 8 * 1024;
