//! Web sessions: who is signed in, by the hash of a cookie.

use super::PostgresStore;
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{Outcome, SessionRecord, SessionStore, StoreError};

#[async_trait]
impl SessionStore for PostgresStore {
    async fn put_session(&self, session: &SessionRecord) -> Result<Outcome, StoreError> {
        let (hash, account) = (session.id_hash[..].into(), session.account.as_str().into());
        let begun =
            self.guarded(PUT, &[hash, account, session.created.into(), session.expires.into()]).await?;
        // Where nonces and temporary credentials live elsewhere, nothing else would delete what has expired.
        self.sweep_soon(session.created);
        Ok(begun)
    }

    async fn session(&self, id_hash: &[u8; 32], now: Timestamp) -> Result<Option<SessionRecord>, StoreError> {
        let Some(row) = self.shared.lanes.first(FIND, &[id_hash[..].into(), now.into()]).await? else {
            return Ok(None);
        };
        let mut columns = row.columns();
        Ok(Some(SessionRecord {
            id_hash: *id_hash,
            account: columns.value()?,
            created: columns.time()?,
            expires: columns.time()?,
        }))
    }

    async fn end_session(&self, id_hash: &[u8; 32]) -> Result<Outcome, StoreError> {
        self.guarded(END, &[id_hash[..].into()]).await
    }

    async fn end_sessions_of(&self, account: &str) -> Result<usize, StoreError> {
        let ended = self.shared.lanes.change(END_ALL, &[account.into()]).await?;
        usize::try_from(ended).map_err(StoreError::corrupt)
    }
}

// The lock waits for who disables the account at this moment, and then sees what they made of it.
const PUT: &str = "WITH owner AS MATERIALIZED (
        SELECT disabled, generation FROM accounts WHERE name = $2::text FOR SHARE)
    INSERT INTO sessions (id_hash, account, generation, created, expires)
    SELECT $1::bytea, $2::text, coalesce((SELECT generation FROM owner), 0), $3::bigint, $4::bigint
    WHERE NOT EXISTS (SELECT 1 FROM owner WHERE disabled)";

const FIND: &str = "SELECT s.account, s.created, s.expires
    FROM sessions s LEFT JOIN accounts a ON a.name = s.account
    WHERE s.id_hash = $1 AND s.expires > $2 AND s.generation = coalesce(a.generation, 0)";

const END: &str = "DELETE FROM sessions WHERE id_hash = $1";

const END_ALL: &str = "WITH next AS (UPDATE accounts SET generation = generation + 1 WHERE name = $1)
    DELETE FROM sessions WHERE account = $1";
