//! Creation that may be asked for twice and happens once.

use super::PostgresStore;
use crate::sweeper::Sweeps as _;
use async_trait::async_trait;
use countersign_core::{Secret, Timestamp};
use countersign_store::{Claim, IdempotencyStore, IdempotentRequest, Outcome, StoreError};

#[async_trait]
impl IdempotencyStore for PostgresStore {
    async fn claim_request(&self, request: &IdempotentRequest, now: Timestamp) -> Result<Claim, StoreError> {
        let (name, hash) = (request.name(), &request.hash[..]);
        let values = [name.as_str().into(), hash.into(), request.expires.into(), now.into()];
        let claimed = self.guarded(CLAIM, &values).await?;
        self.sweep_soon(now);
        if claimed == Outcome::Done {
            return Ok(Claim::Claimed);
        }
        // Whoever had it may have given it back meanwhile: then it is nobody's, and a later try may succeed.
        let Some(row) = self.shared.lanes.first(FIND, &[name.as_str().into()]).await? else {
            return Ok(Claim::Pending);
        };
        let mut columns = row.columns();
        if columns.hash()? != request.hash {
            return Ok(Claim::Mismatch);
        }
        let answer = columns.value::<Option<&str>>()?.map(Secret::from);
        Ok(answer.map_or(Claim::Pending, Claim::Answered))
    }

    async fn answer_request(
        &self,
        request: &IdempotentRequest,
        answer: &Secret,
    ) -> Result<Outcome, StoreError> {
        let name = request.name();
        let values = [name.as_str().into(), request.hash[..].into(), answer.expose().into()];
        self.guarded(ANSWER, &values).await
    }

    async fn release_request(&self, request: &IdempotentRequest) -> Result<Outcome, StoreError> {
        let name = request.name();
        self.guarded(RELEASE, &[name.as_str().into(), request.hash[..].into()]).await
    }
}

// Where it is not there, or expired.
const CLAIM: &str = "INSERT INTO idempotent (name, request_hash, expires) VALUES ($1, $2, $3)
    ON CONFLICT (name) DO UPDATE SET request_hash = excluded.request_hash, expires = excluded.expires, answer = NULL
    WHERE idempotent.expires <= $4";

const FIND: &str = "SELECT request_hash, answer FROM idempotent WHERE name = $1";

const ANSWER: &str =
    "UPDATE idempotent SET answer = $3 WHERE name = $1 AND request_hash = $2 AND answer IS NULL";

const RELEASE: &str = "DELETE FROM idempotent WHERE name = $1 AND request_hash = $2 AND answer IS NULL";
