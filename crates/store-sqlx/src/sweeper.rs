//! When what has expired is deleted, and how far the walk through the nonces has come: the same in every dialect.

use crate::swept::Swept;
use countersign_core::Timestamp;
use countersign_store::StoreError;
use std::{
    error::Error,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::Mutex;

/// A store that deletes what has expired, a bounded number of rows at a time, so that no request waits for it.
pub(crate) trait Sweeps: Clone + Send + Sync + 'static {
    fn sweeper(&self) -> &Sweeper;

    /// Deletes up to `most` rows of each kind that has expired, and tells how many they were, and of the kind that had the most; then
    /// moves the horizon behind which nonces may be forgotten.
    fn clear(&self, now: Timestamp, most: u32)
    -> impl Future<Output = Result<(u64, u64), StoreError>> + Send;

    /// Looks at up to `most` nonces behind a key, and deletes those that have expired.
    fn walk(&self, from: Key, most: u32) -> impl Future<Output = Result<Walk, StoreError>> + Send;

    fn sweep_once(
        &self,
        now: Timestamp,
        most: u32,
    ) -> impl Future<Output = Result<Swept, StoreError>> + Send {
        async move {
            let mut place = self.sweeper().place.lock().await;
            sweep_from(self, &mut place, now, most).await
        }
    }

    /// Sweeps beside the request, unless that was done in this second, or is being done.
    fn sweep_soon(&self, now: Timestamp) {
        let sweeper = self.sweeper();
        if sweeper.swept.load(Ordering::Relaxed) == now.seconds() {
            return;
        }
        let Ok(mut place) = Arc::clone(&sweeper.place).try_lock_owned() else { return };
        sweeper.swept.store(now.seconds(), Ordering::Relaxed);
        let store = self.clone();
        tokio::spawn(async move {
            for _ in 0..BATCHES {
                match sweep_from(&store, &mut place, now, BATCH).await {
                    Ok(swept) if swept.more => {}
                    Ok(_) => return,
                    Err(error) => {
                        return tracing::warn!(error = &error as &dyn Error, "expired rows were not deleted");
                    }
                }
            }
        });
    }
}

async fn sweep_from(
    store: &impl Sweeps,
    place: &mut Place,
    now: Timestamp,
    most: u32,
) -> Result<Swept, StoreError> {
    let (deleted, fullest) = store.clear(now, most).await?;
    // From the start again once a minute, for those that lived longer; a clock that was set back counts as a minute.
    if place.began.is_none_or(|began| now < began || began.plus(60) <= now) {
        *place = Place { began: Some(now), ..Place::default() };
    }
    let walk = store.walk(place.last, most).await?;
    place.last = walk.last.unwrap_or(place.last);
    let most = u64::from(most);
    Ok(Swept { deleted: deleted + walk.deleted, more: fullest >= most || walk.walked >= most })
}

/// What a node knows about its sweeps.
#[derive(Default)]
pub(crate) struct Sweeper {
    /// The second in which it last swept.
    swept: AtomicU64,
    place: Arc<Mutex<Place>>,
}

/// How far the walk through the nonces has come, in the order of their key, which is nearly that of their expiry: so it deletes
/// whole runs of neighbours, and stays where live rows begin.
#[derive(Default)]
struct Place {
    began: Option<Timestamp>,
    last: Key,
}

/// What came of a walk.
#[derive(Default)]
pub(crate) struct Walk {
    pub(crate) walked: u64,
    pub(crate) deleted: u64,
    /// The last nonce that was looked at.
    pub(crate) last: Option<Key>,
}

/// A nonce's timestamp, and its digest.
pub(crate) type Key = (Timestamp, [u8; 16]);

const BATCH: u32 = 1000;
const BATCHES: usize = 20;
