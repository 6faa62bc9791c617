//! Deletes what has expired, a bounded number of rows at a time, so that no request waits for it.

use super::PostgresStore;
use crate::swept::Swept;
use countersign_core::Timestamp;
use countersign_store::StoreError;
use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::Mutex;

impl PostgresStore {
    /// Looks at up to `most` nonces, `most` temporary credentials and `most` web sessions, and deletes those that have expired.
    ///
    /// Claims do so by themselves, once a second and at most 20,000 rows; where nothing is claimed for long, call it if the
    /// rows are in your way. Nodes take turns: where another one is at it, this one finds nothing.
    ///
    /// Nothing is forgotten by this machine's clock alone: what the database's clock calls live, stays, and a nonce is
    /// forgotten only a minute after all nodes refuse it.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know what happened. What has expired is found again.
    pub async fn sweep(&self, now: Timestamp, most: u32) -> Result<Swept, StoreError> {
        let mut place = self.shared.sweeper.place.lock().await;
        self.sweep_from(&mut place, now, most).await
    }

    /// Sweeps beside the request, unless that was done in this second, or is being done.
    pub(crate) fn sweep_soon(&self, now: Timestamp) {
        let sweeper = &self.shared.sweeper;
        if sweeper.swept.load(Ordering::Relaxed) == now.seconds() {
            return;
        }
        let Ok(mut place) = Arc::clone(&sweeper.place).try_lock_owned() else { return };
        sweeper.swept.store(now.seconds(), Ordering::Relaxed);
        let store = self.clone();
        tokio::spawn(async move {
            for _ in 0..BATCHES {
                match store.sweep_from(&mut place, now, BATCH).await {
                    Ok(swept) if swept.more => {}
                    Ok(_) => return,
                    Err(error) => {
                        return tracing::warn!(error = &error as &dyn Error, "expired rows were not deleted");
                    }
                }
            }
        });
    }

    async fn sweep_from(&self, place: &mut Place, now: Timestamp, most: u32) -> Result<Swept, StoreError> {
        let lanes = &self.shared.lanes;
        let temporaries = lanes.change(TEMPORARIES, &[now.into(), most.into()]).await?;
        let sessions = lanes.change(SESSIONS, &[now.into(), most.into()]).await?;
        let (others, fullest) = self.delete_expired(now, most).await?;
        lanes.change(HORIZON, &[now.into()]).await?;
        // From the start again once a minute, for those that lived longer; a clock that was set back counts as a minute.
        if place.began.is_none_or(|began| now < began || began.plus(60) <= now) {
            *place = Place { began: Some(now), ..Place::default() };
        }
        let from = [place.stamp.into(), place.digest[..].into(), most.into()];
        let row = lanes.first(NONCES, &from).await?;
        let row = row.ok_or_else(|| StoreError::corrupt("the horizon of nonces is missing"))?;
        let mut columns = row.columns();
        let (walked, deleted): (i64, i64) = (columns.value()?, columns.value()?);
        if walked > 0 {
            place.stamp = columns.time()?;
            place.digest = columns.value::<&[u8]>()?.try_into().map_err(StoreError::corrupt)?;
        }
        let most = u64::from(most);
        Ok(Swept {
            deleted: temporaries + sessions + others + deleted.unsigned_abs(),
            more: temporaries.max(sessions).max(fullest) >= most || walked.unsigned_abs() >= most,
        })
    }
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
    stamp: Timestamp,
    digest: [u8; 16],
}

const BATCH: u32 = 1000;
const BATCHES: usize = 20;

// Kept for an hour more, so that who comes late is told "expired" and not "unknown".
const TEMPORARIES: &str = "DELETE FROM temporaries WHERE id IN (SELECT id FROM temporaries
    WHERE expires <= least($1::bigint, extract(epoch FROM clock_timestamp())::bigint) - 3600
    ORDER BY expires LIMIT $2::bigint FOR UPDATE SKIP LOCKED)";

const SESSIONS: &str = "DELETE FROM sessions WHERE id_hash IN (SELECT id_hash FROM sessions
    WHERE expires <= least($1::bigint, extract(epoch FROM clock_timestamp())::bigint)
    ORDER BY expires LIMIT $2::bigint FOR UPDATE SKIP LOCKED)";

// What has been refused for a minute, twice the longest statement, no running claim can still think live.
const HORIZON: &str = "UPDATE nonce_horizon SET forgotten = refused,
        refused = greatest(refused, least($1::bigint, extract(epoch FROM clock_timestamp())::bigint)),
        since = extract(epoch FROM clock_timestamp())::bigint
    WHERE since + 60 <= extract(epoch FROM clock_timestamp())::bigint";

// `oldest_live`: how long a row lives at least, as far as the newest ones tell; no row younger than that is looked at.
const NONCES: &str = "WITH turn AS MATERIALIZED (
        SELECT pg_try_advisory_xact_lock(hashtext('countersign sweep'), hashtext(current_schema())) AS mine),
    bound AS MATERIALIZED (
        SELECT forgotten, forgotten - coalesce((SELECT min(until - stamp) FROM
            (SELECT stamp, until FROM nonces ORDER BY stamp DESC, digest DESC LIMIT 100) newest), 0) AS oldest_live
        FROM nonce_horizon, turn WHERE mine),
    walked AS MATERIALIZED (
        SELECT stamp, digest, until FROM nonces
        WHERE (stamp, digest) > ($1::bigint, $2::bytea) AND stamp <= (SELECT oldest_live FROM bound)
        ORDER BY stamp, digest LIMIT $3::bigint),
    gone AS (
        DELETE FROM nonces n USING walked w
        WHERE n.stamp = w.stamp AND n.digest = w.digest AND w.until <= (SELECT forgotten FROM bound)
        RETURNING 1)
    SELECT (SELECT count(*) FROM walked), (SELECT count(*) FROM gone), last.stamp, last.digest
    FROM (SELECT 1) one LEFT JOIN
        (SELECT stamp, digest FROM walked ORDER BY stamp DESC, digest DESC LIMIT 1) last ON true";
