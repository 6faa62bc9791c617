//! Questions to an operator's own pages: who is it, and do they agree?

use crate::{
    credentials::{Outcome, ResourceOwner},
    error::StoreError,
};
use async_trait::async_trait;
use countersign_core::{TemporaryId, Timestamp};

/// A question that pages elsewhere answer. Its identifier itself is never stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInChallenge {
    /// SHA-256 of its identifier.
    pub id_hash: [u8; 32],
    /// The temporary credentials that it is about.
    pub temporary: TemporaryId,
    /// When it was asked.
    pub created: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// What was answered; `None` for nothing yet.
    pub answer: Option<ChallengeAnswer>,
}

/// What pages elsewhere say; final once it is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChallengeAnswer {
    /// That resource owner agrees.
    Accepted(ResourceOwner),
    /// Nobody does.
    Rejected,
}

impl ChallengeAnswer {
    /// One word, as it is stored.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Accepted(_) => "accepted",
            Self::Rejected => "rejected",
        }
    }

    /// Who agrees.
    #[must_use]
    pub const fn owner(&self) -> Option<&ResourceOwner> {
        match self {
            Self::Accepted(owner) => Some(owner),
            Self::Rejected => None,
        }
    }

    /// From two columns of a row: the word, or `pending`, and who agrees.
    ///
    /// # Errors
    ///
    /// [`StoreError::corrupt`] where they contradict each other: half an answer is none.
    pub fn from_columns(state: &str, owner: Option<String>) -> Result<Option<Self>, StoreError> {
        match (state, owner) {
            ("pending", None) => Ok(None),
            ("accepted", Some(owner)) => Ok(Some(Self::Accepted(owner.into()))),
            ("rejected", None) => Ok(Some(Self::Rejected)),
            _ => Err(StoreError::corrupt("half an answer to a challenge")),
        }
    }
}

/// Challenges. One past its expiry **must** behave like one that is not there.
#[async_trait]
pub trait ChallengeStore: Send + Sync {
    /// Asks.
    ///
    /// # Errors
    ///
    /// A conflict for a hash that exists; never overwrites.
    async fn add_challenge(&self, challenge: &SignInChallenge) -> Result<(), StoreError>;

    /// The challenge of that hash, answered or not.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know: never `None`.
    async fn challenge(
        &self,
        id_hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<SignInChallenge>, StoreError>;

    /// Pending → answered.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    ///
    /// # Security
    ///
    /// A second answer is refused and changes nothing.
    async fn answer_challenge(
        &self,
        id_hash: &[u8; 32],
        answer: &ChallengeAnswer,
        now: Timestamp,
    ) -> Result<Outcome, StoreError>;
}
