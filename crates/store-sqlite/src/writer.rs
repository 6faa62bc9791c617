//! The write side: one thread, one connection, and one COMMIT for all changes that wait.

use crate::{checkpoint::Checkpointer, sweep::Sweeper};
use countersign_core::Timestamp;
use countersign_store::StoreError;
use rusqlite::{Connection, ffi};
use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel},
    },
    thread::{self, JoinHandle},
};
use tokio::sync::oneshot;

/// The handle of the writer's thread. Dropped, it waits until all that was asked for is committed.
pub(crate) struct Writer {
    queue: Option<SyncSender<Message>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

enum Message {
    Change(Box<dyn Job>),
    Close(oneshot::Sender<()>),
}

/// A change that was asked for: run inside a transaction, acknowledged once that is committed.
trait Job: Send {
    fn run(&mut self, connection: &Connection);
    /// What time it was when it was asked for.
    fn now(&self) -> Option<Timestamp>;
    fn acknowledge(self: Box<Self>, committed: Result<(), &Arc<rusqlite::Error>>);
}

struct Change<W, T, R> {
    work: Option<W>,
    result: Option<Result<T, StoreError>>,
    now: Option<Timestamp>,
    reply: R,
}

impl Writer {
    /// Starts the thread, with a second connection that keeps the write-ahead log short.
    pub(crate) fn start(connection: Connection, checkpoints: Connection) -> io::Result<Self> {
        let (queue, jobs) = sync_channel(MOST_WAITING);
        let checkpointer = Checkpointer::start(checkpoints)?;
        let thread = thread::Builder::new().name("countersign-sqlite-writer".into()).spawn(move || {
            Group {
                connection,
                checkpointer,
                sweeper: Sweeper::default(),
                jobs: Vec::with_capacity(MOST_AT_ONCE),
            }
            .run(&jobs);
        })?;
        Ok(Self { queue: Some(queue), thread: Mutex::new(Some(thread)) })
    }

    /// Runs `work` in the next group, and answers once it is committed.
    ///
    /// An error of `work` undoes its own statement alone; with more than one, use [`atomically`](crate::rows::atomically).
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        now: Option<Timestamp>,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (sender, answer) = oneshot::channel();
        // OK because nobody may be waiting any more
        self.submit(now, work, move |result| drop(sender.send(result)))?;
        answer.await.unwrap_or_else(|_| Err(ended()))
    }

    /// The same, for who does not wait: `reply` is called on the writer's thread.
    pub(crate) fn submit<T: Send + 'static>(
        &self,
        now: Option<Timestamp>,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
        reply: impl FnOnce(Result<T, StoreError>) + Send + 'static,
    ) -> Result<(), StoreError> {
        let job = Box::new(Change { work: Some(work), result: None, now, reply });
        let queue = self.queue.as_ref().ok_or_else(ended)?;
        queue.try_send(Message::Change(job)).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::unavailable("too many changes are waiting"),
            TrySendError::Disconnected(_) => ended(),
        })
    }

    /// Commits what was asked for before, and ends the thread.
    pub(crate) async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if let Some(queue) = &self.queue
            // Where thousands wait, this one waits for its place too.
            && queue.send(Message::Close(reply)).is_ok()
        {
            // OK because an error says that the thread has ended already
            let _ = closed.await;
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        let thread = self.thread.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // OK because a thread that panicked has nothing more to commit, and its callers have been told
            let _ = thread.join();
        }
    }
}

impl<W, T, R> Job for Change<W, T, R>
where
    W: FnOnce(&Connection) -> Result<T, StoreError> + Send,
    T: Send,
    R: FnOnce(Result<T, StoreError>) + Send,
{
    fn run(&mut self, connection: &Connection) {
        self.result = self.work.take().map(|work| work(connection));
    }

    fn now(&self) -> Option<Timestamp> {
        self.now
    }

    fn acknowledge(self: Box<Self>, committed: Result<(), &Arc<rusqlite::Error>>) {
        let result = match (committed, self.result) {
            (Ok(()), Some(result)) => result,
            (Ok(()), None) => Err(StoreError::unavailable("the change was not run")),
            // It may be what made the group fail. A conflict is no answer: its other half was undone.
            (Err(_), Some(Err(error))) if error.is_retryable() => Err(error),
            (Err(error), _) => Err(StoreError::unavailable(Arc::clone(error))),
        };
        (self.reply)(result);
    }
}

/// What the thread owns.
struct Group {
    connection: Connection,
    checkpointer: Checkpointer,
    sweeper: Sweeper,
    jobs: Vec<Box<dyn Job>>,
}

impl Group {
    fn run(mut self, queue: &Receiver<Message>) {
        loop {
            let first = match queue.try_recv() {
                Err(TryRecvError::Empty) if self.sweeper.is_behind() => {
                    self.sweep_alone();
                    continue;
                }
                Err(TryRecvError::Empty) => queue.recv().ok(),
                other => other.ok(),
            };
            let Some(first) = first else { return };
            if let Some(closed) = self.gather(first, queue) {
                self.commit_and_acknowledge();
                drop(self);
                // OK because nobody may be waiting any more
                let _ = closed.send(());
                return;
            }
            self.commit_and_acknowledge();
        }
    }

    /// Takes what waits, up to a bound, or up to the wish to close.
    fn gather(&mut self, first: Message, queue: &Receiver<Message>) -> Option<oneshot::Sender<()>> {
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                Message::Change(job) => self.jobs.push(job),
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
        self.checkpointer.committed(self.jobs.len());
        for job in self.jobs.drain(..) {
            job.acknowledge(committed.as_ref().copied());
        }
        if committed.is_err() {
            // What has expired may be what fills the disk.
            self.sweep_alone();
        }
    }

    fn commit(&mut self) -> rusqlite::Result<()> {
        self.execute("BEGIN IMMEDIATE")?;
        let done = self.run_jobs().and_then(|()| self.execute("COMMIT"));
        if done.is_err() && !self.connection.is_autocommit() {
            // OK because nothing is acknowledged: where even this fails, the next BEGIN does too
            let _ = self.execute("ROLLBACK");
        }
        done
    }

    fn run_jobs(&mut self) -> rusqlite::Result<()> {
        for job in &mut self.jobs {
            job.run(&self.connection);
            still_open(&self.connection)?;
        }
        self.sweeper.sweep(&self.connection, self.jobs.len() * 2);
        still_open(&self.connection)
    }

    /// Between groups, when nobody waits: a change that comes meanwhile waits for one batch.
    fn sweep_alone(&mut self) {
        let swept = self.execute("BEGIN IMMEDIATE").and_then(|()| {
            self.sweeper.sweep(&self.connection, MOST_SWEPT);
            self.execute("COMMIT")
        });
        if let Err(error) = swept {
            self.sweeper.give_up();
            tracing::debug!(%error, "expired rows were not deleted");
            if !self.connection.is_autocommit() {
                // OK because nothing is lost: what has expired is found again
                let _ = self.execute("ROLLBACK");
            }
        }
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }
}

fn ended() -> StoreError {
    StoreError::unavailable("the writer has ended")
}

/// A full or failing disk makes SQLite undo the whole transaction: what follows would be committed change by change.
fn still_open(connection: &Connection) -> rusqlite::Result<()> {
    if !connection.is_autocommit() {
        return Ok(());
    }
    let undone = "a change of the same group failed and undid the others".into();
    Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_ABORT_ROLLBACK), Some(undone)))
}

/// Changes in one group: enough to share a COMMIT, few enough to hold the lock for a moment only.
const MOST_AT_ONCE: usize = 256;
/// Changes in the queue; the next one is refused, since a disk that far behind would not reach it in time.
const MOST_WAITING: usize = 16 * 1024;
/// Expired rows of a table that one transaction deletes.
const MOST_SWEPT: usize = 500;
