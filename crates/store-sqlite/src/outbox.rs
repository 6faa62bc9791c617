//! The way out: what is asked for in one turn of the caller's runtime goes to the writer's thread together.

use crate::writer::{Job, MOST_AT_ONCE, Message, ended};
use countersign_store::StoreError;
use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc::Sender},
};
use tokio::{
    runtime::{Handle, Id},
    sync::oneshot,
    task::{self, yield_now},
};

/// Changes on their way to the thread.
pub(crate) struct Outbox {
    queue: Sender<Message>,
    gathered: Mutex<Gathered>,
}

/// What will be sent together.
#[derive(Default)]
struct Gathered {
    jobs: Vec<Box<dyn Job>>,
    /// Which runtimes have a task that will send them: each caller's own, so that none depends on another one's.
    senders: Vec<Id>,
}

impl Outbox {
    pub(crate) fn new(queue: Sender<Message>) -> Self {
        Self { queue, gathered: Mutex::default() }
    }

    /// Adds a change to those that will be sent together: once all that are ready now have added theirs.
    pub(crate) fn gather(self: &Arc<Self>, job: Box<dyn Job>) {
        let mut gathered = self.gathered();
        gathered.jobs.push(job);
        // Whoever is not run by a runtime cannot know that there is one which runs anything.
        if gathered.jobs.len() >= MOST_AT_ONCE || task::try_id().is_none() {
            // OK because whoever waits for a change that is dropped is told so
            let _ = self.send_all(gathered);
            return;
        }
        let here = Handle::current().id();
        if !gathered.senders.contains(&here) {
            gathered.senders.push(here);
            drop(gathered);
            let outbox = Arc::downgrade(self);
            // Also where the runtime ends before it comes to that.
            let send = AtEnd(move || outbox.upgrade().iter().for_each(|outbox| outbox.send_gathered()));
            task::spawn(async move {
                let _send = send;
                yield_now().await;
            });
        }
    }

    /// Sends what was gathered, without waiting for more.
    pub(crate) fn send_gathered(&self) {
        // OK because whoever waits for a change that is dropped is told so
        let _ = self.send_all(self.gathered());
    }

    /// Sends a change at once, after those that were asked for before.
    pub(crate) fn send(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        let mut gathered = self.gathered();
        gathered.jobs.push(job);
        self.send_all(gathered)
    }

    /// Asks the thread to end, after what was asked for before.
    pub(crate) fn close(&self, closed: oneshot::Sender<()>) -> Result<(), StoreError> {
        self.send_gathered();
        self.queue.send(Message::Close(closed)).map_err(|_| ended())
    }

    /// Under the lock, so that they arrive in the order in which they were asked for.
    fn send_all(&self, mut gathered: MutexGuard<'_, Gathered>) -> Result<(), StoreError> {
        gathered.senders.clear();
        if gathered.jobs.is_empty() {
            return Ok(());
        }
        self.queue.send(Message::Changes(mem::take(&mut gathered.jobs))).map_err(|_| ended())
    }

    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        // A panic while it is held leaves it whole.
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does something when it is dropped, whatever the reason.
pub(crate) struct AtEnd<F: Fn()>(pub(crate) F);

impl<F: Fn()> Drop for AtEnd<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, channel};

    struct Nothing;

    impl Job for Nothing {
        fn run(&mut self, _: &mut crate::writer::Desk) {}

        fn now(&self) -> Option<countersign_core::Timestamp> {
            None
        }

        fn acknowledge(self: Box<Self>, _: Result<(), &Arc<rusqlite::Error>>) -> bool {
            false
        }
    }

    fn outbox() -> (Arc<Outbox>, Receiver<Message>) {
        let (queue, sent) = channel();
        (Arc::new(Outbox::new(queue)), sent)
    }

    /// How many changes came in each message.
    fn groups(sent: &Receiver<Message>) -> Vec<usize> {
        let size = |message| match message {
            Message::Changes(jobs) => jobs.len(),
            Message::Close(_) => 0,
        };
        sent.try_iter().map(size).collect()
    }

    fn runtime() -> tokio::runtime::Runtime {
        // Further than any of these groups is large: at such an interval tasks that gave way are run beside those that are ready.
        tokio::runtime::Builder::new_current_thread().event_interval(1024).build().unwrap()
    }

    fn ask(runtime: &tokio::runtime::Runtime, outbox: &Arc<Outbox>) -> task::JoinHandle<()> {
        let outbox = Arc::clone(outbox);
        runtime.spawn(async move { outbox.gather(Box::new(Nothing)) })
    }

    /// So long that every task that is ready has been run twice.
    fn turn(runtime: &tokio::runtime::Runtime) {
        runtime.block_on(async {
            for _ in 0..3 {
                yield_now().await;
            }
        });
    }

    #[test]
    fn what_is_asked_for_in_one_turn_is_one_group() {
        let ((outbox, sent), runtime) = (outbox(), runtime());
        for size in [3, 1, MOST_AT_ONCE] {
            (0..size).for_each(|_| drop(ask(&runtime, &outbox)));
            turn(&runtime);
            assert_eq!(groups(&sent), [size]);
        }
        assert!(outbox.gathered().senders.is_empty());
    }

    #[test]
    fn whoever_no_runtime_runs_waits_for_nobody_and_takes_the_others_along() {
        let ((outbox, sent), runtime) = (outbox(), runtime());
        let asked = ask(&runtime, &outbox);
        runtime.block_on(asked).unwrap();
        let gathered = outbox.gathered().jobs.len();
        outbox.gather(Box::new(Nothing));
        assert_eq!((gathered, groups(&sent)), (1, vec![2]));
    }

    #[test]
    fn a_runtime_that_is_not_run_any_more_keeps_no_other_waiting() {
        let ((outbox, sent), stuck, other) = (outbox(), runtime(), runtime());
        let asked = ask(&stuck, &outbox);
        stuck.block_on(asked).unwrap();
        let _asked = ask(&other, &outbox);
        turn(&other);
        assert_eq!(groups(&sent), [2]);
    }

    #[test]
    fn a_runtime_that_ends_sends_what_was_asked_for() {
        let ((outbox, sent), runtime) = (outbox(), runtime());
        let asked = ask(&runtime, &outbox);
        runtime.block_on(asked).unwrap();
        drop(runtime);
        assert_eq!(groups(&sent), [1]);
    }

    #[test]
    fn what_is_sent_at_once_comes_after_what_was_asked_for_before() {
        let ((outbox, sent), runtime) = (outbox(), runtime());
        let asked = ask(&runtime, &outbox);
        runtime.block_on(asked).unwrap();
        outbox.send(Box::new(Nothing)).unwrap();
        let (closed, _) = oneshot::channel();
        outbox.close(closed).unwrap();
        assert_eq!(groups(&sent), [2, 0]);
    }
}
