//! The write side: one thread, one connection, and one COMMIT for all changes that wait.
//!
//! Waking another thread costs more than a change does. So what is asked for in one turn of the caller's runtime [goes to
//! the thread](Outbox) at once, and [comes back](Returning) at once.

use crate::{
    checkpoint::Checkpointer,
    group::Group,
    nonces::{Entry, Nonces},
    outbox::{AtEnd, Outbox},
    returning::Returning,
};
use countersign_core::Timestamp;
use countersign_store::{Freshness, StoreError};
use rusqlite::Connection;
use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc::channel,
    },
    thread::{self, JoinHandle},
};
use tokio::sync::oneshot;

/// The handle of the writer's thread. Dropped, it waits until all that was asked for is committed.
pub(crate) struct Writer {
    /// `None` once it is dropped.
    outbox: Option<Arc<Outbox>>,
    returning: Arc<Returning>,
    /// How many changes were asked for and are not yet acknowledged.
    waiting: Arc<AtomicUsize>,
    /// It ends with the connection that it wrote with.
    thread: Mutex<Option<JoinHandle<Connection>>>,
}

/// What the thread is asked for.
pub(crate) enum Message {
    /// Changes.
    Changes(Vec<Box<dyn Job>>),
    /// The wish to end, and whom to tell.
    Close(oneshot::Sender<()>),
}

/// What a change works with.
pub(crate) struct Desk {
    pub(crate) connection: Connection,
    pub(crate) nonces: Nonces,
}

/// A change that was asked for: run inside a transaction, acknowledged once that is committed.
pub(crate) trait Job: Send {
    /// Runs it; its result is kept back.
    fn run(&mut self, desk: &mut Desk);
    /// What time it was when it was asked for.
    fn now(&self) -> Option<Timestamp>;
    /// Gives the result, or says that nothing of it happened; tells whether that woke a caller.
    fn acknowledge(self: Box<Self>, committed: Result<(), &Arc<rusqlite::Error>>) -> bool;
}

struct Change<W, T, R> {
    work: Option<W>,
    result: Option<Result<T, StoreError>>,
    now: Option<Timestamp>,
    reply: R,
    _place: Place,
}

/// One of the [`MOST_WAITING`].
struct Place(Arc<AtomicUsize>);

impl Writer {
    /// Starts the thread, with a second connection that keeps the write-ahead log short.
    pub(crate) fn start(connection: Connection, checkpoints: Connection) -> io::Result<Self> {
        let (queue, jobs) = channel();
        let returning = Arc::new(Returning::default());
        let group = Group::new(connection, Checkpointer::start(checkpoints)?, Arc::clone(&returning));
        let thread = thread::Builder::new()
            .name("countersign-sqlite-writer".into())
            .spawn(move || group.run(&jobs))?;
        Ok(Self {
            outbox: Some(Arc::new(Outbox::new(queue))),
            returning,
            waiting: Arc::default(),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Runs `work` in the next group, and answers once it is committed.
    ///
    /// An error of `work` undoes its own statement alone; with more than one, use [`atomically`](crate::rows::atomically).
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        now: Option<Timestamp>,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.ask(now, move |desk| work(&desk.connection)).await
    }

    /// Claims a nonce in the next group, and answers once that is committed.
    pub(crate) async fn claim(&self, entry: Entry, now: Timestamp) -> Result<Freshness, StoreError> {
        self.ask(Some(now), move |desk| desk.nonces.claim(&desk.connection, entry, now)).await
    }

    async fn ask<T: Send + 'static>(
        &self,
        now: Option<Timestamp>,
        work: impl FnOnce(&mut Desk) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (sender, answer) = oneshot::channel();
        let job = self.job(now, work, move |result| sender.send(result).is_ok())?;
        self.outbox()?.gather(job);
        // Also where this caller gives up: the others would wait for it.
        let _others = AtEnd(|| self.returning.acknowledge());
        answer.await.unwrap_or_else(|_| Err(ended()))
    }

    /// The same, for who does not wait: `reply` may be called on the writer's thread.
    pub(crate) fn submit<T: Send + 'static>(
        &self,
        now: Option<Timestamp>,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
        reply: impl FnOnce(Result<T, StoreError>) + Send + 'static,
    ) -> Result<(), StoreError> {
        let work = move |desk: &mut Desk| work(&desk.connection);
        let job = self.job(now, work, |result| {
            reply(result);
            false
        })?;
        self.outbox()?.send(job)
    }

    fn job<T: Send + 'static>(
        &self,
        now: Option<Timestamp>,
        work: impl FnOnce(&mut Desk) -> Result<T, StoreError> + Send + 'static,
        reply: impl FnOnce(Result<T, StoreError>) -> bool + Send + 'static,
    ) -> Result<Box<dyn Job>, StoreError> {
        let place = Place(Arc::clone(&self.waiting));
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= MOST_WAITING {
            return Err(StoreError::unavailable("too many changes are waiting"));
        }
        Ok(Box::new(Change { work: Some(work), result: None, now, reply, _place: place }))
    }

    fn outbox(&self) -> Result<&Arc<Outbox>, StoreError> {
        self.outbox.as_ref().ok_or_else(ended)
    }

    /// Commits what was asked for before, and ends the thread.
    pub(crate) async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if self.outbox().is_ok_and(|outbox| outbox.close(reply).is_ok()) {
            // OK because an error says that the thread has ended already
            let _ = closed.await;
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Some(outbox) = self.outbox.take() {
            outbox.send_gathered();
        }
        let thread = self.thread.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // OK because a thread that panicked has nothing more to commit, and its callers have been told
            let _ = thread.join();
        }
    }
}

impl<W, T, R> Job for Change<W, T, R>
where
    W: FnOnce(&mut Desk) -> Result<T, StoreError> + Send,
    T: Send,
    R: FnOnce(Result<T, StoreError>) -> bool + Send,
{
    fn run(&mut self, desk: &mut Desk) {
        self.result = self.work.take().map(|work| work(desk));
    }

    fn now(&self) -> Option<Timestamp> {
        self.now
    }

    fn acknowledge(self: Box<Self>, committed: Result<(), &Arc<rusqlite::Error>>) -> bool {
        let result = match (committed, self.result) {
            (Ok(()), Some(result)) => result,
            (Ok(()), None) => Err(StoreError::unavailable("the change was not run")),
            // It may be what made the group fail. A conflict is no answer: its other half was undone.
            (Err(_), Some(Err(error))) if error.is_retryable() => Err(error),
            (Err(error), _) => Err(StoreError::unavailable(Arc::clone(error))),
        };
        (self.reply)(result)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What those are told whose change comes too late.
pub(crate) fn ended() -> StoreError {
    StoreError::unavailable("the writer has ended")
}

/// Changes that may wait; the next one is refused, since a disk that far behind would not reach it in time.
const MOST_WAITING: usize = 16 * 1024;
/// Changes in one group: enough to share a COMMIT, few enough to hold the lock for a moment only.
pub(crate) const MOST_AT_ONCE: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        future::Future,
        pin::pin,
        sync::mpsc,
        task::{Context, Waker},
    };

    fn writer() -> Writer {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE a (x)").unwrap();
        Writer::start(connection, Connection::open_in_memory().unwrap()).unwrap()
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    async fn insert(writer: &Writer) -> Result<(), StoreError> {
        writer
            .run(None, |connection| crate::rows::change(connection, "INSERT INTO a VALUES (1)", []).map(drop))
            .await
    }

    fn count(writer: &Writer) -> i64 {
        let count = |connection: &Connection| crate::rows::value(connection, "SELECT count(*) FROM a", []);
        block_on(writer.run(None, count)).unwrap().unwrap()
    }

    /// What is asked for before it is dropped is one group.
    fn close_gate(writer: &Writer) -> mpsc::Sender<()> {
        let (open, opened) = mpsc::channel();
        writer.submit(None, move |_| Ok(opened.recv()), drop).unwrap();
        open
    }

    /// Polls once, and leaves it there: as a caller does that waits for something else first.
    fn poll(future: std::pin::Pin<&mut impl Future>) {
        assert!(future.poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }

    #[test]
    fn a_caller_that_is_not_run_any_more_keeps_nobody_waiting() {
        let writer = writer();
        // Whichever of two asks first, and however far the one that is left alone has come: one group for both.
        for (polls, first) in [(0, true), (1, true), (2, true), (1, false), (2, false)] {
            let gate = close_gate(&writer);
            let (mut stuck, mut other) = (pin!(insert(&writer)), pin!(insert(&writer)));
            for turn in [first, !first] {
                if turn {
                    (0..polls).for_each(|_| poll(stuck.as_mut()));
                } else {
                    (0..2).for_each(|_| poll(other.as_mut()));
                }
            }
            drop(gate);
            block_on(other).unwrap();
            block_on(stuck).unwrap();
        }
        assert_eq!(count(&writer), 10);
    }

    #[test]
    fn a_caller_that_gives_up_keeps_nobody_waiting_and_its_change_is_made() {
        let writer = writer();
        for polls in 1..4 {
            let gate = close_gate(&writer);
            let mut other = Box::pin(insert(&writer));
            poll(other.as_mut());
            let mut gone = Box::pin(insert(&writer));
            (0..polls).for_each(|_| poll(gone.as_mut()));
            drop(gone);
            drop(gate);
            block_on(other).unwrap();
        }
        assert_eq!(count(&writer), 6);
    }

    #[test]
    fn more_than_may_wait_are_refused_and_lose_nothing() {
        let writer = writer();
        let gate = close_gate(&writer);
        let ask = || {
            writer.submit(
                None,
                |connection| crate::rows::change(connection, "INSERT INTO a VALUES (1)", []),
                drop,
            )
        };
        let taken = (0..MOST_WAITING + 100).filter(|_| ask().is_ok()).count();
        assert_eq!(taken, MOST_WAITING - 1);
        drop(gate);
        block_on(writer.close());
        assert_eq!(writer.waiting.load(Ordering::Relaxed), 0);
    }
}
