//! Web sessions: who is signed in, by the hash of a cookie.

use crate::{
    SqliteStore,
    rows::{Columns, atomically, change, find, guarded, list, seconds},
};
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{Outcome, SessionName, SessionRecord, SessionStore, StoreError};

#[async_trait]
impl SessionStore for SqliteStore {
    async fn put_session(&self, session: &SessionRecord) -> Result<Outcome, StoreError> {
        let SessionRecord { id_hash, account, created, expires, last_seen, address, user_agent } =
            session.clone();
        self.change(move |connection| {
            let [created, expires, last_seen] = [created, expires, last_seen].map(seconds);
            let values = (id_hash, &account, created, expires, last_seen, address, user_agent);
            atomically(connection, |connection| {
                let begun = guarded(connection, PUT, values)?;
                if begun == Outcome::Done {
                    let others = SessionRecord::MOST_OF_AN_ACCOUNT - 1;
                    change(connection, END_LEAST_USED, (&account, id_hash, others))?;
                }
                Ok(begun)
            })
        })
        .await
    }

    async fn session(&self, id_hash: &[u8; 32], now: Timestamp) -> Result<Option<SessionRecord>, StoreError> {
        self.read(|connection| find(connection, FIND, (id_hash, seconds(now)), read))
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

    async fn sessions_of(&self, account: &str, now: Timestamp) -> Result<Vec<SessionRecord>, StoreError> {
        let most = SessionRecord::MOST_OF_AN_ACCOUNT;
        self.read(|connection| list(connection, LIST, (account, seconds(now), most), read))
    }

    async fn end_session_named(&self, account: &str, name: SessionName) -> Result<Outcome, StoreError> {
        let account = account.to_owned();
        self.change(move |connection| {
            let sql = "DELETE FROM sessions WHERE account = ?1 AND substr(id_hash, 1, 16) = ?2";
            guarded(connection, sql, (account, name.as_bytes()))
        })
        .await
    }

    async fn see_session(&self, id_hash: &[u8; 32], at: Timestamp) -> Result<(), StoreError> {
        let hash = *id_hash;
        self.change(move |connection| {
            let sql = "UPDATE sessions SET last_seen = max(last_seen, ?2) WHERE id_hash = ?1";
            change(connection, sql, (hash, seconds(at))).map(drop)
        })
        .await
    }
}

fn read(columns: &mut Columns<'_>) -> Result<SessionRecord, StoreError> {
    Ok(SessionRecord {
        id_hash: columns.value()?,
        account: columns.value()?,
        created: columns.time()?,
        expires: columns.time()?,
        last_seen: columns.time()?,
        address: columns.value()?,
        user_agent: columns.value()?,
    })
}

const PUT: &str = "INSERT INTO sessions (id_hash, account, created, expires, last_seen, address, user_agent)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
    WHERE NOT EXISTS (SELECT 1 FROM accounts WHERE name = ?2 AND disabled = 1)";

// So many at a time that whatever an account has from elsewhere holds up nobody who signs in.
const END_LEAST_USED: &str = "DELETE FROM sessions WHERE id_hash IN (SELECT id_hash FROM sessions
    WHERE account = ?1 AND id_hash <> ?2 ORDER BY max(last_seen, created) DESC, id_hash LIMIT 1000 OFFSET ?3)";

macro_rules! select_where {
    ($guard:literal) => {
        concat!(
            "SELECT id_hash, account, created, expires, last_seen, address, user_agent FROM sessions WHERE ",
            $guard
        )
    };
}

const FIND: &str = select_where!("id_hash = ?1 AND expires > ?2");
const LIST: &str = select_where!("account = ?1 AND expires > ?2 ORDER BY created DESC, id_hash LIMIT ?3");
