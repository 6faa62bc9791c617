//! Web sessions: who is signed in, by the hash of a cookie.

use super::{PostgresStore, rows::Columns};
use crate::sweeper::Sweeps as _;
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{Outcome, SessionName, SessionRecord, SessionStore, StoreError};

#[async_trait]
impl SessionStore for PostgresStore {
    async fn put_session(&self, session: &SessionRecord) -> Result<Outcome, StoreError> {
        let values = [
            session.id_hash[..].into(),
            session.account.as_str().into(),
            session.created.into(),
            session.expires.into(),
            session.last_seen.into(),
            session.address.as_deref().into(),
            session.user_agent.as_deref().into(),
            i64::from(SessionRecord::MOST_OF_AN_ACCOUNT - 1).into(),
        ];
        let begun = self.guarded(PUT, &values).await?;
        // Where nonces and temporary credentials live elsewhere, nothing else would delete what has expired.
        self.sweep_soon(session.created);
        Ok(begun)
    }

    async fn session(&self, id_hash: &[u8; 32], now: Timestamp) -> Result<Option<SessionRecord>, StoreError> {
        let found = self.shared.lanes.first(FIND, &[id_hash[..].into(), now.into()]).await?;
        found.map(|row| read(&mut row.columns())).transpose()
    }

    async fn end_session(&self, id_hash: &[u8; 32]) -> Result<Outcome, StoreError> {
        self.guarded(END, &[id_hash[..].into()]).await
    }

    async fn end_sessions_of(&self, account: &str) -> Result<usize, StoreError> {
        let ended = self.shared.lanes.change(END_ALL, &[account.into()]).await?;
        usize::try_from(ended).map_err(StoreError::corrupt)
    }

    async fn sessions_of(&self, account: &str, now: Timestamp) -> Result<Vec<SessionRecord>, StoreError> {
        let most = i64::from(SessionRecord::MOST_OF_AN_ACCOUNT);
        let rows = self.shared.lanes.all(LIST, &[account.into(), now.into(), most.into()]).await?;
        rows.iter().map(|row| read(&mut row.columns())).collect()
    }

    async fn end_session_named(&self, account: &str, name: SessionName) -> Result<Outcome, StoreError> {
        self.guarded(END_NAMED, &[account.into(), name.as_bytes()[..].into()]).await
    }

    async fn see_session(&self, id_hash: &[u8; 32], at: Timestamp) -> Result<(), StoreError> {
        self.shared.lanes.change(SEE, &[id_hash[..].into(), at.into()]).await.map(drop)
    }
}

fn read(columns: &mut Columns<'_>) -> Result<SessionRecord, StoreError> {
    Ok(SessionRecord {
        id_hash: columns.hash()?,
        account: columns.value()?,
        created: columns.time()?,
        expires: columns.time()?,
        last_seen: columns.time()?,
        address: columns.value()?,
        user_agent: columns.value()?,
    })
}

// The lock waits for who disables the account at this moment, and then sees what they made of it. Of the account's others the least used
// go, so many at a time that whatever it has from elsewhere holds up nobody who signs in; those that another statement ends are left to it.
const PUT: &str = "WITH owner AS MATERIALIZED (
        SELECT disabled, generation FROM accounts WHERE name = $2::text FOR SHARE),
    least_used AS (SELECT id_hash FROM sessions WHERE account = $2::text AND NOT EXISTS (SELECT 1 FROM owner WHERE disabled)
        ORDER BY greatest(last_seen, created) DESC, id_hash LIMIT 1000 OFFSET $8::bigint),
    ended AS (DELETE FROM sessions WHERE id_hash IN (SELECT s.id_hash FROM sessions s
        WHERE s.id_hash IN (SELECT id_hash FROM least_used) ORDER BY s.id_hash FOR UPDATE SKIP LOCKED))
    INSERT INTO sessions (id_hash, account, generation, created, expires, last_seen, address, user_agent)
    SELECT $1::bytea, $2::text, coalesce((SELECT generation FROM owner), 0), $3::bigint, $4::bigint, $5::bigint,
        $6::text, $7::text
    WHERE NOT EXISTS (SELECT 1 FROM owner WHERE disabled)";

macro_rules! select_where {
    ($guard:literal) => {
        concat!(
            "SELECT s.id_hash, s.account, s.created, s.expires, s.last_seen, s.address, s.user_agent
            FROM sessions s LEFT JOIN accounts a ON a.name = s.account
            WHERE s.generation = coalesce(a.generation, 0) AND ",
            $guard
        )
    };
}

const FIND: &str = select_where!("s.id_hash = $1 AND s.expires > $2");

const LIST: &str =
    select_where!("s.account = $1 AND s.expires > $2 ORDER BY s.created DESC, s.id_hash LIMIT $3");

const END: &str = "DELETE FROM sessions WHERE id_hash = $1";

const END_NAMED: &str = "DELETE FROM sessions WHERE account = $1 AND substring(id_hash FROM 1 FOR 16) = $2";

const END_ALL: &str = "WITH next AS (UPDATE accounts SET generation = generation + 1 WHERE name = $1)
    DELETE FROM sessions WHERE account = $1";

const SEE: &str = "UPDATE sessions SET last_seen = greatest(last_seen, $2) WHERE id_hash = $1";
