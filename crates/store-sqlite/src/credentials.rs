//! Temporary credentials: every verb is one statement whose guard stands in its `WHERE`.

use crate::{
    SqliteStore,
    rows::{Columns, atomically, change, find, guarded, json, seconds, value},
    tokens,
};
use async_trait::async_trait;
use countersign_core::{ClientId, TemporaryId, Timestamp};
use countersign_store::{
    CredentialStore, Grant, Outcome, StoreError, TemporaryRecord, TemporaryState, TemporaryStore,
    TokenRecord, VerifierHash,
};
use rusqlite::{Connection, params};

#[async_trait]
impl TemporaryStore for SqliteStore {
    async fn create(&self, record: &TemporaryRecord, now: Timestamp) -> Result<(), StoreError> {
        let record = record.clone();
        self.change_at(now, move |connection| insert(connection, &record)).await
    }

    async fn temporary(&self, id: &TemporaryId) -> Result<Option<TemporaryRecord>, StoreError> {
        self.read(|connection| find(connection, FIND, [id.as_str()], read))
    }

    async fn grant(&self, id: &TemporaryId, grant: &Grant, now: Timestamp) -> Result<Outcome, StoreError> {
        let (id, grant) = (id.clone(), grant.clone());
        self.change_at(now, move |connection| {
            let owner = grant.owner.as_str();
            guarded(connection, GRANT, (id.as_str(), seconds(now), owner, grant.verifier.as_bytes()))
        })
        .await
    }

    async fn deny(&self, id: &TemporaryId, now: Timestamp) -> Result<Outcome, StoreError> {
        let id = id.clone();
        self.change_at(now, move |connection| guarded(connection, DENY, (id.as_str(), seconds(now)))).await
    }

    async fn count_wrong_verifier(
        &self,
        id: &TemporaryId,
        most: u32,
        now: Timestamp,
    ) -> Result<u32, StoreError> {
        let id = id.clone();
        self.change_at(now, move |connection| {
            let values = (id.as_str(), seconds(now), most);
            // One of the two changes the row, never both: the last guess destroys it, any other counts.
            let counted = match value(connection, LAST_GUESS, values)? {
                None => value(connection, GUESS, values)?,
                last => last,
            };
            Ok(counted.unwrap_or(most))
        })
        .await
    }

    async fn consume(
        &self,
        id: &TemporaryId,
        client: &ClientId,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        let (id, client) = (id.clone(), client.clone());
        self.change_at(now, move |connection| consume(connection, &id, &client, now)).await
    }
}

#[async_trait]
impl CredentialStore for SqliteStore {
    async fn redeem(
        &self,
        id: &TemporaryId,
        token: &TokenRecord,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        let (id, token) = (id.clone(), token.clone());
        self.change_at(now, move |connection| {
            atomically(connection, |connection| {
                let outcome = consume(connection, &id, &token.client, now)?;
                if outcome == Outcome::Done {
                    tokens::insert(connection, &token)?;
                }
                Ok(outcome)
            })
        })
        .await
    }
}

fn consume(
    connection: &Connection,
    id: &TemporaryId,
    client: &ClientId,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    guarded(connection, CONSUME, (id.as_str(), seconds(now), client.as_str()))
}

fn insert(connection: &Connection, record: &TemporaryRecord) -> Result<(), StoreError> {
    let (state, grant) = match &record.state {
        TemporaryState::Pending => (PENDING, None),
        TemporaryState::Granted(grant) => (GRANTED, Some(grant)),
        TemporaryState::Denied => (DENIED, None),
    };
    let values = params![
        record.id.as_str(),
        record.secret.expose(),
        record.client.as_str(),
        record.callback.as_str(),
        json(&record.scopes)?,
        seconds(record.expires),
        state,
        grant.map(|grant| grant.owner.as_str()),
        grant.map(|grant| grant.verifier.as_bytes()),
    ];
    change(connection, INSERT, values).map(drop)
}

fn read(columns: &mut Columns<'_>) -> Result<TemporaryRecord, StoreError> {
    Ok(TemporaryRecord {
        id: columns.id()?,
        secret: columns.secret()?,
        client: columns.id()?,
        callback: columns.value::<String>()?.into(),
        scopes: columns.list()?,
        expires: columns.time()?,
        state: match (columns.text()?, columns.optional_text()?, columns.value::<Option<[u8; 32]>>()?) {
            (PENDING, None, None) => TemporaryState::Pending,
            (DENIED, None, None) => TemporaryState::Denied,
            (GRANTED, Some(owner), Some(verifier)) => {
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
    FROM temporaries WHERE id = ?1";

const INSERT: &str = "INSERT INTO temporaries
        (id, secret, client, callback, scopes, expires, state, owner, verifier)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

const GRANT: &str = "UPDATE temporaries SET state = 'granted', owner = ?3, verifier = ?4
    WHERE id = ?1 AND expires > ?2 AND state = 'pending'";

const DENY: &str = "UPDATE temporaries SET state = 'denied'
    WHERE id = ?1 AND expires > ?2 AND state = 'pending'";

const CONSUME: &str = "DELETE FROM temporaries
    WHERE id = ?1 AND expires > ?2 AND state = 'granted' AND client = ?3
        AND NOT EXISTS (SELECT 1 FROM accounts WHERE name = temporaries.owner AND disabled = 1)";

const LAST_GUESS: &str = "DELETE FROM temporaries
    WHERE id = ?1 AND expires > ?2 AND wrong_verifiers + 1 >= ?3 RETURNING wrong_verifiers + 1";

const GUESS: &str = "UPDATE temporaries SET wrong_verifiers = wrong_verifiers + 1
    WHERE id = ?1 AND expires > ?2 AND wrong_verifiers + 1 < ?3 RETURNING wrong_verifiers";
