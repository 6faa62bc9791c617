//! Sealed secrets one by one: so that a lost key is noticed at start and not by the first request, and to rotate keys.

use crate::{
    SqliteStore,
    rows::{atomically, change, list, seconds},
};
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{Replacement, SealedKind, SealedRow, SealedRows, SealedText, StoreError};

#[async_trait]
impl SealedRows for SqliteStore {
    async fn sealed_sample(&self, now: Timestamp) -> Result<Vec<SealedText>, StoreError> {
        self.read(|connection| {
            list(connection, SAMPLE, (seconds(now), EACH), |columns| {
                Ok(SealedText { row: columns.value()?, text: columns.secret()? })
            })
        })
    }

    async fn sealed_after(
        &self,
        kind: SealedKind,
        after: Option<&SealedRow>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<SealedRow>, StoreError> {
        let sql = match kind {
            SealedKind::Answer => ANSWERS,
            SealedKind::Client => CLIENTS,
            SealedKind::PreviousKey => PREVIOUS_KEYS,
            SealedKind::Temporary => TEMPORARIES,
            SealedKind::Token => TOKENS,
        };
        let after = after.map_or(i64::MIN, |row| row.record);
        self.read(|connection| {
            list(connection, sql, (after, limit, seconds(now)), |columns| {
                let record = columns.value()?;
                let row = [kind.prefix(), columns.text()?].concat();
                Ok(SealedRow { record, sealed: SealedText { row, text: columns.secret()? } })
            })
        })
    }

    async fn reseal(
        &self,
        kind: SealedKind,
        replacements: Vec<Replacement>,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let sql = match kind {
            SealedKind::Answer => "UPDATE idempotent SET answer = ?3 WHERE name = ?1 AND answer = ?2",
            SealedKind::Client => "UPDATE clients SET secret = ?3 WHERE id = ?1 AND secret = ?2",
            SealedKind::PreviousKey => {
                "UPDATE clients SET previous_secret = ?3 WHERE id = ?1 AND previous_secret = ?2"
            }
            SealedKind::Temporary => "UPDATE temporaries SET secret = ?3 WHERE id = ?1 AND secret = ?2",
            SealedKind::Token => "UPDATE tokens SET secret = ?3 WHERE id = ?1 AND secret = ?2",
        };
        self.change_at(now, move |connection| {
            atomically(connection, |connection| {
                let mut changed = 0;
                for Replacement { row: SealedRow { sealed, .. }, text } in &replacements {
                    let id = kind.id_of(sealed)?;
                    changed += change(connection, sql, [id, sealed.text.expose(), text.expose()])?;
                }
                Ok(changed as u64)
            })
        })
        .await
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

const CLIENTS: &str = "SELECT record, id, secret FROM clients
    WHERE record > ?1 AND secret IS NOT NULL AND ?3 IS NOT NULL ORDER BY record LIMIT ?2";
const PREVIOUS_KEYS: &str = "SELECT record, id, previous_secret FROM clients
    WHERE record > ?1 AND previous_secret IS NOT NULL AND ?3 IS NOT NULL ORDER BY record LIMIT ?2";
const ANSWERS: &str = "SELECT rowid, name, answer FROM idempotent
    WHERE rowid > ?1 AND expires > ?3 AND answer IS NOT NULL ORDER BY rowid LIMIT ?2";
const TEMPORARIES: &str = "SELECT rowid, id, secret FROM temporaries
    WHERE rowid > ?1 AND expires > ?3 ORDER BY rowid LIMIT ?2";
const TOKENS: &str = "SELECT record, id, secret FROM tokens
    WHERE record > ?1 AND ?3 IS NOT NULL ORDER BY record LIMIT ?2";
