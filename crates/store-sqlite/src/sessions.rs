//! Web sessions: who is signed in, by the hash of a cookie.

use crate::{
    SqliteStore,
    rows::{change, find, guarded, seconds},
};
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{Outcome, SessionRecord, SessionStore, StoreError};

#[async_trait]
impl SessionStore for SqliteStore {
    async fn put_session(&self, session: &SessionRecord) -> Result<Outcome, StoreError> {
        let session = session.clone();
        self.change(move |connection| {
            let (created, expires) = (seconds(session.created), seconds(session.expires));
            guarded(connection, PUT, (session.id_hash, &session.account, created, expires))
        })
        .await
    }

    async fn session(&self, id_hash: &[u8; 32], now: Timestamp) -> Result<Option<SessionRecord>, StoreError> {
        self.read(|connection| {
            find(connection, FIND, (id_hash, seconds(now)), |columns| {
                Ok(SessionRecord {
                    id_hash: columns.value()?,
                    account: columns.value()?,
                    created: columns.time()?,
                    expires: columns.time()?,
                })
            })
        })
    }

    async fn end_session(&self, id_hash: &[u8; 32]) -> Result<Outcome, StoreError> {
        let hash = *id_hash;
        self.change(move |connection| guarded(connection, "DELETE FROM sessions WHERE id_hash = ?1", [hash]))
            .await
    }

    async fn end_sessions_of(&self, account: &str) -> Result<usize, StoreError> {
        let account = account.to_owned();
        self.change(move |connection| {
            change(connection, "DELETE FROM sessions WHERE account = ?1", [account])
        })
        .await
    }
}

const PUT: &str = "INSERT INTO sessions (id_hash, account, created, expires)
    SELECT ?1, ?2, ?3, ?4
    WHERE NOT EXISTS (SELECT 1 FROM accounts WHERE name = ?2 AND disabled = 1)";

const FIND: &str = "SELECT id_hash, account, created, expires
    FROM sessions WHERE id_hash = ?1 AND expires > ?2";
