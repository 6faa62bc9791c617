//! Questions to an operator's own pages.

use super::PostgresStore;
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{
    ChallengeAnswer, ChallengeStore, Outcome, ResourceOwner, SignInChallenge, StoreError,
};

#[async_trait]
impl ChallengeStore for PostgresStore {
    async fn add_challenge(&self, challenge: &SignInChallenge) -> Result<(), StoreError> {
        let answer = challenge.answer.as_ref();
        let values = [
            challenge.id_hash[..].into(),
            challenge.temporary.as_str().into(),
            challenge.created.into(),
            challenge.expires.into(),
            answer.map_or("pending", ChallengeAnswer::as_str).into(),
            answer.and_then(ChallengeAnswer::owner).map(ResourceOwner::as_str).into(),
        ];
        self.shared.lanes.change(ADD, &values).await.map(drop)
    }

    async fn challenge(
        &self,
        id_hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<SignInChallenge>, StoreError> {
        let Some(row) = self.shared.lanes.first(FIND, &[id_hash[..].into(), now.into()]).await? else {
            return Ok(None);
        };
        let mut columns = row.columns();
        Ok(Some(SignInChallenge {
            id_hash: columns.hash()?,
            temporary: columns.id()?,
            created: columns.time()?,
            expires: columns.time()?,
            answer: ChallengeAnswer::from_columns(columns.text()?, columns.value()?)?,
        }))
    }

    async fn answer_challenge(
        &self,
        id_hash: &[u8; 32],
        answer: &ChallengeAnswer,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        let owner = answer.owner().map(ResourceOwner::as_str);
        let values = [id_hash[..].into(), answer.as_str().into(), owner.into(), now.into()];
        self.guarded(ANSWER, &values).await
    }
}

const ADD: &str = "INSERT INTO challenges (id_hash, temporary, created, expires, state, owner)
    VALUES ($1, $2, $3, $4, $5, $6)";

const FIND: &str = "SELECT id_hash, temporary, created, expires, state, owner
    FROM challenges WHERE id_hash = $1 AND expires > $2";

const ANSWER: &str = "UPDATE challenges SET state = $2, owner = $3
    WHERE id_hash = $1 AND state = 'pending' AND expires > $4";
