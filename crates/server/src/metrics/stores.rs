//! Calls of the stores: each verb, how it ended and how long that took, on both sides of the lookup cache.

use super::{Metrics, counter, counters, seconds};
use async_trait::async_trait;
use countersign_core::{ClientId, TemporaryId, Timestamp, TokenId};
use countersign_store::{
    ClientRecord, ClientStore, CredentialStore, Freshness, Grant, Loaded, NonceStore, NonceUse, Outcome,
    StoreError, TemporaryRecord, TemporaryStore, TokenRecord, TokenStore,
};
use prometheus::{Histogram, IntCounter, IntCounterVec, Registry};
use std::{array, future::Future, sync::Arc, time::Instant};

/// What a store is asked to do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Client,
    Create,
    Temporary,
    Grant,
    Deny,
    CountWrongVerifier,
    Consume,
    Issue,
    Load,
    Revoke,
    Redeem,
    Remember,
}

/// The label of each, in the order of their numbers.
const VERBS: [&str; 12] = [
    "client",
    "create",
    "temporary",
    "grant",
    "deny",
    "count_wrong_verifier",
    "consume",
    "issue",
    "load",
    "revoke",
    "redeem",
    "remember",
];

/// How it ended.
#[derive(Clone, Copy)]
enum Ended {
    Done,
    Absent,
    Refused,
    Failed,
}

/// The label of each, in the order of their numbers.
const ENDS: [&str; 4] = ["done", "absent", "refused", "error"];

/// The counters of all verbs.
pub(super) struct Calls {
    lookups: IntCounter,
    ends: [[IntCounter; ENDS.len()]; VERBS.len()],
    seconds: [Histogram; VERBS.len()],
}

impl Calls {
    pub(super) fn new(registry: &Registry) -> Self {
        let help =
            "Lookups of a client and its token; what the cache did not have is a call of the verb load.";
        let lookups = counter(registry, "countersign_lookups_total", help);
        let help = "Calls of the stores, by verb and how they ended.";
        let ends: IntCounterVec =
            counters(registry, "countersign_store_calls_total", help, &["verb", "outcome"]);
        let help = "Seconds that a call of the stores took.";
        let took = |verb| seconds(registry, "countersign_store_call_seconds", help, ("verb", VERBS[verb]));
        let end = |verb: usize, end: usize| ends.with_label_values(&[VERBS[verb], ENDS[end]]);
        Self {
            lookups,
            ends: array::from_fn(|verb| array::from_fn(|ended| end(verb, ended))),
            seconds: array::from_fn(took),
        }
    }

    fn ended(&self, verb: Verb, ended: Ended, began: Instant) {
        self.ends[verb as usize][ended as usize].inc();
        self.seconds[verb as usize].observe(began.elapsed().as_secs_f64());
    }
}

/// On which side of the lookup cache a store stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    /// In front of it: whatever the provider asks, and how often it looks somebody up.
    Front,
    /// Behind it: the lookups that were not in it.
    Behind,
}

/// A store whose calls are counted.
#[derive(Clone)]
pub(crate) struct Measured<S> {
    store: S,
    metrics: Metrics,
    at: At,
}

impl<S> Measured<S> {
    pub(crate) fn new(store: S, metrics: Metrics, at: At) -> Self {
        Self { store, metrics, at }
    }

    /// Each verb is counted on one side: a lookup behind the cache, all others in front of it.
    async fn counted<T: Tells>(
        &self,
        verb: Verb,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let here = if verb == Verb::Load { At::Behind } else { At::Front };
        if self.at != here {
            return call.await;
        }
        let began = Instant::now();
        let told = call.await;
        self.metrics.0.calls.ended(verb, told.as_ref().map_or(Ended::Failed, Tells::ended), began);
        told
    }
}

/// What a verb answers.
trait Tells {
    fn ended(&self) -> Ended {
        Ended::Done
    }
}

impl Tells for () {}

impl Tells for u32 {}

impl<T> Tells for Option<T> {
    fn ended(&self) -> Ended {
        if self.is_some() { Ended::Done } else { Ended::Absent }
    }
}

impl Tells for Arc<Loaded> {
    fn ended(&self) -> Ended {
        self.client().ended()
    }
}

impl Tells for Outcome {
    fn ended(&self) -> Ended {
        if *self == Self::Done { Ended::Done } else { Ended::Refused }
    }
}

impl Tells for Freshness {
    fn ended(&self) -> Ended {
        if *self == Self::Fresh { Ended::Done } else { Ended::Refused }
    }
}

#[async_trait]
impl<S: ClientStore> ClientStore for Measured<S> {
    async fn client(&self, id: &ClientId) -> Result<Option<ClientRecord>, StoreError> {
        self.counted(Verb::Client, self.store.client(id)).await
    }
}

#[async_trait]
impl<S: TemporaryStore> TemporaryStore for Measured<S> {
    async fn create(&self, record: &TemporaryRecord, now: Timestamp) -> Result<(), StoreError> {
        self.counted(Verb::Create, self.store.create(record, now)).await
    }

    async fn temporary(&self, id: &TemporaryId) -> Result<Option<TemporaryRecord>, StoreError> {
        self.counted(Verb::Temporary, self.store.temporary(id)).await
    }

    async fn grant(&self, id: &TemporaryId, grant: &Grant, now: Timestamp) -> Result<Outcome, StoreError> {
        self.counted(Verb::Grant, self.store.grant(id, grant, now)).await
    }

    async fn deny(&self, id: &TemporaryId, now: Timestamp) -> Result<Outcome, StoreError> {
        self.counted(Verb::Deny, self.store.deny(id, now)).await
    }

    async fn count_wrong_verifier(
        &self,
        id: &TemporaryId,
        most: u32,
        now: Timestamp,
    ) -> Result<u32, StoreError> {
        self.counted(Verb::CountWrongVerifier, self.store.count_wrong_verifier(id, most, now)).await
    }

    async fn consume(
        &self,
        id: &TemporaryId,
        client: &ClientId,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        self.counted(Verb::Consume, self.store.consume(id, client, now)).await
    }
}

#[async_trait]
impl<S: TokenStore> TokenStore for Measured<S> {
    async fn issue(&self, record: &TokenRecord) -> Result<(), StoreError> {
        self.counted(Verb::Issue, self.store.issue(record)).await
    }

    async fn load(&self, client: &ClientId, token: Option<&TokenId>) -> Result<Arc<Loaded>, StoreError> {
        if self.at == At::Front {
            self.metrics.0.calls.lookups.inc();
        }
        self.counted(Verb::Load, self.store.load(client, token)).await
    }

    async fn revoke(&self, id: &TokenId, now: Timestamp) -> Result<Outcome, StoreError> {
        self.counted(Verb::Revoke, self.store.revoke(id, now)).await
    }
}

#[async_trait]
impl<S: CredentialStore> CredentialStore for Measured<S> {
    async fn redeem(
        &self,
        id: &TemporaryId,
        token: &TokenRecord,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        self.counted(Verb::Redeem, self.store.redeem(id, token, now)).await
    }
}

#[async_trait]
impl<S: NonceStore> NonceStore for Measured<S> {
    async fn remember(
        &self,
        used: &NonceUse<'_>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Freshness, StoreError> {
        let told = self.counted(Verb::Remember, self.store.remember(used, until, now)).await;
        if self.at == At::Front && matches!(told, Ok(Freshness::Fresh)) {
            self.metrics.0.live.add(until, now);
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_store::{Cached, MemoryStore};

    fn told(metrics: &Metrics, start: &str) -> String {
        let text = metrics.text().expect("text");
        let line = text.lines().find_map(|line| line.strip_prefix(start));
        line.unwrap_or_else(|| panic!("no {start} in {text}")).trim().to_owned()
    }

    #[tokio::test]
    async fn a_lookup_that_the_cache_answers_is_no_call() {
        let metrics = Metrics::default();
        let rows = MemoryStore::default().with_client("printer", "secret", "Printer");
        let behind = Measured::new(rows, metrics.clone(), At::Behind);
        let store = Measured::new(Cached::new(behind, 10), metrics.clone(), At::Front);
        let client = ClientId::new("printer").expect("an identifier");
        for _ in 0..5 {
            store.load(&client, None).await.expect("a lookup");
        }
        store.client(&client).await.expect("a lookup");
        store.load(&ClientId::new("nobody").expect("an identifier"), None).await.expect("a lookup");
        assert_eq!(told(&metrics, "countersign_lookups_total "), "6");
        for (labels, count) in [
            ("outcome=\"done\",verb=\"load\"", "1"),
            ("outcome=\"absent\",verb=\"load\"", "1"),
            ("outcome=\"done\",verb=\"client\"", "1"),
        ] {
            assert_eq!(
                told(&metrics, &format!("countersign_store_calls_total{{{labels}}} ")),
                count,
                "{labels}"
            );
        }
        assert_eq!(told(&metrics, "countersign_store_call_seconds_count{verb=\"load\"} "), "2");
    }

    #[test]
    fn each_verb_has_its_label() {
        assert_eq!((VERBS[Verb::Remember as usize], VERBS.len()), ("remember", Verb::Remember as usize + 1));
        assert_eq!(VERBS[Verb::Load as usize], "load");
        assert_eq!(ENDS[Ended::Failed as usize], "error");
    }
}
