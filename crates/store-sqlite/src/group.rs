//! The writer's thread: gathers the changes that wait, runs them in one transaction, acknowledges them after its COMMIT.

use crate::{
    checkpoint::Checkpointer,
    nonces::Nonces,
    returning::{Returner, Returning},
    sweep::Sweeper,
    writer::{Desk, Job, MOST_AT_ONCE, Message},
};
use rusqlite::{Connection, ErrorCode, ffi};
use std::{
    error::Error,
    mem,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, TryRecvError},
    },
};
use tokio::sync::oneshot;

/// What the thread owns.
pub(crate) struct Group {
    desk: Desk,
    checkpointer: Checkpointer,
    sweeper: Sweeper,
    returner: Returner,
    jobs: Vec<Box<dyn Job>>,
}

impl Group {
    pub(crate) fn new(connection: Connection, checkpointer: Checkpointer, returning: Arc<Returning>) -> Self {
        let (sweeper, returner) = (Sweeper::default(), Returner::new(returning));
        let desk = Desk { connection, nonces: Nonces::default() };
        Self { desk, checkpointer, sweeper, returner, jobs: Vec::new() }
    }

    /// Until the last handle is dropped, or one wishes to close: what was asked for before is committed.
    ///
    /// Gives back the connection: the last one to be closed must be one that can write, or the log stays beside the database.
    pub(crate) fn run(mut self, queue: &Receiver<Message>) -> Connection {
        loop {
            let first = match queue.try_recv() {
                Err(TryRecvError::Empty) if self.sweeper.is_behind() => {
                    self.sweep_alone();
                    continue;
                }
                Err(TryRecvError::Empty) => self.sleep(queue),
                other => other.ok(),
            };
            let Some(first) = first else { return self.desk.connection };
            if let Some(closed) = self.gather(first, queue) {
                self.commit_and_acknowledge();
                let Self { desk, checkpointer, returner, .. } = self;
                drop((checkpointer, returner));
                // OK because nobody may be waiting any more
                let _ = closed.send(());
                return desk.connection;
            }
            self.commit_and_acknowledge();
        }
    }

    /// Until something is asked for.
    fn sleep(&mut self, queue: &Receiver<Message>) -> Option<Message> {
        while let Some(patience) = self.returner.patience() {
            match queue.recv_timeout(patience) {
                Err(RecvTimeoutError::Timeout) => self.returner.hurry(),
                other => return other.ok(),
            }
        }
        queue.recv().ok()
    }

    /// Takes what waits, up to a bound, or up to the wish to close.
    fn gather(&mut self, first: Message, queue: &Receiver<Message>) -> Option<oneshot::Sender<()>> {
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                Message::Changes(jobs) if self.jobs.is_empty() => self.jobs = jobs,
                Message::Changes(jobs) => self.jobs.extend(jobs),
                Message::Close(reply) => return Some(reply),
            }
            next = if self.jobs.len() < MOST_AT_ONCE { queue.try_recv().ok() } else { None };
        }
        None
    }

    fn commit_and_acknowledge(&mut self) {
        if self.jobs.is_empty() {
            return;
        }
        if let Some(now) = self.jobs.iter().rev().find_map(|job| job.now()) {
            self.sweeper.tell(now);
        }
        let committed = self.commit().map_err(Arc::new);
        let (changes, unwell) = (self.jobs.len(), committed.as_ref().is_err_and(|error| !is_busy(error)));
        self.returner.give_back(mem::take(&mut self.jobs), committed);
        if unwell {
            // What has expired may be what fills the disk.
            self.sweep_alone();
        }
        self.checkpointer.committed(&self.desk.connection, changes);
        self.returner.hurry();
    }

    fn commit(&mut self) -> rusqlite::Result<()> {
        self.execute("BEGIN IMMEDIATE")?;
        let done = self.run_jobs().and_then(|()| self.execute("COMMIT"));
        if done.is_err() && !self.desk.connection.is_autocommit() {
            // OK because nothing is acknowledged: where even this fails, the next BEGIN does too
            let _ = self.execute("ROLLBACK");
        }
        self.desk.nonces.end(done.is_ok());
        done
    }

    fn run_jobs(&mut self) -> rusqlite::Result<()> {
        for job in &mut self.jobs {
            job.run(&mut self.desk);
            still_open(&self.desk.connection)?;
        }
        self.desk.nonces.write(&self.desk.connection)?;
        // In proportion, so that it keeps up with any load and each change pays for two rows at most.
        self.sweeper.sweep(&self.desk.connection, u32::try_from(self.jobs.len() * 2).unwrap_or(MOST_SWEPT));
        still_open(&self.desk.connection)
    }

    /// Between groups, when nobody waits: a change that comes meanwhile waits for one batch.
    fn sweep_alone(&mut self) {
        let swept = self.execute("BEGIN IMMEDIATE").and_then(|()| {
            self.sweeper.sweep(&self.desk.connection, MOST_SWEPT);
            self.execute("COMMIT")
        });
        if let Err(error) = swept {
            self.sweeper.give_up();
            tracing::warn!(error = &error as &dyn Error, "expired rows were not deleted");
            if !self.desk.connection.is_autocommit() {
                // OK because nothing is lost: what has expired is found again
                let _ = self.execute("ROLLBACK");
            }
        }
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.desk.connection.prepare_cached(sql)?.execute([]).map(drop)
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

/// A full or failing disk makes SQLite undo the whole transaction: what follows would be committed change by change.
fn still_open(connection: &Connection) -> rusqlite::Result<()> {
    if !connection.is_autocommit() {
        return Ok(());
    }
    let undone = "a change of the same group failed and undid the others".into();
    Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_ABORT_ROLLBACK), Some(undone)))
}

/// Expired rows of a table that one transaction deletes.
const MOST_SWEPT: u32 = 500;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        rows::{atomically, change},
        writer::Writer,
    };
    use countersign_store::{StoreError, StoreErrorKind};
    use std::sync::mpsc::{Sender, channel};

    type Answer = Receiver<Result<(), StoreErrorKind>>;

    const CONFLICT: Result<(), StoreErrorKind> = Err(StoreErrorKind::Conflict);
    const UNAVAILABLE: Result<(), StoreErrorKind> = Err(StoreErrorKind::Unavailable);

    fn writer(limits: &str) -> Writer {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE a (x PRIMARY KEY) WITHOUT ROWID").unwrap();
        connection
            .execute_batch("CREATE TABLE b (x REFERENCES a (x) DEFERRABLE INITIALLY DEFERRED)")
            .unwrap();
        connection.execute_batch(limits).unwrap();
        Writer::start(connection, Connection::open_in_memory().unwrap()).unwrap()
    }

    fn ask(
        writer: &Writer,
        work: impl FnOnce(&Connection) -> Result<(), StoreError> + Send + 'static,
    ) -> Answer {
        let (reply, answer) = channel();
        let reply = move |result: Result<(), StoreError>| reply.send(result.map_err(|e| e.kind())).unwrap();
        writer.submit(None, work, reply).unwrap();
        answer
    }

    fn insert(writer: &Writer, table: &'static str, value: &'static str) -> Answer {
        ask(writer, move |connection| {
            change(connection, &format!("INSERT INTO {table} VALUES (?1)"), [value]).map(drop)
        })
    }

    /// Keeps the writer busy: what is asked for before the gate opens is one group.
    fn close_gate(writer: &Writer) -> Sender<()> {
        let ((here, arrived), (open, opened)) = (channel(), channel());
        let wait = move |_: &Connection| {
            here.send(()).unwrap();
            opened.recv().map_err(StoreError::unavailable)
        };
        writer.submit(None, wait, drop).unwrap();
        arrived.recv().unwrap();
        open
    }

    fn values(writer: &Writer) -> String {
        let (reply, answer) = channel();
        let read = |connection: &Connection| {
            let all = "SELECT coalesce(group_concat(x, ' ' ORDER BY x), '') FROM a";
            Ok(connection.query_row(all, [], |row| row.get::<_, String>(0)).unwrap())
        };
        writer.submit(None, read, move |values| drop(reply.send(values.unwrap()))).unwrap();
        answer.recv().unwrap()
    }

    #[test]
    fn an_error_undoes_nothing_of_the_others_in_its_group() {
        let writer = writer("");
        let gate = close_gate(&writer);
        let answers = [
            insert(&writer, "a", "one"),
            insert(&writer, "a", "one"),
            ask(&writer, |connection| {
                atomically(connection, |connection| {
                    change(connection, "INSERT INTO a VALUES ('half')", [])?;
                    change(connection, "INSERT INTO a VALUES ('one')", []).map(drop)
                })
            }),
            insert(&writer, "a", "two"),
        ];
        gate.send(()).unwrap();
        assert_eq!(answers.map(|answer| answer.recv().unwrap()), [Ok(()), CONFLICT, CONFLICT, Ok(())]);
        assert_eq!(values(&writer), "one two");
    }

    #[test]
    fn where_the_commit_fails_nothing_happened_and_the_next_group_succeeds() {
        let writer = writer("PRAGMA foreign_keys = ON");
        let gate = close_gate(&writer);
        // The second row's reference is checked by COMMIT itself.
        let answers =
            ["a", "b"].map(|table| insert(&writer, table, if table == "a" { "one" } else { "none" }));
        gate.send(()).unwrap();
        assert_eq!(answers.map(|answer| answer.recv().unwrap()), [UNAVAILABLE, UNAVAILABLE]);
        assert_eq!(values(&writer), "");
        assert_eq!(insert(&writer, "a", "one").recv().unwrap(), Ok(()));
    }

    #[test]
    fn where_sqlite_undoes_the_transaction_the_rest_of_the_group_is_not_run() {
        let writer = writer("PRAGMA max_page_count = 10");
        let gate = close_gate(&writer);
        let answers = [
            insert(&writer, "a", "one"),
            ask(&writer, |connection| {
                change(connection, "INSERT INTO a VALUES (zeroblob(1000000))", []).map(drop)
            }),
            insert(&writer, "a", "two"),
        ];
        gate.send(()).unwrap();
        assert_eq!(answers.map(|answer| answer.recv().unwrap()), [UNAVAILABLE; 3]);
        assert_eq!(values(&writer), "");
        assert_eq!(insert(&writer, "a", "three").recv().unwrap(), Ok(()));
        assert_eq!(values(&writer), "three");
    }

    #[test]
    fn dropping_the_handle_commits_what_waits() {
        let writer = writer("");
        let gate = close_gate(&writer);
        let answers = ["one", "two", "three"].map(|value| insert(&writer, "a", value));
        gate.send(()).unwrap();
        drop(writer);
        // Nothing is waited for: the thread has ended.
        assert_eq!(answers.map(|answer| answer.try_recv().unwrap()), [Ok(()); 3]);
    }

    #[test]
    fn a_writer_that_panicked_answers_unavailable() {
        let writer = writer("");
        countersign_store::contract::block_on(async {
            for _ in 0..2 {
                let answer = writer.run(None, |_| -> Result<(), _> { panic!("a bug") }).await;
                assert_eq!(answer.map_err(|error| error.kind()), UNAVAILABLE);
            }
        });
    }
}
