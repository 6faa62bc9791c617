//! Deletes what has expired, a few rows at a time, so that no request waits for it.

use crate::rows::{change, seconds};
use countersign_core::Timestamp;
use countersign_store::StoreError;
use rusqlite::Connection;

/// What the writer knows about expired rows. Its clock is the latest time that a caller told.
#[derive(Debug, Default)]
pub(crate) struct Sweeper {
    now: Timestamp,
    /// When it last found fewer rows than it might have deleted: in that second it does not look again.
    finished_at: Timestamp,
    behind: bool,
}

impl Sweeper {
    pub(crate) fn tell(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// Whether more has expired than was deleted.
    pub(crate) fn is_behind(&self) -> bool {
        self.behind
    }

    /// Until the next second.
    pub(crate) fn give_up(&mut self) {
        self.behind = false;
        self.finished_at = self.now;
    }

    /// Deletes up to `most` rows of each table, once a second or until nothing is left.
    ///
    /// A failure undoes no change of others: what has expired is found again.
    pub(crate) fn sweep(&mut self, connection: &Connection, most: usize) {
        if !self.behind && self.now == self.finished_at {
            return;
        }
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        match delete_expired(connection, self.now, most) {
            Ok(true) => self.behind = true,
            Ok(false) => self.give_up(),
            Err(error) => {
                self.give_up();
                tracing::debug!(%error, "expired rows were not deleted");
            }
        }
    }
}

/// Tells whether any table may have more.
fn delete_expired(connection: &Connection, now: Timestamp, most: i64) -> Result<bool, StoreError> {
    let mut more = false;
    for (sql, since) in [
        (NONCES, now),
        (SESSIONS, now),
        // Kept for an hour, so that who comes late is told "expired" and not "unknown".
        (TEMPORARIES, now.minus(3600)),
    ] {
        let deleted = change(connection, sql, [seconds(since), most])?;
        more |= i64::try_from(deleted) == Ok(most);
    }
    Ok(more)
}

// In the order of the index, and so, where all clients have one window, of contiguous keys.

const NONCES: &str = "DELETE FROM nonces WHERE (stamp, digest) IN
    (SELECT stamp, digest FROM nonces WHERE until <= ?1 ORDER BY until LIMIT ?2)";

const SESSIONS: &str = "DELETE FROM sessions WHERE rowid IN
    (SELECT rowid FROM sessions WHERE expires <= ?1 ORDER BY expires LIMIT ?2)";

const TEMPORARIES: &str = "DELETE FROM temporaries WHERE rowid IN
    (SELECT rowid FROM temporaries WHERE expires <= ?1 ORDER BY expires LIMIT ?2)";
