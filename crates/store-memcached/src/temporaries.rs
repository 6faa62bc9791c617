//! Temporary credentials: what is there, what becomes of it, and a change that holds only for what was there.

use crate::{
    MemcachedStore,
    error::Contended,
    lanes::{Changed, Lane, Versioned},
    lifetime,
    record::Kept,
};
use async_trait::async_trait;
use countersign_core::{ClientId, TemporaryId, Timestamp};
use countersign_store::{Grant, Outcome, StoreError, TemporaryRecord, TemporaryState, TemporaryStore};

/// What a verb wants to become of a record.
enum Step {
    Store(Kept),
    Delete,
    /// Nothing: its guard does not hold.
    Leave,
}

#[async_trait]
impl TemporaryStore for MemcachedStore {
    async fn create(&self, record: &TemporaryRecord, now: Timestamp) -> Result<(), StoreError> {
        let key = self.key("t:", record.id.as_str().as_bytes());
        let text = Kept { record: record.clone(), wrong_verifiers: 0 }.write()?;
        let lifetime = lifetime(record.expires, now);
        let mut lane = self.shared.lanes.take().await?;
        for _ in 0..TRIES {
            if lane.set(&key, &text, &["ME", &lifetime]).await? == Changed::Done {
                self.shared.lanes.give_back(lane);
                return Ok(());
            }
            let Some(Versioned { value, version }) = lane.get(&key).await? else { continue };
            let over = !Kept::read(&record.id, &value)?.is_live(now);
            // One past its expiry is not there, though Memcached has it still.
            let replaced =
                over && lane.set(&key, &text, &[&format!("C{version}"), &lifetime]).await? == Changed::Done;
            self.shared.lanes.give_back(lane);
            return if replaced { Ok(()) } else { Err(StoreError::conflict()) };
        }
        Err(StoreError::unavailable(Contended))
    }

    async fn temporary(&self, id: &TemporaryId) -> Result<Option<TemporaryRecord>, StoreError> {
        let mut lane = self.shared.lanes.take().await?;
        let found = lane.get(&self.key("t:", id.as_str().as_bytes())).await?;
        self.shared.lanes.give_back(lane);
        found.map(|found| Kept::read(id, &found.value).map(|kept| kept.record)).transpose()
    }

    async fn grant(&self, id: &TemporaryId, grant: &Grant, now: Timestamp) -> Result<Outcome, StoreError> {
        self.answer(id, &TemporaryState::Granted(grant.clone()), now).await
    }

    async fn deny(&self, id: &TemporaryId, now: Timestamp) -> Result<Outcome, StoreError> {
        self.answer(id, &TemporaryState::Denied, now).await
    }

    async fn count_wrong_verifier(
        &self,
        id: &TemporaryId,
        most: u32,
        now: Timestamp,
    ) -> Result<u32, StoreError> {
        let mut counted = most;
        let outcome = self.change(id, now, |kept| {
            counted = kept.wrong_verifiers.saturating_add(1);
            if counted >= most {
                Step::Delete
            } else {
                Step::Store(Kept { wrong_verifiers: counted, ..kept })
            }
        });
        Ok(if outcome.await? == Outcome::Done { counted } else { most })
    }

    async fn consume(
        &self,
        id: &TemporaryId,
        client: &ClientId,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        let step = |kept: Kept| {
            let mine =
                kept.record.client == *client && matches!(kept.record.state, TemporaryState::Granted(_));
            if mine { Step::Delete } else { Step::Leave }
        };
        self.change(id, now, step).await
    }
}

impl MemcachedStore {
    async fn answer(
        &self,
        id: &TemporaryId,
        state: &TemporaryState,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        let step = |mut kept: Kept| {
            if kept.record.state != TemporaryState::Pending {
                return Step::Leave;
            }
            kept.record.state = state.clone();
            Step::Store(kept)
        };
        self.change(id, now, step).await
    }

    /// Looks, decides and changes, until nobody came in between. All on one connection: versions are those of one process of Memcached.
    async fn change(
        &self,
        id: &TemporaryId,
        now: Timestamp,
        mut decide: impl FnMut(Kept) -> Step + Send,
    ) -> Result<Outcome, StoreError> {
        let key = self.key("t:", id.as_str().as_bytes());
        let mut lane = self.shared.lanes.take().await?;
        for _ in 0..TRIES {
            if let Some(outcome) = attempt(&mut lane, &key, id, now, &mut decide).await? {
                self.shared.lanes.give_back(lane);
                return Ok(outcome);
            }
        }
        Err(StoreError::unavailable(Contended))
    }
}

/// `None` where somebody else was quicker.
async fn attempt(
    lane: &mut Lane,
    key: &str,
    id: &TemporaryId,
    now: Timestamp,
    decide: &mut (impl FnMut(Kept) -> Step + Send),
) -> Result<Option<Outcome>, StoreError> {
    let Some(Versioned { value, version }) = lane.get(key).await? else { return Ok(Some(Outcome::Refused)) };
    let kept = Kept::read(id, &value)?;
    if !kept.is_live(now) {
        return Ok(Some(Outcome::Refused));
    }
    let changed = match decide(kept) {
        Step::Leave => return Ok(Some(Outcome::Refused)),
        Step::Delete => lane.delete(key, version).await?,
        Step::Store(kept) => {
            let lifetime = lifetime(kept.record.expires, now);
            lane.set(key, &kept.write()?, &[&format!("C{version}"), &lifetime]).await?
        }
    };
    Ok(match changed {
        Changed::Done => Some(Outcome::Done),
        Changed::Absent => Some(Outcome::Refused),
        Changed::Other => None,
    })
}

/// Each time somebody else has changed the record, and few changes are possible: this many are never needed.
const TRIES: usize = 1000;
