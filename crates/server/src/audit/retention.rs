//! `audit.keep`: what is older is deleted, about once an hour, and that is recorded too.

use super::{Event, Recorder};
use crate::rfc3339::machine;
use countersign_core::Timestamp;
use countersign_provider::{Clock, System};
use countersign_store::{AuditEntry, StoreError};
use std::{error::Error, time::Duration};

impl Recorder {
    /// Deletes what is older than so many days, again and again; 0 keeps everything.
    ///
    /// Each node does: whoever comes second finds nothing left.
    pub(crate) async fn keep_forgetting(self, days: u32) {
        if days == 0 {
            std::future::pending::<()>().await;
        }
        let mut failed = false;
        loop {
            match self.forget_older(u64::from(days) * DAY, None, System.now()).await {
                Ok(_) => failed = false,
                Err(error) if !failed => {
                    failed = true;
                    tracing::warn!(
                        error = &error as &dyn Error,
                        "audit.keep is not kept: old events cannot be deleted, which needs the right to delete from the table audit"
                    );
                }
                Err(_) => {}
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Deletes what is older than so many seconds, and tells how many events that were.
    ///
    /// # Errors
    ///
    /// [`StoreError`], where not all of it is known to be gone; what is gone is recorded all the same.
    pub(crate) async fn forget_older(
        &self,
        seconds: u64,
        actor: Option<&str>,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let before = now.minus(seconds);
        let mut tally = Tally { recorder: self, actor, before, now, forgotten: 0, under_way: false };
        while let some @ 1.. = tally.round().await? {
            tally.forgotten += some;
        }
        Ok(tally.forgotten)
    }
}

/// What was deleted: recorded when it goes, so that a failure or the end of the server in the middle hides nothing.
struct Tally<'a> {
    recorder: &'a Recorder,
    actor: Option<&'a str>,
    before: Timestamp,
    now: Timestamp,
    forgotten: u64,
    /// Whether the store was asked for more, and has not answered: it may do it all the same.
    under_way: bool,
}

impl Tally<'_> {
    async fn round(&mut self) -> Result<u64, StoreError> {
        self.under_way = true;
        let some = self.recorder.0.rows.forget_audit(self.before).await;
        self.under_way = false;
        some
    }
}

impl Drop for Tally<'_> {
    fn drop(&mut self) {
        if self.forgotten == 0 && !self.under_way {
            return;
        }
        let or_more = if self.under_way { " or more" } else { "" };
        let (forgotten, before) = (self.forgotten, machine(self.before));
        self.recorder.append(AuditEntry {
            actor: self.actor.map(ToOwned::to_owned),
            detail: Some(format!("{forgotten}{or_more} events of before {before}")),
            ..AuditEntry::new(self.now, Event::AuditForgotten)
        });
    }
}

const DAY: u64 = 86_400;
/// How often old events are looked for.
const EVERY: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Audit;
    use countersign_store::{AdminStore, AuditFilter, AuditRecord, AuditStore, Page};
    use countersign_store_sqlite::{Options, SqliteStore};
    use std::sync::Arc;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    /// A database with an event on each of the last days, the newest a second old.
    async fn scene(days: u64) -> (tempfile::TempDir, Arc<SqliteStore>, Recorder) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(folder.path().join("x.db"), Options::default()).expect("a database");
        let at = |day: u64| NOW.minus(1 + day * DAY);
        store.append_audit((0..days).rev().map(|day| AuditEntry::new(at(day), "happened")).collect());
        let store = Arc::new(store);
        let recorder = Recorder::new(Arc::clone(&store) as Arc<dyn AdminStore>, None);
        (folder, store, recorder)
    }

    async fn kept(store: &SqliteStore) -> Vec<AuditRecord> {
        store.flush().await.expect("flush");
        store.audit(&AuditFilter::default(), Page::first(10_000)).await.expect("read")
    }

    #[tokio::test]
    async fn events_go_when_they_are_too_old_and_that_is_an_event() {
        let (_folder, store, recorder) = scene(10).await;
        assert_eq!(recorder.forget_older(30 * DAY, None, NOW).await.expect("forget"), 0);
        assert_eq!(kept(&store).await.len(), 10, "nothing to forget is nothing to record");

        assert_eq!(recorder.forget_older(7 * DAY, None, NOW).await.expect("forget"), 3);
        let events = kept(&store).await;
        assert_eq!((events.len(), &*events[0].event, events[0].at), (8, "audit_forgotten", NOW));
        let detail = events[0].detail.as_deref().expect("a detail");
        assert_eq!(detail, "3 events of before 2027-01-08T08:00:00Z");

        let tomorrow = NOW.plus(DAY);
        assert_eq!(recorder.forget_older(7 * DAY, Some("command line"), tomorrow).await.expect("forget"), 1);
        assert_eq!(kept(&store).await[0].actor.as_deref(), Some("command line"));
    }

    #[tokio::test]
    async fn thousands_of_old_events_are_forgotten_in_one_go_by_two_nodes_at_once() {
        let (_folder, store, recorder) = scene(5000).await;
        let other = Recorder::new(Arc::clone(&store) as Arc<dyn AdminStore>, None);
        let (one, two) =
            tokio::join!(recorder.forget_older(DAY, None, NOW), other.forget_older(DAY, None, NOW));
        assert_eq!(one.expect("forget") + two.expect("forget"), 4999);
        let events = kept(&store).await;
        assert_eq!(events.iter().filter(|one| one.event == "happened").count(), 1);
        assert!((1..=2).contains(&(events.len() - 1)), "each that forgot something says so");
    }

    #[tokio::test]
    async fn server_that_stops_in_the_middle_has_recorded_what_it_forgot() {
        let (_folder, store, recorder) = scene(5000).await;
        {
            let mut forgetting = std::pin::pin!(recorder.forget_older(DAY, None, NOW));
            let deleted = async || kept(&store).await.len() < 5000;
            tokio::select! {
                biased;
                () = async { while !deleted().await { tokio::task::yield_now().await } } => {}
                _ = &mut forgetting => {}
            }
        }
        let events = kept(&store).await;
        assert!(events.iter().any(|one| one.event == "audit_forgotten"), "{}", events.len());
    }

    #[tokio::test]
    async fn events_are_for_ever_where_nothing_else_is_said() {
        let (_folder, store, recorder) = scene(400).await;
        let forgetting = recorder.keep_forgetting(Audit::default().keep);
        assert!(tokio::time::timeout(Duration::ZERO, forgetting).await.is_err(), "it never ends by itself");
        assert_eq!(kept(&store).await.len(), 400);
    }
}
