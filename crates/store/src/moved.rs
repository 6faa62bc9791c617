//! Nonces that were claimed elsewhere until not long ago.

use crate::{
    error::StoreError,
    nonce::{Freshness, NonceStore, NonceUse},
};
use async_trait::async_trait;
use countersign_core::Timestamp;

/// Nonces in a place that does not know what was claimed elsewhere before a certain time: whatever may have been is refused, as unavailable.
///
/// A client that signs anew is let in again after one window and a minute.
///
/// # Examples
///
/// ```
/// use countersign_core::Timestamp;
/// use countersign_store::{MemoryNonces, Moved, WithNonces, MemoryStore};
///
/// let since = Timestamp::from_seconds(1_800_000_000); // as `AdminStore::nonces_at` told
/// let store = WithNonces::new(MemoryStore::default(), Moved::new(MemoryNonces::default(), since));
/// ```
#[derive(Clone, Debug)]
pub struct Moved<N> {
    nonces: N,
    since: Timestamp,
}

impl<N> Moved<N> {
    /// Nothing was claimed elsewhere after `since`.
    pub const fn new(nonces: N, since: Timestamp) -> Self {
        Self { nonces, since }
    }
}

#[async_trait]
impl<N: NonceStore> NonceStore for Moved<N> {
    async fn remember(
        &self,
        used: &NonceUse<'_>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Freshness, StoreError> {
        // What was claimed by then was no further ahead than its window is wide, which `until` tells, with a minute for clocks.
        let window = until.seconds().saturating_sub(used.timestamp.seconds());
        let known_from = self.since.plus(window);
        if used.timestamp > known_from {
            return self.nonces.remember(used, until, now).await;
        }
        let wait = known_from.seconds().saturating_sub(now.seconds()).max(1);
        Err(StoreError::unavailable_for(
            wait,
            "nonces were claimed elsewhere until not long ago: this may be one of them",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MemoryNonces, StoreErrorKind};
    use countersign_core::{ClientId, Nonce};

    const MOVE: Timestamp = Timestamp::from_seconds(1_800_000_000);
    const WINDOW: u64 = 300;

    fn remembered(signed: Timestamp, now: Timestamp) -> Result<Freshness, (StoreErrorKind, Option<u64>)> {
        let client = ClientId::new("a").unwrap();
        let used =
            NonceUse { client: &client, token: None, timestamp: signed, nonce: Nonce::new("n").unwrap() };
        let store = Moved::new(MemoryNonces::default(), MOVE);
        let remember = store.remember(&used, signed.plus(WINDOW + 60), now);
        crate::contract::block_on(remember).map_err(|error| (error.kind(), error.retry_after()))
    }

    #[test]
    fn replay_of_what_was_claimed_elsewhere_is_refused_as_long_as_it_may_be_one() {
        for (signed, now) in [(MOVE, MOVE), (MOVE.minus(WINDOW), MOVE), (MOVE.plus(WINDOW), MOVE.plus(1))] {
            let wait = MOVE.plus(WINDOW + 60).seconds() - now.seconds();
            assert_eq!(remembered(signed, now), Err((StoreErrorKind::Unavailable, Some(wait))));
        }
        let late = MOVE.plus(2 * WINDOW);
        assert_eq!(remembered(MOVE.plus(WINDOW), late), Err((StoreErrorKind::Unavailable, Some(1))));
    }

    #[test]
    fn what_is_signed_a_window_later_was_never_claimed_elsewhere() {
        let signed = MOVE.plus(WINDOW + 61);
        assert_eq!(remembered(signed, signed), Ok(Freshness::Fresh));
    }
}
