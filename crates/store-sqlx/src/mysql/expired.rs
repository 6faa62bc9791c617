//! What has expired of a site, beside what the protocol leaves behind.

use super::{MySqlStore, values::time};
use countersign_core::Timestamp;
use countersign_store::StoreError;

impl MySqlStore {
    /// Deletes up to `most` rows of each kind; tells how many it were, and of the kind that had the most.
    pub(crate) async fn delete_expired(&self, now: Timestamp, most: u32) -> Result<(u64, u64), StoreError> {
        let (mut deleted, mut fullest) = (0, 0);
        for sql in [INVITATIONS, ANSWERS, CHALLENGES] {
            let gone = self.shared.pool.change(sql, vec![time(now), most.into()]).await?;
            (deleted, fullest) = (deleted + gone, gone.max(fullest));
        }
        Ok((deleted, fullest))
    }
}

/// By the earlier one of two clocks, as in `sweep`.
macro_rules! expired {
    ($table:literal) => {
        concat!(
            "DELETE FROM ",
            $table,
            " WHERE expires <= LEAST(?, UNIX_TIMESTAMP()) ORDER BY expires LIMIT ?"
        )
    };
}

const INVITATIONS: &str = expired!("invitations");
const ANSWERS: &str = expired!("idempotent");
const CHALLENGES: &str = expired!("challenges");
