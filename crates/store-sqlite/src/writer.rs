//! The write side: one thread, one connection, and one COMMIT for all changes that wait.

use crate::{checkpoint::Checkpointer, group::Group};
use countersign_core::Timestamp;
use countersign_store::StoreError;
use rusqlite::Connection;
use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{SyncSender, TrySendError, sync_channel},
    },
    thread::{self, JoinHandle},
};
use tokio::sync::oneshot;

/// The handle of the writer's thread. Dropped, it waits until all that was asked for is committed.
pub(crate) struct Writer {
    queue: Option<SyncSender<Message>>,
    /// It ends with the connection that it wrote with.
    thread: Mutex<Option<JoinHandle<Connection>>>,
}

/// What the thread is asked for.
pub(crate) enum Message {
    /// A change.
    Change(Box<dyn Job>),
    /// The wish to end, and whom to tell.
    Close(oneshot::Sender<()>),
}

/// A change that was asked for: run inside a transaction, acknowledged once that is committed.
pub(crate) trait Job: Send {
    /// Runs it; its result is kept back.
    fn run(&mut self, connection: &Connection);
    /// What time it was when it was asked for.
    fn now(&self) -> Option<Timestamp>;
    /// Gives the result, or says that nothing of it happened.
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
        let thread = thread::Builder::new()
            .name("countersign-sqlite-writer".into())
            .spawn(move || Group::new(connection, checkpointer).run(&jobs))?;
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

fn ended() -> StoreError {
    StoreError::unavailable("the writer has ended")
}

/// Changes in the queue; the next one is refused, since a disk that far behind would not reach it in time.
const MOST_WAITING: usize = 16 * 1024;
