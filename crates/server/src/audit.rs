//! Where audit events go: without waiting to the database and, where one is set, to a stream; those of the provider to the
//! log too.

mod stream;

use countersign_core::{ClientId, Timestamp};
use countersign_provider::audit::{Action, Audit, Event, ToLog};
use countersign_store::{AdminStore, AuditEntry};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};
pub(crate) use stream::Stream;

/// Records whatever happens. Cheap to clone.
///
/// Of a client's replays it takes one a minute: whoever caught one signed request can send it as often as they like, and the
/// table is never cut.
#[derive(Clone)]
pub(crate) struct Recorder(Arc<Inner>);

struct Inner {
    rows: Arc<dyn AdminStore>,
    stream: Option<Stream>,
    replays: Replays,
}

impl Recorder {
    pub(crate) fn new(rows: Arc<dyn AdminStore>, stream: Option<Stream>) -> Self {
        Self(Arc::new(Inner { rows, stream, replays: Replays::default() }))
    }

    /// Records one in the database and the stream.
    pub(crate) fn append(&self, entry: AuditEntry) {
        if let Some(stream) = &self.0.stream {
            stream.send(entry.clone());
        }
        self.0.rows.append_audit(vec![entry]);
    }

    /// Waits until the stream is written.
    pub(crate) fn flush(&self) {
        self.0.stream.iter().for_each(Stream::flush);
    }
}

impl Audit for Recorder {
    fn record(&self, event: Event) {
        if event.action == Action::Replayed && !self.0.replays.is_news(event.client.as_ref(), event.at) {
            return;
        }
        self.append(AuditEntry {
            client: event.client.clone(),
            owner: event.owner.clone(),
            token: event.token.clone(),
            address: event.address.map(|address| address.to_string()),
            actor: event.actor.as_deref().map(Into::into),
            ..AuditEntry::new(event.at, event.action.as_str())
        });
        ToLog.record(event);
    }
}

/// Whose replays were recorded within the minute: registered clients alone, since a replay's signature holds.
#[derive(Default)]
struct Replays(Mutex<(u64, HashSet<ClientId>)>);

impl Replays {
    fn is_news(&self, client: Option<&ClientId>, at: Timestamp) -> bool {
        let Some(client) = client else { return true };
        // OK because the set stays whole even if a thread panics while it holds the lock
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = at.seconds() / 60;
        if known.0 != minute {
            *known = (minute, HashSet::new());
        }
        !known.1.contains(client) && known.1.insert(client.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replays_in_their_thousands_are_recorded_once_a_minute_for_each_client() {
        let (replays, at) = (Replays::default(), Timestamp::from_seconds(1_800_000_000));
        let [printer, other] = ["printer", "other"].map(|id| ClientId::new(id).unwrap());
        let news = |client, at| replays.is_news(Some(client), at);
        assert!(news(&printer, at) && news(&other, at));
        assert!((0..1000).all(|_| !news(&printer, at.plus(59))));
        assert!(news(&printer, at.plus(60)) && !news(&printer, at.plus(60)));
    }
}
