//! What has expired of a site, beside what the protocol leaves behind.

use super::PostgresStore;
use countersign_core::Timestamp;
use countersign_store::StoreError;

impl PostgresStore {
    /// Deletes up to `most` rows of each kind; tells how many it were, and of the kind that had the most.
    pub(crate) async fn delete_expired(&self, now: Timestamp, most: u32) -> Result<(u64, u64), StoreError> {
        let (mut deleted, mut fullest) = (0, 0);
        for sql in [INVITATIONS, ANSWERS, CHALLENGES] {
            let gone = self.shared.lanes.change(sql, &[now.into(), most.into()]).await?;
            (deleted, fullest) = (deleted + gone, gone.max(fullest));
        }
        Ok((deleted, fullest))
    }
}

/// By the earlier one of two clocks, as in `sweep`.
macro_rules! expired {
    ($table:literal, $key:literal) => {
        concat!(
            "DELETE FROM ",
            $table,
            " WHERE ",
            $key,
            " IN (SELECT ",
            $key,
            " FROM ",
            $table,
            " WHERE expires <= least($1::bigint, extract(epoch FROM clock_timestamp())::bigint)
            ORDER BY expires LIMIT $2::bigint FOR UPDATE SKIP LOCKED)"
        )
    };
}

const INVITATIONS: &str = expired!("invitations", "record");
const ANSWERS: &str = expired!("idempotent", "name");
const CHALLENGES: &str = expired!("challenges", "id_hash");
