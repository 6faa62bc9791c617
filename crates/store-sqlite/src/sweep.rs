//! Deletes what has expired, a few rows at a time, so that no request waits for it.

use crate::rows::{change, seconds};
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
        let nonces = change(connection, NONCES, (seconds(self.now), most))?;
        let mut fullest = temporaries.max(sessions).max(nonces);
        for sql in [INVITATIONS, ANSWERS, CHALLENGES] {
            fullest = fullest.max(change(connection, sql, (seconds(self.now), most))?);
        }
        Ok(fullest >= most as usize)
    }
}

const NONCES: &str = "DELETE FROM nonce_log WHERE id IN (SELECT id FROM nonce_log
    WHERE until <= ?1 AND id < (SELECT max(id) FROM nonce_log) ORDER BY until LIMIT ?2)";

const SESSIONS: &str = "DELETE FROM sessions WHERE rowid IN
    (SELECT rowid FROM sessions WHERE expires <= ?1 ORDER BY expires LIMIT ?2)";

const INVITATIONS: &str = "DELETE FROM invitations WHERE rowid IN
    (SELECT rowid FROM invitations WHERE expires <= ?1 ORDER BY expires LIMIT ?2)";

const ANSWERS: &str = "DELETE FROM idempotent WHERE rowid IN
    (SELECT rowid FROM idempotent WHERE expires <= ?1 ORDER BY expires LIMIT ?2)";

const CHALLENGES: &str = "DELETE FROM challenges WHERE rowid IN
    (SELECT rowid FROM challenges WHERE expires <= ?1 ORDER BY expires LIMIT ?2)";

const TEMPORARIES: &str = "DELETE FROM temporaries WHERE rowid IN
    (SELECT rowid FROM temporaries WHERE expires <= ?1 ORDER BY expires LIMIT ?2)";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    /// A thousand seconds with a row each, which lives for so long.
    fn nonces(lifetime: i64) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        schema::MIGRATIONS.iter().for_each(|migration| connection.execute_batch(migration).unwrap());
        for second in 1..=1000 {
            let row = "INSERT INTO nonce_log (until, entries) VALUES (?1, x'')";
            connection.execute(row, [second + lifetime]).unwrap();
        }
        connection
    }

    fn count(connection: &Connection, guard: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM nonce_log WHERE {guard}");
        connection.query_row(&sql, [], |row| row.get(0)).unwrap()
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn expired_nonces_go_in_bounded_runs_and_live_ones_stay() {
        let (connection, mut sweeper) = (nonces(360), Sweeper::default());
        sweeper.tell(at(1000));
        for left in [800, 600, 400, 360] {
            sweeper.sweep(&connection, 200);
            assert_eq!(count(&connection, "TRUE"), left);
        }
        assert!(!sweeper.is_behind());
        assert_eq!(count(&connection, "until > 1000"), 360);
        // In the same second it does not look again, in the next it does.
        sweeper.sweep(&connection, 200);
        sweeper.tell(at(1001));
        sweeper.sweep(&connection, 200);
        assert_eq!(count(&connection, "TRUE"), 359);
    }

    #[test]
    fn the_newest_row_stays_so_that_no_number_is_given_twice() {
        let (connection, mut sweeper) = (nonces(360), Sweeper::default());
        sweeper.tell(at(5000));
        sweeper.sweep(&connection, 5000);
        assert_eq!(count(&connection, "TRUE"), count(&connection, "id = 1000"));
    }

    #[test]
    fn a_clock_that_was_set_back_deletes_nothing_that_lives() {
        let (connection, mut sweeper) = (nonces(360), Sweeper::default());
        for now in [1000, 10, 1000, 999] {
            sweeper.tell(at(now));
            sweeper.sweep(&connection, 5000);
            assert_eq!(count(&connection, "until > 1000"), 360, "{now}");
        }
        assert_eq!(count(&connection, "until <= 999"), 0);
    }

    #[test]
    fn no_statement_reads_a_whole_table() {
        let connection = nonces(360);
        for sql in [NONCES, SESSIONS, TEMPORARIES, INVITATIONS, ANSWERS, CHALLENGES] {
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
