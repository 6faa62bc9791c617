//! Deletes what has expired, a few rows at a time, so that no request waits for it.

use crate::rows::{change, find, seconds, value};
use countersign_core::Timestamp;
use countersign_store::StoreError;
use rusqlite::Connection;
use std::error::Error;

/// What the writer knows about expired rows. Its clock is the latest time that a caller told.
#[derive(Debug, Default)]
pub(crate) struct Sweeper {
    now: Timestamp,
    /// When it last looked at all there was: in that second it does not look again.
    finished_at: Timestamp,
    behind: bool,
    nonces: NonceSweep,
}

impl Sweeper {
    pub(crate) fn tell(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// Whether there is more to look at.
    pub(crate) fn is_behind(&self) -> bool {
        self.behind
    }

    /// Until the next second.
    pub(crate) fn give_up(&mut self) {
        self.behind = false;
        self.finished_at = self.now;
    }

    /// Looks at up to `most` rows of each table, once a second or until all are seen, and deletes those that expired.
    ///
    /// A failure undoes no change of others: what has expired is found again.
    pub(crate) fn sweep(&mut self, connection: &Connection, most: u32) {
        if !self.behind && self.now == self.finished_at {
            return;
        }
        match self.delete_expired(connection, most) {
            Ok(true) => self.behind = true,
            Ok(false) => self.give_up(),
            Err(error) => {
                self.give_up();
                tracing::warn!(error = &error as &dyn Error, "expired rows were not deleted");
            }
        }
    }

    /// Tells whether any table may have more.
    fn delete_expired(&mut self, connection: &Connection, most: u32) -> Result<bool, StoreError> {
        // Kept for an hour more, so that who comes late is told "expired" and not "unknown".
        let temporaries = change(connection, TEMPORARIES, (seconds(self.now.minus(3600)), most))?;
        let sessions = change(connection, SESSIONS, (seconds(self.now), most))?;
        let nonces = self.nonces.step(connection, self.now, most)?;
        Ok(nonces || temporaries.max(sessions) >= most as usize)
    }
}

/// Walks through the nonces in the order of their key, which is nearly that of their expiry, and so deletes whole runs of
/// neighbours. It stays where live rows begin, and returns to the start once a minute for those that lived longer.
#[derive(Debug, Default)]
struct NonceSweep {
    began: Option<Timestamp>,
    /// How long a row lives at least, as far as the newest ones tell; no row younger than that is looked at.
    lifetime: i64,
    stamp: i64,
    digest: [u8; 16],
}

impl NonceSweep {
    /// Goes on by `most` rows; tells whether there are more.
    fn step(&mut self, connection: &Connection, now: Timestamp, most: u32) -> Result<bool, StoreError> {
        // A clock that was set back counts as a minute.
        if self.began.is_none_or(|began| now < began || began.plus(60) <= now) {
            let lifetime = value::<Option<i64>>(connection, LIFETIME, [])?;
            *self = Self { began: Some(now), lifetime: lifetime.flatten().unwrap_or(0), ..Self::default() };
        }
        let now = seconds(now);
        let oldest_live = now.saturating_sub(self.lifetime);
        let from = (self.stamp, self.digest);
        let end = find(connection, END, (from.0, from.1, oldest_live, most.saturating_sub(1)), |columns| {
            Ok((columns.value()?, columns.value()?))
        })?;
        let more = end.is_some();
        let (stamp, digest) = end.unwrap_or((oldest_live, [0xff; 16]));
        change(connection, NONCES, (from.0, from.1, stamp, digest, now))?;
        // Where the clock was set back, or nothing is old enough, it stays.
        (self.stamp, self.digest) = from.max((stamp, digest));
        Ok(more)
    }
}

const LIFETIME: &str = "SELECT min(until - stamp) FROM
    (SELECT stamp, until FROM nonces ORDER BY stamp DESC, digest DESC LIMIT 100)";

const END: &str = "SELECT stamp, digest FROM nonces
    WHERE (stamp, digest) > (?1, ?2) AND stamp <= ?3 ORDER BY stamp, digest LIMIT 1 OFFSET ?4";

const NONCES: &str = "DELETE FROM nonces
    WHERE (stamp, digest) > (?1, ?2) AND (stamp, digest) <= (?3, ?4) AND until <= ?5";

const SESSIONS: &str = "DELETE FROM sessions WHERE rowid IN
    (SELECT rowid FROM sessions WHERE expires <= ?1 ORDER BY expires LIMIT ?2)";

const TEMPORARIES: &str = "DELETE FROM temporaries WHERE rowid IN
    (SELECT rowid FROM temporaries WHERE expires <= ?1 ORDER BY expires LIMIT ?2)";

#[cfg(test)]
mod tests {
    use super::*;

    /// A thousand seconds of a claim each; `lifetime` says how long the claim of a second lives.
    fn nonces(lifetime: impl Fn(i64) -> i64) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("../migrations/0001_init.sql")).unwrap();
        for stamp in 1..=1000 {
            let row = (stamp, [u8::try_from(stamp % 251).unwrap(); 16], stamp + lifetime(stamp));
            connection.execute("INSERT INTO nonces VALUES (?1, ?2, ?3)", row).unwrap();
        }
        connection
    }

    fn count(connection: &Connection, guard: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM nonces WHERE {guard}");
        connection.query_row(&sql, [], |row| row.get(0)).unwrap()
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn expired_nonces_go_in_bounded_runs_and_live_ones_stay() {
        let (connection, mut sweeper) = (nonces(|_| 360), Sweeper::default());
        sweeper.tell(at(1000));
        for left in [800, 600, 400, 360] {
            sweeper.sweep(&connection, 200);
            assert_eq!(count(&connection, "TRUE"), left);
        }
        assert!(!sweeper.is_behind());
        assert_eq!(count(&connection, "until > 1000"), 360);
        // In the same second it does not look again, in the next it goes on where it was.
        sweeper.sweep(&connection, 200);
        sweeper.tell(at(1001));
        sweeper.sweep(&connection, 200);
        assert_eq!(count(&connection, "TRUE"), 359);
    }

    #[test]
    fn those_that_live_longer_are_passed_by_and_found_within_a_minute() {
        let (connection, mut sweeper) =
            (nonces(|stamp| if stamp % 2 == 0 { 3600 } else { 360 }), Sweeper::default());
        let mut sweep_all = |now: u64| {
            for second in now..now + 61 {
                sweeper.tell(at(second));
                sweeper.sweep(&connection, 5000);
                assert!(!sweeper.is_behind());
            }
        };
        sweep_all(1300);
        assert_eq!((count(&connection, "until - stamp = 360"), count(&connection, "TRUE")), (0, 500));
        sweep_all(4600 - 61);
        assert_eq!(count(&connection, "until > 4540"), count(&connection, "TRUE"));
        sweep_all(4600);
        assert_eq!(count(&connection, "TRUE"), 0);
    }

    #[test]
    fn a_clock_that_was_set_back_deletes_nothing_that_lives() {
        let (connection, mut sweeper) = (nonces(|_| 360), Sweeper::default());
        for now in [1000, 10, 1000, 999] {
            sweeper.tell(at(now));
            sweeper.sweep(&connection, 5000);
            assert_eq!(count(&connection, "until > 1000"), 360, "{now}");
        }
        assert_eq!(count(&connection, "until <= 999"), 0);
    }

    #[test]
    fn no_statement_reads_a_whole_table() {
        let connection = nonces(|_| 360);
        for sql in [END, NONCES, SESSIONS, TEMPORARIES] {
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            for at in 1..=statement.parameter_count() {
                statement.raw_bind_parameter(at, 1).unwrap();
            }
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next().unwrap() {
                let step: String = row.get(3).unwrap();
                assert!(!step.starts_with("SCAN") && !step.contains("TEMP B-TREE"), "{sql}: {step}");
            }
        }
    }
}
