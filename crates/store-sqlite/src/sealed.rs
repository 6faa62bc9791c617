//! What was sealed, and for which row: so that a lost key is noticed at start and not by the first request.

use crate::{
    SqliteStore,
    rows::{list, seconds},
};
use countersign_core::{Secret, Timestamp};
use countersign_store::StoreError;

/// A sealed secret, and the row that it was sealed for, as [`KeyRing::open`](countersign_store::KeyRing::open) wants both.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SealedText {
    /// The row's identity.
    pub row: String,
    /// The secret, sealed.
    pub text: Secret,
}

impl SqliteStore {
    /// Sealed secrets that are of use at `now`, among the oldest and the newest of each kind: some hundreds at most, so that it is as
    /// quick in a large database as in a small one. None at all: nothing was ever sealed here, or all of it is gone.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know.
    pub fn sealed_sample(&self, now: Timestamp) -> Result<Vec<SealedText>, StoreError> {
        self.read(|connection| {
            list(connection, SAMPLE, (seconds(now), EACH), |columns| {
                Ok(SealedText { row: columns.value()?, text: columns.secret()? })
            })
        })
    }
}

/// Rows of each kind, from each end.
const EACH: u32 = 100;

/// The names of rows are those of `Sealed` in countersign-store. Each part walks an index and stops.
const SAMPLE: &str = "
    SELECT 'client:' || id, secret FROM
        (SELECT id, secret FROM clients WHERE secret IS NOT NULL ORDER BY record LIMIT ?2)
    UNION ALL SELECT 'client:' || id, secret FROM
        (SELECT id, secret FROM clients WHERE secret IS NOT NULL ORDER BY record DESC LIMIT ?2)
    UNION ALL SELECT 'token:' || id, secret FROM
        (SELECT id, secret FROM (SELECT * FROM tokens ORDER BY record LIMIT ?2)
            WHERE revoked IS NULL AND (expires IS NULL OR expires > ?1))
    UNION ALL SELECT 'token:' || id, secret FROM
        (SELECT id, secret FROM (SELECT * FROM tokens ORDER BY record DESC LIMIT ?2)
            WHERE revoked IS NULL AND (expires IS NULL OR expires > ?1))
    UNION ALL SELECT 'temporary:' || id, secret FROM
        (SELECT id, secret FROM temporaries WHERE expires > ?1 ORDER BY expires DESC LIMIT ?2)";
