//! Questions to an operator's own pages.

use super::{MySqlStore, rows::Columns, values::time};
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{
    ChallengeAnswer, ChallengeStore, Outcome, ResourceOwner, SignInChallenge, StoreError,
};

#[async_trait]
impl ChallengeStore for MySqlStore {
    async fn add_challenge(&self, challenge: &SignInChallenge) -> Result<(), StoreError> {
        let answer = challenge.answer.as_ref();
        let values = vec![
            challenge.id_hash[..].into(),
            challenge.temporary.as_str().into(),
            time(challenge.created),
            time(challenge.expires),
            answer.map_or("pending", ChallengeAnswer::as_str).into(),
            answer.and_then(ChallengeAnswer::owner).map(ResourceOwner::as_str).into(),
        ];
        self.shared.pool.change(ADD, values).await.map(drop)
    }

    async fn challenge(
        &self,
        id_hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<SignInChallenge>, StoreError> {
        let Some(row) = self.shared.pool.first(FIND, vec![id_hash[..].into(), time(now)]).await? else {
            return Ok(None);
        };
        let mut columns = Columns::of(&row);
        Ok(Some(SignInChallenge {
            id_hash: columns.hash()?,
            temporary: columns.id()?,
            created: columns.time()?,
            expires: columns.time()?,
            answer: ChallengeAnswer::from_columns(columns.text()?, columns.optional_owned()?)?,
        }))
    }

    async fn answer_challenge(
        &self,
        id_hash: &[u8; 32],
        answer: &ChallengeAnswer,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        let owner = answer.owner().map(ResourceOwner::as_str);
        let values = vec![answer.as_str().into(), owner.into(), id_hash[..].into(), time(now)];
        self.shared.pool.guarded(ANSWER, values).await
    }
}

const ADD: &str = "INSERT INTO challenges (id_hash, temporary, created, expires, state, owner)
    VALUES (?, ?, ?, ?, ?, ?)";

const FIND: &str = "SELECT id_hash, temporary, created, expires, state, owner
    FROM challenges WHERE id_hash = ? AND expires > ?";

const ANSWER: &str = "UPDATE challenges SET state = ?, owner = ?
    WHERE id_hash = ? AND state = 'pending' AND expires > ?";
