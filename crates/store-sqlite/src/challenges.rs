//! Questions to an operator's own pages.

use crate::{
    SqliteStore,
    rows::{change, find, guarded, seconds},
};
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{
    ChallengeAnswer, ChallengeStore, Outcome, ResourceOwner, SignInChallenge, StoreError,
};

#[async_trait]
impl ChallengeStore for SqliteStore {
    async fn add_challenge(&self, challenge: &SignInChallenge) -> Result<(), StoreError> {
        let challenge = challenge.clone();
        self.change(move |connection| {
            let state = challenge.answer.as_ref().map_or("pending", ChallengeAnswer::as_str);
            let owner = challenge.answer.as_ref().and_then(ChallengeAnswer::owner).map(ResourceOwner::as_str);
            let (created, expires) = (seconds(challenge.created), seconds(challenge.expires));
            let values = (challenge.id_hash, challenge.temporary.as_str(), created, expires, state, owner);
            change(connection, ADD, values).map(drop)
        })
        .await
    }

    async fn challenge(
        &self,
        id_hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<SignInChallenge>, StoreError> {
        self.read(|connection| {
            find(connection, FIND, (id_hash, seconds(now)), |columns| {
                Ok(SignInChallenge {
                    id_hash: columns.value()?,
                    temporary: columns.id()?,
                    created: columns.time()?,
                    expires: columns.time()?,
                    answer: ChallengeAnswer::from_columns(columns.text()?, columns.value()?)?,
                })
            })
        })
    }

    async fn answer_challenge(
        &self,
        id_hash: &[u8; 32],
        answer: &ChallengeAnswer,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        let (hash, answer) = (*id_hash, answer.clone());
        self.change_at(now, move |connection| {
            let owner = answer.owner().map(ResourceOwner::as_str);
            guarded(connection, ANSWER, (hash, answer.as_str(), owner, seconds(now)))
        })
        .await
    }
}

const ADD: &str = "INSERT INTO challenges (id_hash, temporary, created, expires, state, owner)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

const FIND: &str = "SELECT id_hash, temporary, created, expires, state, owner
    FROM challenges WHERE id_hash = ?1 AND expires > ?2";

const ANSWER: &str = "UPDATE challenges SET state = ?2, owner = ?3
    WHERE id_hash = ?1 AND state = 'pending' AND expires > ?4";
