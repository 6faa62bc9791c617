//! Creation that may be asked for twice and happens once.

use super::{MySqlStore, rows::Columns, values::time};
use crate::sweeper::Sweeps as _;
use async_trait::async_trait;
use countersign_core::{Secret, Timestamp};
use countersign_store::{Claim, IdempotencyStore, IdempotentRequest, Outcome, StoreError, StoreErrorKind};
use mysql_async::Value;

#[async_trait]
impl IdempotencyStore for MySqlStore {
    async fn claim_request(&self, request: &IdempotentRequest, now: Timestamp) -> Result<Claim, StoreError> {
        let pool = &self.shared.pool;
        let (name, hash) = (Value::from(request.name()), Value::from(&request.hash[..]));
        let expires = time(request.expires);
        self.sweep_soon(now);
        // Each is one statement that one caller alone gets through.
        let again = vec![hash.clone(), expires.clone(), name.clone(), time(now)];
        if pool.guarded(CLAIM_AGAIN, again).await? == Outcome::Done {
            return Ok(Claim::Claimed);
        }
        match pool.change(CLAIM, vec![name.clone(), hash, expires]).await {
            Ok(_) => return Ok(Claim::Claimed),
            Err(error) if error.kind() == StoreErrorKind::Conflict => {}
            Err(error) => return Err(error),
        }
        // Whoever had it may have given it back meanwhile: then it is nobody's, and a later try may succeed.
        let Some(row) = pool.first(FIND, vec![name]).await? else { return Ok(Claim::Pending) };
        let mut columns = Columns::of(&row);
        if columns.hash()? != request.hash {
            return Ok(Claim::Mismatch);
        }
        let answer = columns.optional_text()?.map(Secret::from);
        Ok(answer.map_or(Claim::Pending, Claim::Answered))
    }

    async fn answer_request(
        &self,
        request: &IdempotentRequest,
        answer: &Secret,
    ) -> Result<Outcome, StoreError> {
        let values = vec![answer.expose().into(), request.name().into(), request.hash[..].into()];
        self.shared.pool.guarded(ANSWER, values).await
    }

    async fn release_request(&self, request: &IdempotentRequest) -> Result<Outcome, StoreError> {
        self.shared.pool.guarded(RELEASE, vec![request.name().into(), request.hash[..].into()]).await
    }
}

const CLAIM_AGAIN: &str = "UPDATE idempotent SET request_hash = ?, answer = NULL, expires = ?
    WHERE name = ? AND expires <= ?";

const CLAIM: &str = "INSERT INTO idempotent (name, request_hash, expires) VALUES (?, ?, ?)";

const FIND: &str = "SELECT request_hash, answer FROM idempotent WHERE name = ?";

const ANSWER: &str =
    "UPDATE idempotent SET answer = ? WHERE name = ? AND request_hash = ? AND answer IS NULL";

const RELEASE: &str = "DELETE FROM idempotent WHERE name = ? AND request_hash = ? AND answer IS NULL";
