//! The traits on the application's own entities, with SeaORM, which writes the SQL of each database. Tested with SQLite.
//!
//! PostgreSQL has no unsigned numbers: there `wrong_codes` and `most` are an `i32`. MySQL's default collations fold case and
//! accents: there an identifier's column is `COLLATE utf8mb4_0900_bin`.

pub mod entities;
mod rows;

use async_trait::async_trait;
use countersign_core::{ClientId, TemporaryId, Timestamp, TokenId};
use countersign_store::*;
use entities::{app_grant, app_request::Column as Request, partner, prelude::*, used_nonce};
use rows::{changed, failed, removed, seconds};
use sea_orm::{entity::prelude::*, sea_query::Expr, *};

/// The application's own connections.
#[derive(Clone, Debug)]
pub struct Shop(pub DatabaseConnection);

type Answer<T> = Result<T, StoreError>;

#[async_trait]
impl ClientStore for Shop {
    async fn client(&self, id: &ClientId) -> Answer<Option<ClientRecord>> {
        let row = Partner::find().filter(partner::Column::ApiKey.eq(id.as_str()));
        row.one(&self.0).await.map_err(failed)?.map(rows::client).transpose()
    }
}

#[async_trait]
impl TemporaryStore for Shop {
    async fn create(&self, record: &TemporaryRecord, now: Timestamp) -> Answer<()> {
        let over = AppRequest::delete_many().filter(Request::EndsAt.lte(seconds(now)));
        over.exec(&self.0).await.map_err(failed)?;
        rows::new_request(record).exec_without_returning(&self.0).await.map(drop).map_err(failed)
    }

    async fn temporary(&self, id: &TemporaryId) -> Answer<Option<TemporaryRecord>> {
        let row = AppRequest::find_by_id(id.as_str()).one(&self.0).await.map_err(failed)?;
        row.map(rows::temporary).transpose()
    }

    async fn grant(&self, id: &TemporaryId, grant: &Grant, now: Timestamp) -> Answer<Outcome> {
        let yes = unanswered(id, now).col_expr(Request::Customer, grant.owner.as_str().into());
        let hash = grant.verifier.as_bytes().to_vec();
        changed(yes.col_expr(Request::CodeHash, hash.into()).exec(&self.0).await)
    }

    async fn deny(&self, id: &TemporaryId, now: Timestamp) -> Answer<Outcome> {
        changed(unanswered(id, now).col_expr(Request::Declined, true.into()).exec(&self.0).await)
    }

    async fn count_wrong_verifier(&self, id: &TemporaryId, most: u32, now: Timestamp) -> Answer<u32> {
        let both = self.0.begin_with_options(rows::immediate()).await.map_err(failed)?;
        let one_more = Expr::col(Request::WrongCodes).add(1);
        let row = AppRequest::update_many().col_expr(Request::WrongCodes, one_more);
        let row = row.filter(alive(id, now)).exec_with_returning(&both).await.map_err(failed)?;
        let count = row.first().map_or(most, |row| row.wrong_codes);
        let last = AppRequest::delete_many().filter(alive(id, now)).filter(Request::WrongCodes.gte(most));
        last.exec(&both).await.map_err(failed)?;
        both.commit().await.map(|()| count).map_err(failed)
    }

    async fn consume(&self, id: &TemporaryId, client: &ClientId, now: Timestamp) -> Answer<Outcome> {
        removed(granted(id, client, now).exec(&self.0).await)
    }
}

#[async_trait]
impl TokenStore for Shop {
    async fn issue(&self, record: &TokenRecord) -> Answer<()> {
        rows::new_grant(record).exec_without_returning(&self.0).await.map(drop).map_err(failed)
    }

    async fn load(&self, client: &ClientId, id: Option<&TokenId>) -> Answer<std::sync::Arc<Loaded>> {
        // Where there is no token there is no row: no key is NULL.
        let row = AppGrant::find().filter(app_grant::Column::GrantKey.eq(id.map(TokenId::as_str)));
        let token = row.one(&self.0).await.map_err(failed)?.map(rows::token).transpose()?;
        Ok(Loaded::new(self.client(client).await?, token))
    }

    async fn revoke(&self, id: &TokenId, now: Timestamp) -> Answer<Outcome> {
        let valid = app_grant::Column::WithdrawnAt.is_null().and(app_grant::Column::GrantKey.eq(id.as_str()));
        let end = AppGrant::update_many().filter(valid);
        changed(end.col_expr(app_grant::Column::WithdrawnAt, seconds(now).into()).exec(&self.0).await)
    }
}

#[async_trait]
impl CredentialStore for Shop {
    async fn redeem(&self, id: &TemporaryId, token: &TokenRecord, now: Timestamp) -> Answer<Outcome> {
        // What is dropped without a commit is undone. SQLite's lock is waited for here, not in between.
        let both = self.0.begin_with_options(rows::immediate()).await.map_err(failed)?;
        let outcome = removed(granted(id, &token.client, now).exec(&both).await)?;
        if outcome == Outcome::Done {
            rows::new_grant(token).exec_without_returning(&both).await.map_err(failed)?;
            both.commit().await.map_err(failed)?;
        }
        Ok(outcome)
    }
}

#[async_trait]
impl NonceStore for Shop {
    async fn remember(&self, used: &NonceUse<'_>, until: Timestamp, now: Timestamp) -> Answer<Freshness> {
        let over = UsedNonce::delete_many().filter(used_nonce::Column::KeepUntil.lt(seconds(now)));
        over.exec(&self.0).await.map_err(failed)?;
        // One statement: of two requests at once, one finds the other's row.
        let new = rows::new_nonce(used, until).exec_without_returning(&self.0).await.map_err(failed)?;
        Ok(if matches!(new, TryInsertResult::Inserted(1)) { Freshness::Fresh } else { Freshness::Replayed })
    }
}

// The guards: a row is changed only where they hold, and the row count tells who did.

fn alive(id: &TemporaryId, now: Timestamp) -> Condition {
    Condition::all().add(Request::RequestKey.eq(id.as_str())).add(Request::EndsAt.gt(seconds(now)))
}

fn unanswered(id: &TemporaryId, now: Timestamp) -> UpdateMany<AppRequest> {
    let open = alive(id, now).add(Request::Customer.is_null()).add(Request::Declined.eq(false));
    AppRequest::update_many().filter(open)
}

fn granted(id: &TemporaryId, client: &ClientId, now: Timestamp) -> DeleteMany<AppRequest> {
    let mine = alive(id, now).add(Request::PartnerKey.eq(client.as_str()));
    AppRequest::delete_many().filter(mine.add(Request::Customer.is_not_null()))
}
