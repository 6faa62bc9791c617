//! Deletes what has expired.

use super::PostgresStore;
use crate::{
    sweeper::{Key, Sweeper, Sweeps, Walk},
    swept::Swept,
};
use countersign_core::Timestamp;
use countersign_store::StoreError;

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
        self.sweep_once(now, most).await
    }
}

impl Sweeps for PostgresStore {
    fn sweeper(&self) -> &Sweeper {
        &self.shared.sweeper
    }

    async fn clear(&self, now: Timestamp, most: u32) -> Result<(u64, u64), StoreError> {
        let lanes = &self.shared.lanes;
        let temporaries = lanes.change(TEMPORARIES, &[now.into(), most.into()]).await?;
        let sessions = lanes.change(SESSIONS, &[now.into(), most.into()]).await?;
        let (others, fullest) = self.delete_expired(now, most).await?;
        lanes.change(HORIZON, &[now.into()]).await?;
        Ok((temporaries + sessions + others, temporaries.max(sessions).max(fullest)))
    }

    async fn walk(&self, (stamp, digest): Key, most: u32) -> Result<Walk, StoreError> {
        let from = [stamp.into(), digest[..].into(), most.into()];
        let row = self.shared.lanes.first(NONCES, &from).await?;
        let row = row.ok_or_else(|| StoreError::corrupt("the horizon of nonces is missing"))?;
        let mut columns = row.columns();
        let (walked, deleted): (i64, i64) = (columns.value()?, columns.value()?);
        let last = match walked {
            0 => None,
            _ => Some((columns.time()?, columns.value::<&[u8]>()?.try_into().map_err(StoreError::corrupt)?)),
        };
        Ok(Walk { walked: walked.unsigned_abs(), deleted: deleted.unsigned_abs(), last })
    }
}

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
