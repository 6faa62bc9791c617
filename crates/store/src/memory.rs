//! The reference store: everything in this process, for tests and for one node that may forget.

use crate::{
    client::{ClientRecord, ClientStore},
    credentials::{
        CredentialStore, Grant, Outcome, TemporaryRecord, TemporaryState, TemporaryStore, TokenRecord,
        TokenStatus, TokenStore,
    },
    error::StoreError,
    loaded::Loaded,
    nonce::{Freshness, NonceKey, NonceStore, NonceUse},
    nonce_index::NonceIndex,
};
use async_trait::async_trait;
use countersign_core::{ClientId, TemporaryId, Timestamp, TokenId};
use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

/// Everything in memory. **It holds for one process and forgets with it**: nonces too, so a restart re-admits replays.
#[derive(Debug, Default)]
pub struct MemoryStore {
    clients: RwLock<HashMap<ClientId, Arc<ClientRecord>>>,
    tokens: RwLock<HashMap<TokenId, Issued>>,
    temporaries: Mutex<HashMap<TemporaryId, Temporary>>,
    nonces: MemoryNonces,
}

#[derive(Debug)]
struct Temporary {
    record: TemporaryRecord,
    wrong_verifiers: u32,
}

#[derive(Debug)]
struct Issued {
    record: Arc<TokenRecord>,
    /// The last answer, with its keys prepared: good as long as it is of these very records.
    last: Mutex<Option<Arc<Loaded>>>,
}

impl Issued {
    fn new(record: TokenRecord) -> Self {
        Self { record: record.into(), last: Mutex::default() }
    }

    fn load(&self, client: Option<Arc<ClientRecord>>) -> Arc<Loaded> {
        let mut last = lock(&self.last);
        let known = last.as_ref().filter(|known| known.is_of(client.as_ref(), &self.record));
        if let Some(known) = known {
            return Arc::clone(known);
        }
        let loaded = Loaded::new(client, Some(Arc::clone(&self.record)));
        *last = Some(Arc::clone(&loaded));
        loaded
    }
}

impl MemoryStore {
    /// Adds a client with a secret, which may name any `oob` callback; see [`with`](Self::with) for all the rest.
    ///
    /// # Panics
    ///
    /// For an identifier that is empty, longer than 255 bytes or holds a control character.
    #[must_use]
    pub fn with_client(self, id: &str, secret: &str, name: &str) -> Self {
        let mut record = ClientRecord::with_secret(id, secret, name);
        record.allow_oob = true;
        self.with(record)
    }

    /// Adds or replaces a client.
    #[must_use]
    pub fn with(self, record: ClientRecord) -> Self {
        self.put(record);
        self
    }

    /// Adds or replaces a client.
    pub fn put(&self, record: ClientRecord) {
        write(&self.clients).insert(record.id.clone(), record.into());
    }

    fn change<T>(
        &self,
        id: &TemporaryId,
        now: Timestamp,
        change: impl FnOnce(std::collections::hash_map::OccupiedEntry<'_, TemporaryId, Temporary>) -> T,
    ) -> Option<T> {
        match lock(&self.temporaries).entry(id.clone()) {
            Entry::Occupied(entry) if entry.get().record.expires > now => Some(change(entry)),
            _ => None,
        }
    }

    fn answer(&self, id: &TemporaryId, now: Timestamp, state: TemporaryState) -> Outcome {
        let answered = self.change(id, now, |mut entry| {
            let pending = entry.get().record.state == TemporaryState::Pending;
            if pending {
                entry.get_mut().record.state = state;
            }
            pending
        });
        Outcome::of_rows(answered.unwrap_or(false).into())
    }
}

#[async_trait]
impl ClientStore for MemoryStore {
    async fn client(&self, id: &ClientId) -> Result<Option<ClientRecord>, StoreError> {
        Ok(read(&self.clients).get(id).map(|record| (**record).clone()))
    }
}

#[async_trait]
impl TemporaryStore for MemoryStore {
    async fn create(&self, record: &TemporaryRecord, now: Timestamp) -> Result<(), StoreError> {
        let mut all = lock(&self.temporaries);
        // Before the table would grow, so that a record pays for at most one other.
        if all.len() == all.capacity() {
            all.retain(|_, one| one.record.expires > now);
        }
        match all.entry(record.id.clone()) {
            Entry::Occupied(_) => Err(StoreError::conflict()),
            Entry::Vacant(free) => {
                free.insert(Temporary { record: record.clone(), wrong_verifiers: 0 });
                Ok(())
            }
        }
    }

    async fn temporary(&self, id: &TemporaryId) -> Result<Option<TemporaryRecord>, StoreError> {
        Ok(lock(&self.temporaries).get(id).map(|one| one.record.clone()))
    }

    async fn grant(&self, id: &TemporaryId, grant: &Grant, now: Timestamp) -> Result<Outcome, StoreError> {
        Ok(self.answer(id, now, TemporaryState::Granted(grant.clone())))
    }

    async fn deny(&self, id: &TemporaryId, now: Timestamp) -> Result<Outcome, StoreError> {
        Ok(self.answer(id, now, TemporaryState::Denied))
    }

    async fn count_wrong_verifier(
        &self,
        id: &TemporaryId,
        most: u32,
        now: Timestamp,
    ) -> Result<u32, StoreError> {
        let counted = self.change(id, now, |mut entry| {
            entry.get_mut().wrong_verifiers += 1;
            let counted = entry.get().wrong_verifiers;
            if counted >= most {
                entry.remove();
            }
            counted
        });
        Ok(counted.unwrap_or(most))
    }

    async fn consume(
        &self,
        id: &TemporaryId,
        client: &ClientId,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        let consumed = self.change(id, now, |entry| {
            let record = &entry.get().record;
            let mine = record.client == *client && matches!(record.state, TemporaryState::Granted(_));
            if mine {
                entry.remove();
            }
            mine
        });
        Ok(Outcome::of_rows(consumed.unwrap_or(false).into()))
    }
}

#[async_trait]
impl TokenStore for MemoryStore {
    async fn issue(&self, record: &TokenRecord) -> Result<(), StoreError> {
        match write(&self.tokens).entry(record.id.clone()) {
            Entry::Occupied(_) => Err(StoreError::conflict()),
            Entry::Vacant(free) => {
                free.insert(Issued::new(record.clone()));
                Ok(())
            }
        }
    }

    async fn load(&self, client: &ClientId, token: Option<&TokenId>) -> Result<Arc<Loaded>, StoreError> {
        let client = read(&self.clients).get(client).cloned();
        let Some(id) = token else { return Ok(Loaded::new(client, None::<TokenRecord>)) };
        Ok(match read(&self.tokens).get(id) {
            Some(issued) => issued.load(client),
            None => Loaded::new(client, None::<TokenRecord>),
        })
    }

    async fn revoke(&self, id: &TokenId, _: Timestamp) -> Result<Outcome, StoreError> {
        let mut tokens = write(&self.tokens);
        let active = tokens.get_mut(id).filter(|issued| issued.record.status != TokenStatus::Revoked);
        let revoked = active.map(|issued| {
            *issued = Issued::new(TokenRecord { status: TokenStatus::Revoked, ..(*issued.record).clone() });
        });
        Ok(Outcome::of_rows(revoked.is_some().into()))
    }
}

#[async_trait]
impl CredentialStore for MemoryStore {
    async fn redeem(
        &self,
        id: &TemporaryId,
        token: &TokenRecord,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        let outcome = self.consume(id, &token.client, now).await?;
        if outcome == Outcome::Done {
            self.issue(token).await?;
        }
        Ok(outcome)
    }
}

#[async_trait]
impl NonceStore for MemoryStore {
    async fn remember(
        &self,
        used: &NonceUse<'_>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Freshness, StoreError> {
        Ok(self.nonces.claim(used, until, now))
    }
}

/// Nonces in memory, in parts that do not wait for each other.
#[derive(Debug)]
pub struct MemoryNonces {
    key: NonceKey,
    parts: [Mutex<NonceIndex>; PARTS],
}

impl MemoryNonces {
    /// How many nonces are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parts.iter().map(|part| lock(part).len()).sum()
    }

    /// Whether none is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn claim(&self, used: &NonceUse<'_>, until: Timestamp, now: Timestamp) -> Freshness {
        let hash = used.hash(&self.key);
        // Bits that the tables look at least.
        let part = (hash >> 32) as usize % PARTS;
        lock(&self.parts[part]).claim(hash, used.timestamp, until, now)
    }
}

impl Default for MemoryNonces {
    fn default() -> Self {
        Self { key: NonceKey::ephemeral(), parts: Default::default() }
    }
}

#[async_trait]
impl NonceStore for MemoryNonces {
    async fn remember(
        &self,
        used: &NonceUse<'_>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Freshness, StoreError> {
        Ok(self.claim(used, until, now))
    }
}

// A panic while a lock is held leaves every table here whole: no change is made in two steps.

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

const PARTS: usize = 16;
