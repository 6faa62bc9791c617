//! Web sessions: who is signed in, by the hash of a cookie.

use super::{
    MySqlStore,
    accounts::END_SESSIONS,
    pool::{End, Work, exec},
    rows::Columns,
    values::time,
};
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{Outcome, SessionRecord, SessionStore, StoreError};
use mysql_async::{Conn, Value};

#[async_trait]
impl SessionStore for MySqlStore {
    async fn put_session(&self, session: &SessionRecord) -> Result<Outcome, StoreError> {
        let (hash, account) = (session.id_hash[..].into(), Value::from(session.account.as_str()));
        let values = vec![hash, account.clone(), time(session.created), time(session.expires), account];
        let begun = self.shared.pool.guarded(PUT, values).await?;
        // Where nonces and temporary credentials live elsewhere, nothing else would delete what has expired.
        self.sweep_soon(session.created);
        Ok(begun)
    }

    async fn session(&self, id_hash: &[u8; 32], now: Timestamp) -> Result<Option<SessionRecord>, StoreError> {
        let Some(row) = self.shared.pool.first(FIND, vec![id_hash[..].into(), time(now)]).await? else {
            return Ok(None);
        };
        let mut columns = Columns::of(&row);
        Ok(Some(SessionRecord {
            id_hash: *id_hash,
            account: columns.text()?.to_owned(),
            created: columns.time()?,
            expires: columns.time()?,
        }))
    }

    async fn end_session(&self, id_hash: &[u8; 32]) -> Result<Outcome, StoreError> {
        self.shared.pool.guarded(END, vec![id_hash[..].into()]).await
    }

    async fn end_sessions_of(&self, account: &str) -> Result<usize, StoreError> {
        let account = Value::from(account);
        let ended = self.shared.pool.transaction(move |connection| end_all(connection, account.clone()));
        usize::try_from(ended.await?).map_err(StoreError::corrupt)
    }
}

fn end_all(connection: &mut Conn, account: Value) -> Work<'_, End<u64>> {
    Box::pin(async move {
        exec(connection, NEXT_GENERATION, vec![account.clone()]).await?;
        exec(connection, END_SESSIONS, vec![account]).await.map(End::Commit)
    })
}

// The statement sees the account of one moment. Who disables it later raises the generation, and with that ends this session, be its
// row there by then or not.
const PUT: &str = "INSERT INTO sessions (id_hash, account, generation, created, expires)
    SELECT ?, ?, COALESCE(a.generation, 0), ?, ? FROM (SELECT 1) q LEFT JOIN accounts a ON a.name = ?
    WHERE COALESCE(a.disabled, 0) = 0";

const FIND: &str = "SELECT s.account, s.created, s.expires
    FROM sessions s LEFT JOIN accounts a ON a.name = s.account
    WHERE s.id_hash = ? AND s.expires > ? AND s.generation = COALESCE(a.generation, 0)";

const END: &str = "DELETE FROM sessions WHERE id_hash = ?";

const NEXT_GENERATION: &str = "UPDATE accounts SET generation = generation + 1 WHERE name = ?";
