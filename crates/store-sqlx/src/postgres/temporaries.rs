//! Temporary credentials: every verb is one statement whose guard stands in its `WHERE`.

use super::{PostgresStore, rows::Columns, tokens, values::Value};
use crate::sweeper::Sweeps as _;
use async_trait::async_trait;
use countersign_core::{ClientId, TemporaryId, Timestamp};
use countersign_store::{
    CredentialStore, Grant, Outcome, StoreError, TemporaryRecord, TemporaryState, TemporaryStore,
    TokenRecord, VerifierHash,
};

#[async_trait]
impl TemporaryStore for PostgresStore {
    async fn create(&self, record: &TemporaryRecord, now: Timestamp) -> Result<(), StoreError> {
        self.shared.lanes.change(INSERT, &values(record)).await?;
        self.sweep_soon(now);
        Ok(())
    }

    async fn temporary(&self, id: &TemporaryId) -> Result<Option<TemporaryRecord>, StoreError> {
        let found = self.shared.lanes.first(FIND, &[id.as_str().into()]).await?;
        found.map(|row| read(&mut row.columns())).transpose()
    }

    async fn grant(&self, id: &TemporaryId, grant: &Grant, now: Timestamp) -> Result<Outcome, StoreError> {
        let verifier = &grant.verifier.as_bytes()[..];
        let values = [id.as_str().into(), now.into(), grant.owner.as_str().into(), verifier.into()];
        self.guarded(GRANT, &values).await
    }

    async fn deny(&self, id: &TemporaryId, now: Timestamp) -> Result<Outcome, StoreError> {
        self.guarded(DENY, &[id.as_str().into(), now.into()]).await
    }

    async fn count_wrong_verifier(
        &self,
        id: &TemporaryId,
        most: u32,
        now: Timestamp,
    ) -> Result<u32, StoreError> {
        let counted = self.shared.lanes.first(GUESS, &[id.as_str().into(), now.into(), most.into()]).await?;
        let Some(row) = counted else { return Ok(most) };
        u32::try_from(row.columns().value::<i64>()?).map_err(StoreError::corrupt)
    }

    async fn consume(
        &self,
        id: &TemporaryId,
        client: &ClientId,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        self.guarded(CONSUME, &[id.as_str().into(), now.into(), client.as_str().into()]).await
    }
}

#[async_trait]
impl CredentialStore for PostgresStore {
    async fn redeem(
        &self,
        id: &TemporaryId,
        token: &TokenRecord,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        let [token_id, secret, client, owner, scopes, issued, expires, revoked] = tokens::values(token);
        let values = [
            id.as_str().into(),
            now.into(),
            client,
            token_id,
            secret,
            owner,
            scopes,
            issued,
            expires,
            revoked,
        ];
        self.guarded(REDEEM, &values).await
    }
}

fn values(record: &TemporaryRecord) -> [Value<'_>; 9] {
    let (state, grant) = match &record.state {
        TemporaryState::Pending => (PENDING, None),
        TemporaryState::Granted(grant) => (GRANTED, Some(grant)),
        TemporaryState::Denied => (DENIED, None),
    };
    [
        record.id.as_str().into(),
        record.secret.expose().into(),
        record.client.as_str().into(),
        record.callback.as_str().into(),
        record.scopes[..].into(),
        record.expires.into(),
        state.into(),
        grant.map(|grant| grant.owner.as_str()).into(),
        Value::Bytes(grant.map(|grant| &grant.verifier.as_bytes()[..])),
    ]
}

fn read(columns: &mut Columns<'_>) -> Result<TemporaryRecord, StoreError> {
    Ok(TemporaryRecord {
        id: columns.id()?,
        secret: columns.secret()?,
        client: columns.id()?,
        callback: columns.value::<String>()?.into(),
        scopes: columns.value()?,
        expires: columns.time()?,
        state: match (columns.text()?, columns.value::<Option<&str>>()?, columns.value::<Option<&[u8]>>()?) {
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
    FROM temporaries WHERE id = $1 AND state <> 'destroyed'";

const INSERT: &str = "INSERT INTO temporaries
        (id, secret, client, callback, scopes, expires, state, owner, verifier)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

const GRANT: &str = "UPDATE temporaries SET state = 'granted', owner = $3, verifier = $4
    WHERE id = $1 AND expires > $2 AND state = 'pending'";

const DENY: &str = "UPDATE temporaries SET state = 'denied'
    WHERE id = $1 AND expires > $2 AND state = 'pending'";

const CONSUME: &str = "DELETE FROM temporaries
    WHERE id = $1 AND expires > $2 AND state = 'granted' AND client = $3
        AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.name = temporaries.owner AND a.disabled)";

// Both or neither: a token that cannot be inserted undoes the deletion with it.
const REDEEM: &str = "WITH consumed AS (DELETE FROM temporaries
        WHERE id = $1 AND expires > $2 AND state = 'granted' AND client = $3
            AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.name = temporaries.owner AND a.disabled)
        RETURNING client)
    INSERT INTO tokens (client, id, secret, owner, scopes, issued, expires, revoked)
    SELECT client, $4::text, $5::text, $6::text, $7::text[], $8::bigint, $9::bigint, $10::bigint FROM consumed";

// One update and no deletion: a row that others change at the same time is then looked at again, and each guess counts.
const GUESS: &str = "UPDATE temporaries SET wrong_verifiers = wrong_verifiers + 1,
        state = CASE WHEN wrong_verifiers + 1 < $3::bigint THEN state ELSE 'destroyed' END,
        secret = CASE WHEN wrong_verifiers + 1 < $3::bigint THEN secret ELSE '' END,
        owner = CASE WHEN wrong_verifiers + 1 < $3::bigint THEN owner END,
        verifier = CASE WHEN wrong_verifiers + 1 < $3::bigint THEN verifier END
    WHERE id = $1 AND expires > $2 AND state <> 'destroyed' RETURNING wrong_verifiers";
