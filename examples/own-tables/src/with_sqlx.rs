//! The traits on the tables of `shop.sql`, with sqlx.
//!
//! On PostgreSQL the statements stay as they are: write `Pg…` and `Postgres` for `Sqlite…` and `Sqlite`, `begin()` without
//! words, and numbers of `wrong_codes` as `i32`. MySQL has other statements, and collations that fold case.

mod rows;

use async_trait::async_trait;
use countersign_core::{ClientId, TemporaryId, Timestamp, TokenId};
use countersign_store::*;
use sqlx::{SqlitePool, query, query_scalar};
use std::sync::Arc;

/// The shop's own pool.
#[derive(Clone, Debug)]
pub struct Shop(pub SqlitePool);

type Answer<T> = Result<T, StoreError>;

#[async_trait]
impl ClientStore for Shop {
    async fn client(&self, id: &ClientId) -> Answer<Option<ClientRecord>> {
        let row = query("SELECT * FROM partners WHERE api_key = $1").bind(id.as_str());
        row.try_map(rows::client).fetch_optional(&self.0).await.map_err(rows::failed)
    }
}

#[async_trait]
impl TemporaryStore for Shop {
    async fn create(&self, record: &TemporaryRecord, now: Timestamp) -> Answer<()> {
        let over = query("DELETE FROM app_requests WHERE ends_at <= $1").bind(rows::seconds(now));
        over.execute(&self.0).await.map_err(rows::failed)?;
        rows::insert_temporary(record).execute(&self.0).await.map(drop).map_err(rows::failed)
    }

    async fn temporary(&self, id: &TemporaryId) -> Answer<Option<TemporaryRecord>> {
        let row = query("SELECT * FROM app_requests WHERE request_key = $1").bind(id.as_str());
        row.try_map(rows::temporary).fetch_optional(&self.0).await.map_err(rows::failed)
    }

    async fn grant(&self, id: &TemporaryId, grant: &Grant, now: Timestamp) -> Answer<Outcome> {
        let sql = "UPDATE app_requests SET customer = $3, code_hash = $4
                   WHERE request_key = $1 AND ends_at > $2 AND customer IS NULL AND NOT declined";
        let yes = query(sql).bind(id.as_str()).bind(rows::seconds(now)).bind(grant.owner.as_str());
        rows::changed(yes.bind(&grant.verifier.as_bytes()[..]).execute(&self.0).await)
    }

    async fn deny(&self, id: &TemporaryId, now: Timestamp) -> Answer<Outcome> {
        let sql = "UPDATE app_requests SET declined = TRUE
                   WHERE request_key = $1 AND ends_at > $2 AND customer IS NULL AND NOT declined";
        rows::changed(query(sql).bind(id.as_str()).bind(rows::seconds(now)).execute(&self.0).await)
    }

    async fn count_wrong_verifier(&self, id: &TemporaryId, most: u32, now: Timestamp) -> Answer<u32> {
        let sql = "UPDATE app_requests SET wrong_codes = wrong_codes + 1
                   WHERE request_key = $1 AND ends_at > $2 RETURNING wrong_codes";
        let mut both = self.0.begin_with("BEGIN IMMEDIATE").await.map_err(rows::failed)?;
        let count = query_scalar(sql).bind(id.as_str()).bind(rows::seconds(now));
        let count = count.fetch_optional(&mut *both).await.map_err(rows::failed)?.unwrap_or(most);
        let last = query("DELETE FROM app_requests WHERE request_key = $1 AND wrong_codes >= $2");
        last.bind(id.as_str()).bind(most).execute(&mut *both).await.map_err(rows::failed)?;
        both.commit().await.map(|()| count).map_err(rows::failed)
    }

    async fn consume(&self, id: &TemporaryId, client: &ClientId, now: Timestamp) -> Answer<Outcome> {
        rows::changed(consume(id, client, now).execute(&self.0).await)
    }
}

#[async_trait]
impl TokenStore for Shop {
    async fn issue(&self, record: &TokenRecord) -> Answer<()> {
        rows::insert_token(record).execute(&self.0).await.map(drop).map_err(rows::failed)
    }

    async fn load(&self, client: &ClientId, token: Option<&TokenId>) -> Answer<Arc<Loaded>> {
        // Where there is no token there is no row: nothing equals NULL.
        let row = query("SELECT * FROM app_grants WHERE grant_key = $1").bind(token.map(TokenId::as_str));
        let token = row.try_map(rows::token).fetch_optional(&self.0).await.map_err(rows::failed)?;
        Ok(Loaded::new(self.client(client).await?, token))
    }

    async fn revoke(&self, id: &TokenId, now: Timestamp) -> Answer<Outcome> {
        let sql = "UPDATE app_grants SET withdrawn_at = $2 WHERE grant_key = $1 AND withdrawn_at IS NULL";
        rows::changed(query(sql).bind(id.as_str()).bind(rows::seconds(now)).execute(&self.0).await)
    }
}

#[async_trait]
impl CredentialStore for Shop {
    async fn redeem(&self, id: &TemporaryId, token: &TokenRecord, now: Timestamp) -> Answer<Outcome> {
        // What is dropped without a commit is undone. IMMEDIATE waits for SQLite's lock here, not in between.
        let mut both = self.0.begin_with("BEGIN IMMEDIATE").await.map_err(rows::failed)?;
        let outcome = rows::changed(consume(id, &token.client, now).execute(&mut *both).await)?;
        if outcome == Outcome::Done {
            rows::insert_token(token).execute(&mut *both).await.map_err(rows::failed)?;
            both.commit().await.map_err(rows::failed)?;
        }
        Ok(outcome)
    }
}

/// Both callers change the row only where its guards hold, and the row count tells who did.
fn consume<'q>(id: &'q TemporaryId, client: &'q ClientId, now: Timestamp) -> rows::Statement<'q> {
    let sql = "DELETE FROM app_requests
               WHERE request_key = $1 AND ends_at > $2 AND customer IS NOT NULL AND partner_key = $3";
    query(sql).bind(id.as_str()).bind(rows::seconds(now)).bind(client.as_str())
}

#[async_trait]
impl NonceStore for Shop {
    async fn remember(&self, used: &NonceUse<'_>, until: Timestamp, now: Timestamp) -> Answer<Freshness> {
        let over = query("DELETE FROM used_nonces WHERE keep_until < $1").bind(rows::seconds(now));
        over.execute(&self.0).await.map_err(rows::failed)?;
        // One statement: of two requests at once, one finds the other's row.
        match rows::changed(rows::insert_nonce(used, until).execute(&self.0).await)? {
            Outcome::Done => Ok(Freshness::Fresh),
            Outcome::Refused => Ok(Freshness::Replayed),
        }
    }
}
