//! Web sessions: who is signed in, by the hash of a cookie.

use super::{
    MySqlStore,
    accounts::END_SESSIONS,
    pool::{End, Work, exec},
    rows::Columns,
    values::time,
};
use crate::sweeper::Sweeps as _;
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{Outcome, SessionName, SessionRecord, SessionStore, StoreError};
use mysql_async::{Conn, Value, prelude::Queryable as _};

#[async_trait]
impl SessionStore for MySqlStore {
    async fn put_session(&self, session: &SessionRecord) -> Result<Outcome, StoreError> {
        let account = Value::from(session.account.as_str());
        let values = vec![
            session.id_hash[..].into(),
            account.clone(),
            time(session.created),
            time(session.expires),
            time(session.last_seen),
            session.address.as_deref().into(),
            session.user_agent.as_deref().into(),
            account,
        ];
        let least_used = vec![
            session.account.as_str().into(),
            session.id_hash[..].into(),
            AT_ONCE.into(),
            (SessionRecord::MOST_OF_AN_ACCOUNT - 1).into(),
        ];
        let begun = self.shared.pool.long_transaction(AT_ONCE, move |connection| {
            begin(connection, values.clone(), least_used.clone())
        });
        let begun = begun.await?;
        // Where nonces and temporary credentials live elsewhere, nothing else would delete what has expired.
        self.sweep_soon(session.created);
        Ok(begun)
    }

    async fn session(&self, id_hash: &[u8; 32], now: Timestamp) -> Result<Option<SessionRecord>, StoreError> {
        let found = self.shared.pool.first(FIND, vec![id_hash[..].into(), time(now)]).await?;
        found.map(|row| read(&mut Columns::of(&row))).transpose()
    }

    async fn end_session(&self, id_hash: &[u8; 32]) -> Result<Outcome, StoreError> {
        self.shared.pool.guarded(END, vec![id_hash[..].into()]).await
    }

    async fn end_sessions_of(&self, account: &str) -> Result<usize, StoreError> {
        let account = Value::from(account);
        let ended = self.shared.pool.transaction(move |connection| end_all(connection, account.clone()));
        usize::try_from(ended.await?).map_err(StoreError::corrupt)
    }

    async fn sessions_of(&self, account: &str, now: Timestamp) -> Result<Vec<SessionRecord>, StoreError> {
        let most = SessionRecord::MOST_OF_AN_ACCOUNT;
        let rows = self.shared.pool.all(LIST, vec![account.into(), time(now), most.into()]).await?;
        rows.iter().map(|row| read(&mut Columns::of(row))).collect()
    }

    async fn end_session_named(&self, account: &str, name: SessionName) -> Result<Outcome, StoreError> {
        self.shared.pool.guarded(END_NAMED, vec![account.into(), name.as_bytes()[..].into()]).await
    }

    async fn see_session(&self, id_hash: &[u8; 32], at: Timestamp) -> Result<(), StoreError> {
        self.shared.pool.change(SEE, vec![time(at), id_hash[..].into()]).await.map(drop)
    }
}

fn read(columns: &mut Columns<'_>) -> Result<SessionRecord, StoreError> {
    Ok(SessionRecord {
        id_hash: columns.hash()?,
        account: columns.owned()?,
        created: columns.time()?,
        expires: columns.time()?,
        last_seen: columns.time()?,
        address: columns.optional_owned()?,
        user_agent: columns.optional_owned()?,
    })
}

/// Begins a session, and ends the least used of the account's others. They are looked up without a lock: one that begins at the same
/// moment need not be waited for.
fn begin(connection: &mut Conn, values: Vec<Value>, least_used: Vec<Value>) -> Work<'_, End<Outcome>> {
    Box::pin(async move {
        if exec(connection, PUT, values).await? != 1 {
            return Ok(End::RollBack(Outcome::Refused));
        }
        let least_used: Vec<Vec<u8>> = connection.exec(LEAST_USED, least_used).await?;
        for id_hash in least_used {
            exec(connection, END, vec![id_hash.into()]).await?;
        }
        Ok(End::Commit(Outcome::Done))
    })
}

fn end_all(connection: &mut Conn, account: Value) -> Work<'_, End<u64>> {
    Box::pin(async move {
        exec(connection, NEXT_GENERATION, vec![account.clone()]).await?;
        exec(connection, END_SESSIONS, vec![account]).await.map(End::Commit)
    })
}

// The statement sees the account of one moment. Who disables it later raises the generation, and with that ends this session, be its
// row there by then or not.
const PUT: &str =
    "INSERT INTO sessions (id_hash, account, generation, created, expires, last_seen, address, user_agent)
    SELECT ?, ?, COALESCE(a.generation, 0), ?, ?, ?, ?, ? FROM (SELECT 1) q LEFT JOIN accounts a ON a.name = ?
    WHERE COALESCE(a.disabled, 0) = 0";

/// So many of an account's sessions are ended at once: whatever it has from elsewhere holds up nobody who signs in.
const AT_ONCE: usize = 100;

const LEAST_USED: &str = "SELECT id_hash FROM sessions WHERE account = ? AND id_hash <> ?
    ORDER BY GREATEST(last_seen, created) DESC, id_hash LIMIT ? OFFSET ?";

macro_rules! select_where {
    ($guard:literal) => {
        concat!(
            "SELECT s.id_hash, s.account, s.created, s.expires, s.last_seen, s.address, s.user_agent
            FROM sessions s LEFT JOIN accounts a ON a.name = s.account
            WHERE s.generation = COALESCE(a.generation, 0) AND ",
            $guard
        )
    };
}

const FIND: &str = select_where!("s.id_hash = ? AND s.expires > ?");

const LIST: &str =
    select_where!("s.account = ? AND s.expires > ? ORDER BY s.created DESC, s.id_hash LIMIT ?");

const END_NAMED: &str = "DELETE FROM sessions WHERE account = ? AND LEFT(id_hash, 16) = ?";

const SEE: &str = "UPDATE sessions SET last_seen = GREATEST(last_seen, ?) WHERE id_hash = ?";

const END: &str = "DELETE FROM sessions WHERE id_hash = ?";

const NEXT_GENERATION: &str = "UPDATE accounts SET generation = generation + 1 WHERE name = ?";
