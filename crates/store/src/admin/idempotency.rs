//! Creation that may be asked for twice and happens once.

use crate::{credentials::Outcome, error::StoreError};
use async_trait::async_trait;
use countersign_core::{Secret, Timestamp};

/// A request that whoever sends it can send again: it names itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotentRequest {
    /// The number of the API key that asks; the name counts for that one alone.
    pub api_key: i64,
    /// Its name, 1 to 255 bytes, compared byte by byte.
    pub key: String,
    /// SHA-256 of what is asked for.
    pub hash: [u8; 32],
    /// Until when the name means this request.
    pub expires: Timestamp,
}

impl IdempotentRequest {
    /// What it is stored under; two requests share it only where API key and name are the same.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}:{}", self.api_key, self.key)
    }
}

/// Whose turn it is.
#[derive(Clone, Debug)]
#[must_use]
pub enum Claim {
    /// This caller's, and nobody else's: go on, then [answer](IdempotencyStore::answer_request) or
    /// [release](IdempotencyStore::release_request).
    Claimed,
    /// It was answered, with this sealed text.
    Answered(Secret),
    /// Another caller's, who has not answered yet.
    Pending,
    /// The name stands for another request.
    Mismatch,
}

/// Requests that happen once.
#[async_trait]
pub trait IdempotencyStore: Send + Sync {
    /// Claims a request. One past its expiry **must** behave like one that is not there.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know: never [`Claim::Claimed`].
    ///
    /// # Security
    ///
    /// Of many at once exactly one is told [`Claim::Claimed`].
    async fn claim_request(&self, request: &IdempotentRequest, now: Timestamp) -> Result<Claim, StoreError>;

    /// Keeps the answer to a claimed request, sealed ([`Sealed::seal_answer`](crate::Sealed::seal_answer)): a creation answers a secret.
    /// Refused where the request is answered, or was released.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    async fn answer_request(
        &self,
        request: &IdempotentRequest,
        answer: &Secret,
    ) -> Result<Outcome, StoreError>;

    /// Gives a claimed request back that was not answered, since nothing was created: it may be tried again.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    async fn release_request(&self, request: &IdempotentRequest) -> Result<Outcome, StoreError>;
}
