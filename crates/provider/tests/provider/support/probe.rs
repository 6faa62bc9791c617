//! The memory store, watched: it writes down every verb, and any verb can be made to fail.

use async_trait::async_trait;
use countersign_core::{ClientId, TemporaryId, Timestamp, TokenId};
use countersign_store::{
    ClientRecord, ClientStore, CredentialStore, Freshness, Grant, Loaded, MemoryStore, NonceStore, NonceUse,
    Outcome, StoreError, TemporaryRecord, TemporaryStore, TokenRecord, TokenStatus, TokenStore,
};
use std::sync::{Arc, Mutex, MutexGuard};

#[derive(Default)]
pub(crate) struct Probe {
    pub(crate) memory: MemoryStore,
    verbs: Mutex<Vec<&'static str>>,
    failing: Mutex<Option<&'static str>>,
    shown_status: Mutex<Option<TokenStatus>>,
}

impl Probe {
    /// The verbs called since the last [`forget`](Self::forget) that change something.
    pub(crate) fn changes(&self) -> Vec<&'static str> {
        lock(&self.verbs).iter().copied().filter(|verb| !READS.contains(verb)).collect()
    }

    /// All verbs called since the last [`forget`](Self::forget).
    pub(crate) fn verbs(&self) -> Vec<&'static str> {
        lock(&self.verbs).clone()
    }

    pub(crate) fn forget(&self) {
        lock(&self.verbs).clear();
    }

    /// Makes one verb fail, or none.
    pub(crate) fn fail(&self, verb: Option<&'static str>) {
        *lock(&self.failing) = verb;
    }

    /// Shows every token with this status, or with its own.
    pub(crate) fn show_tokens_as(&self, status: Option<TokenStatus>) {
        *lock(&self.shown_status) = status;
    }

    /// Changes a client's record.
    pub(crate) async fn change(&self, client: &str, change: impl FnOnce(&mut ClientRecord)) {
        let id = ClientId::new(client).expect("a client identifier");
        let mut record = self.memory.client(&id).await.expect("memory").expect("a known client");
        change(&mut record);
        self.memory.put(record);
    }

    fn enter(&self, verb: &'static str) -> Result<(), StoreError> {
        lock(&self.verbs).push(verb);
        if *lock(&self.failing) == Some(verb) { Err(StoreError::unavailable(CAUSE)) } else { Ok(()) }
    }
}

#[async_trait]
impl ClientStore for Probe {
    async fn client(&self, id: &ClientId) -> Result<Option<ClientRecord>, StoreError> {
        self.enter("client")?;
        self.memory.client(id).await
    }
}

#[async_trait]
impl TemporaryStore for Probe {
    async fn create(&self, record: &TemporaryRecord, now: Timestamp) -> Result<(), StoreError> {
        self.enter("create")?;
        self.memory.create(record, now).await
    }

    async fn temporary(&self, id: &TemporaryId) -> Result<Option<TemporaryRecord>, StoreError> {
        self.enter("temporary")?;
        self.memory.temporary(id).await
    }

    async fn grant(&self, id: &TemporaryId, grant: &Grant, now: Timestamp) -> Result<Outcome, StoreError> {
        self.enter("grant")?;
        self.memory.grant(id, grant, now).await
    }

    async fn deny(&self, id: &TemporaryId, now: Timestamp) -> Result<Outcome, StoreError> {
        self.enter("deny")?;
        self.memory.deny(id, now).await
    }

    async fn count_wrong_verifier(
        &self,
        id: &TemporaryId,
        most: u32,
        now: Timestamp,
    ) -> Result<u32, StoreError> {
        self.enter("count_wrong_verifier")?;
        self.memory.count_wrong_verifier(id, most, now).await
    }

    async fn consume(
        &self,
        id: &TemporaryId,
        client: &ClientId,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        self.enter("consume")?;
        self.memory.consume(id, client, now).await
    }
}

#[async_trait]
impl TokenStore for Probe {
    async fn issue(&self, record: &TokenRecord) -> Result<(), StoreError> {
        self.enter("issue")?;
        self.memory.issue(record).await
    }

    async fn load(&self, client: &ClientId, token: Option<&TokenId>) -> Result<Arc<Loaded>, StoreError> {
        self.enter("load")?;
        let loaded = self.memory.load(client, token).await?;
        let Some(status) = *lock(&self.shown_status) else { return Ok(loaded) };
        let (client, token) = loaded.into_parts();
        Ok(Loaded::new(client, token.map(|token| TokenRecord { status, ..token })))
    }

    async fn revoke(&self, id: &TokenId, now: Timestamp) -> Result<Outcome, StoreError> {
        self.enter("revoke")?;
        self.memory.revoke(id, now).await
    }
}

#[async_trait]
impl CredentialStore for Probe {
    async fn redeem(
        &self,
        id: &TemporaryId,
        token: &TokenRecord,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        self.enter("redeem")?;
        self.memory.redeem(id, token, now).await
    }
}

#[async_trait]
impl NonceStore for Probe {
    async fn remember(
        &self,
        used: &NonceUse<'_>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Freshness, StoreError> {
        self.enter("remember")?;
        self.memory.remember(used, until, now).await
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no test panics while it holds the lock")
}

/// What lies behind a failure: for the operator's log alone.
pub(crate) const CAUSE: &str = "no route to database.internal";
const READS: [&str; 3] = ["client", "load", "temporary"];
