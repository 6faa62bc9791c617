//! Temporary credentials: every verb is one statement whose guard stands in its `WHERE`, but for the one that touches a token too.

use super::{
    MySqlStore,
    failure::{failed, kind},
    pool::{End, Work, exec, positional},
    rows::Columns,
    tokens,
    values::{list, time},
};
use crate::sweeper::Sweeps as _;
use async_trait::async_trait;
use countersign_core::{ClientId, TemporaryId, Timestamp};
use countersign_store::{
    CredentialStore, Grant, Outcome, StoreError, StoreErrorKind, TemporaryRecord, TemporaryState,
    TemporaryStore, TokenRecord, VerifierHash,
};
use mysql_async::{Conn, Value, prelude::Queryable as _};

#[async_trait]
impl TemporaryStore for MySqlStore {
    async fn create(&self, record: &TemporaryRecord, now: Timestamp) -> Result<(), StoreError> {
        self.shared.pool.change(INSERT, values(record)).await?;
        self.sweep_soon(now);
        Ok(())
    }

    async fn temporary(&self, id: &TemporaryId) -> Result<Option<TemporaryRecord>, StoreError> {
        let found = self.shared.pool.first(FIND, vec![id.as_str().into()]).await?;
        found.map(|row| read(&mut Columns::of(&row))).transpose()
    }

    async fn grant(&self, id: &TemporaryId, grant: &Grant, now: Timestamp) -> Result<Outcome, StoreError> {
        let verifier = &grant.verifier.as_bytes()[..];
        let values = vec![grant.owner.as_str().into(), verifier.into(), id.as_str().into(), time(now)];
        self.shared.pool.guarded(GRANT, values).await
    }

    async fn deny(&self, id: &TemporaryId, now: Timestamp) -> Result<Outcome, StoreError> {
        self.shared.pool.guarded(DENY, vec![id.as_str().into(), time(now)]).await
    }

    async fn count_wrong_verifier(
        &self,
        id: &TemporaryId,
        most: u32,
        now: Timestamp,
    ) -> Result<u32, StoreError> {
        let limit = || Value::from(most);
        let values = vec![limit(), limit(), limit(), limit(), id.as_str().into(), time(now)];
        let counted = self.shared.pool.run(move |connection| guess(connection, values.clone())).await?;
        counted.map_or(Ok(most), |count| u32::try_from(count).map_err(StoreError::corrupt))
    }

    async fn consume(
        &self,
        id: &TemporaryId,
        client: &ClientId,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        self.shared.pool.guarded(CONSUME, consumed(id, client, now)).await
    }
}

#[async_trait]
impl CredentialStore for MySqlStore {
    async fn redeem(
        &self,
        id: &TemporaryId,
        token: &TokenRecord,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        let (consumed, token) = (consumed(id, &token.client, now), tokens::values(token));
        let pool = &self.shared.pool;
        pool.transaction(move |connection| redeem(connection, consumed.clone(), token.clone())).await?
    }
}

/// The count stands in the answer of the statement itself (`LAST_INSERT_ID(n)`): nobody else's guess comes between.
fn guess(connection: &mut Conn, values: Vec<Value>) -> Work<'_, Option<u64>> {
    Box::pin(async move {
        connection.exec_drop(GUESS, positional(values)).await?;
        Ok((connection.affected_rows() == 1).then(|| connection.last_insert_id().unwrap_or(0)))
    })
}

/// Both or neither. A second one waits for the row that the first one deletes, and then does not find it.
fn redeem(
    connection: &mut Conn,
    consumed: Vec<Value>,
    token: Vec<Value>,
) -> Work<'_, End<Result<Outcome, StoreError>>> {
    Box::pin(async move {
        if exec(connection, CONSUME, consumed).await? != 1 {
            return Ok(End::RollBack(Ok(Outcome::Refused)));
        }
        match exec(connection, tokens::INSERT, token).await {
            Ok(_) => Ok(End::Commit(Ok(Outcome::Done))),
            Err(error) if kind(&error) == StoreErrorKind::Unavailable => Err(error),
            Err(error) => Ok(End::RollBack(Err(failed(error)))),
        }
    })
}

fn consumed(id: &TemporaryId, client: &ClientId, now: Timestamp) -> Vec<Value> {
    vec![id.as_str().into(), time(now), client.as_str().into()]
}

fn values(record: &TemporaryRecord) -> Vec<Value> {
    let (state, grant) = match &record.state {
        TemporaryState::Pending => (PENDING, None),
        TemporaryState::Granted(grant) => (GRANTED, Some(grant)),
        TemporaryState::Denied => (DENIED, None),
    };
    vec![
        record.id.as_str().into(),
        record.secret.expose().into(),
        record.client.as_str().into(),
        record.callback.as_str().into(),
        list(&record.scopes),
        time(record.expires),
        state.into(),
        grant.map(|grant| grant.owner.as_str()).into(),
        grant.map(|grant| &grant.verifier.as_bytes()[..]).into(),
    ]
}

fn read(columns: &mut Columns<'_>) -> Result<TemporaryRecord, StoreError> {
    Ok(TemporaryRecord {
        id: columns.id()?,
        secret: columns.secret()?,
        client: columns.id()?,
        callback: columns.text()?.to_owned().into(),
        scopes: columns.list()?,
        expires: columns.time()?,
        state: match (columns.text()?, columns.optional_text()?, columns.optional_bytes()?) {
            (PENDING, None, None) => TemporaryState::Pending,
            (DENIED, None, None) => TemporaryState::Denied,
            (GRANTED, Some(owner), Some(verifier)) => {
                let verifier = <[u8; 32]>::try_from(verifier).map_err(StoreError::corrupt)?;
                TemporaryState::Granted(Grant { owner: owner.into(), verifier: VerifierHash::from(verifier) })
            }
            _ => return Err(StoreError::corrupt("temporary credentials are in no known state")),
        },
    })
}

const PENDING: &str = "pending";
const GRANTED: &str = "granted";
const DENIED: &str = "denied";

const FIND: &str = "SELECT id, secret, client, callback, scopes, expires, state, owner, verifier
    FROM temporaries WHERE id = ? AND state <> 'destroyed'";

const INSERT: &str = "INSERT INTO temporaries
        (id, secret, client, callback, scopes, expires, state, owner, verifier)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";

const GRANT: &str = "UPDATE temporaries SET state = 'granted', owner = ?, verifier = ?
    WHERE id = ? AND expires > ? AND state = 'pending'";

const DENY: &str = "UPDATE temporaries SET state = 'denied'
    WHERE id = ? AND expires > ? AND state = 'pending'";

const CONSUME: &str = "DELETE FROM temporaries
    WHERE id = ? AND expires > ? AND state = 'granted' AND client = ?
        AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.name = temporaries.owner AND a.disabled = 1)";

// One update and no deletion, as in PostgreSQL. The count comes last: what is assigned first is seen by what follows.
const GUESS: &str = "UPDATE temporaries SET
        state = IF(wrong_verifiers + 1 < ?, state, 'destroyed'),
        secret = IF(wrong_verifiers + 1 < ?, secret, ''),
        owner = IF(wrong_verifiers + 1 < ?, owner, NULL),
        verifier = IF(wrong_verifiers + 1 < ?, verifier, NULL),
        wrong_verifiers = LAST_INSERT_ID(wrong_verifiers + 1)
    WHERE id = ? AND expires > ? AND state <> 'destroyed'";
