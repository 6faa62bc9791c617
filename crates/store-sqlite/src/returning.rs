//! The way back: what is committed is acknowledged by the callers to each other.
//!
//! The writer's thread wakes one of a group, which costs a system call; that one, back in its runtime, wakes the others,
//! which costs next to nothing there. Where it is not run in time, the thread does it: nobody depends on another caller.

use crate::writer::Job;
use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Whether a group was committed.
pub(crate) type Committed = Result<(), Arc<rusqlite::Error>>;

/// Groups that have ended, and whose callers have not all been told yet.
#[derive(Default)]
pub(crate) struct Returning {
    ended: Mutex<Vec<Ended>>,
}

/// Never without a job.
struct Ended {
    jobs: Vec<Box<dyn Job>>,
    committed: Committed,
}

impl Returning {
    /// Acknowledges all that wait for it.
    pub(crate) fn acknowledge(&self) {
        // The lock is not held meanwhile: a reply may ask for the next change.
        let ended = mem::take(&mut *self.ended());
        for Ended { jobs, committed } in ended {
            for job in jobs {
                job.acknowledge(committed.as_ref().copied());
            }
        }
    }

    /// Takes the last one out, if it has not been acknowledged meanwhile.
    fn pop(&self) -> Option<(Box<dyn Job>, Committed)> {
        let mut ended = self.ended();
        let last = ended.last_mut()?;
        let (job, committed) = (last.jobs.pop()?, last.committed.clone());
        if last.jobs.is_empty() {
            ended.pop();
        }
        Some((job, committed))
    }

    fn ended(&self) -> MutexGuard<'_, Vec<Ended>> {
        // A panic while it is held leaves it whole.
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread's end of it. Dropped, however the thread ends, it acknowledges what is left.
pub(crate) struct Returner {
    returning: Arc<Returning>,
    /// Since when somebody may wait.
    since: Option<Instant>,
}

impl Returner {
    pub(crate) fn new(returning: Arc<Returning>) -> Self {
        Self { returning, since: None }
    }

    /// How long the thread may sleep before it must look again; `None` where nobody waits for it.
    pub(crate) fn patience(&mut self) -> Option<Duration> {
        if self.returning.ended().is_empty() {
            self.since = None;
        }
        self.since.map(|since| LONGEST.saturating_sub(since.elapsed()))
    }

    /// Does the callers' part, where they have had their time.
    pub(crate) fn hurry(&mut self) {
        if self.patience().is_some_and(|left| left.is_zero()) {
            self.since = None;
            self.returning.acknowledge();
        }
    }

    /// Wakes one of them, who will wake the others: they must be there before it looks.
    pub(crate) fn give_back(&mut self, jobs: Vec<Box<dyn Job>>, committed: Committed) {
        self.returning.ended().push(Ended { jobs, committed });
        self.since.get_or_insert_with(Instant::now);
        while let Some((job, committed)) = self.returning.pop() {
            // Who gave up, or never waited, wakes nobody.
            if job.acknowledge(committed.as_ref().copied()) {
                break;
            }
        }
    }
}

impl Drop for Returner {
    fn drop(&mut self) {
        self.returning.acknowledge();
    }
}

/// What a caller may take to wake the others.
const LONGEST: Duration = Duration::from_millis(1);
