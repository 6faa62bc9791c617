//! Nonces: looked up in memory, and written down with the group that claims them.
//!
//! Everything happens under the database's write lock, so that of several processes one is after the other: each reads what the others
//! have written since, looks, and writes its own, in one row for the whole group.

use crate::{
    SqliteStore,
    rows::{Columns, each, seconds},
};
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{Freshness, NonceIndex, NonceStore, NonceUse, StoreError};
use rusqlite::Connection;

#[async_trait]
impl NonceStore for SqliteStore {
    async fn remember(
        &self,
        used: &NonceUse<'_>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Freshness, StoreError> {
        let claim = Entry { timestamp: used.timestamp, until, hash: used.hash(&self.shared.nonce_key) };
        self.shared.writer.claim(claim, now).await
    }
}

/// One nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    timestamp: Timestamp,
    until: Timestamp,
    hash: u64,
}

/// What the writer knows of nonces.
#[derive(Debug, Default)]
pub(crate) struct Nonces {
    /// What is in the log up to `read`, and what this group has claimed.
    index: NonceIndex,
    read: i64,
    /// Whether this group has read what others wrote.
    is_current: bool,
    claimed: Vec<Entry>,
    /// The row that this group has written.
    written: Option<i64>,
}

impl Nonces {
    /// Inside a transaction: nobody else writes until it ends.
    pub(crate) fn claim(
        &mut self,
        connection: &Connection,
        entry: Entry,
        now: Timestamp,
    ) -> Result<Freshness, StoreError> {
        if !self.is_current {
            self.catch_up(connection, now)?;
            self.is_current = true;
        }
        let freshness = self.index.claim(entry.hash, entry.timestamp, entry.until, now);
        if freshness == Freshness::Fresh {
            self.claimed.push(entry);
        }
        Ok(freshness)
    }

    /// The rows that are new; all of them for the first time.
    fn catch_up(&mut self, connection: &Connection, now: Timestamp) -> Result<(), StoreError> {
        let Self { index, read, .. } = self;
        each(connection, NEWER, [*read], |columns: &mut Columns<'_>| {
            let id = columns.value()?;
            for entry in columns.blob()?.chunks(ENTRY) {
                let entry = Entry::read(entry)?;
                if entry.until > now {
                    // OK because another process may have claimed it too, before its time had passed
                    let _ = index.claim(entry.hash, entry.timestamp, entry.until, now);
                }
            }
            *read = id;
            Ok(())
        })
    }

    /// Before the COMMIT: what was claimed must be in it.
    pub(crate) fn write(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let Some(until) = self.claimed.iter().map(|entry| entry.until).max() else { return Ok(()) };
        let entries = self.claimed.iter().flat_map(Entry::bytes).collect::<Vec<u8>>();
        connection.prepare_cached(WRITE)?.execute((seconds(until), entries))?;
        self.written = Some(connection.last_insert_rowid());
        Ok(())
    }

    /// Where it was not committed, nothing was claimed.
    pub(crate) fn end(&mut self, committed: bool) {
        let written = self.written.take();
        if committed {
            self.read = written.unwrap_or(self.read);
        } else {
            self.claimed.iter().for_each(|entry| self.index.forget(entry.hash, entry.timestamp));
        }
        self.claimed.clear();
        self.is_current = false;
    }
}

impl Entry {
    fn bytes(&self) -> [u8; ENTRY] {
        let mut bytes = [0; ENTRY];
        bytes[..8].copy_from_slice(&seconds(self.timestamp).to_be_bytes());
        bytes[8..16].copy_from_slice(&seconds(self.until).to_be_bytes());
        bytes[16..].copy_from_slice(&self.hash.to_le_bytes());
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Self, StoreError> {
        let [timestamp, until, hash] = match bytes.as_chunks() {
            (&[timestamp, until, hash], []) => [timestamp, until, hash],
            _ => return Err(StoreError::corrupt("a row of nonces is cut short")),
        };
        let time = |bytes| Timestamp::from_seconds(u64::from_be_bytes(bytes));
        Ok(Self { timestamp: time(timestamp), until: time(until), hash: u64::from_le_bytes(hash) })
    }
}

/// Bytes of one in the log.
const ENTRY: usize = 24;
const NEWER: &str = "SELECT id, entries FROM nonce_log WHERE id > ?1 ORDER BY id";
const WRITE: &str = "INSERT INTO nonce_log (until, entries) VALUES (?1, ?2)";
