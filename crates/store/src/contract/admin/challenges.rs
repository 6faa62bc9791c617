//! Questions to an operator's own pages.

use super::super::*;
use crate::{AdminStore, ChallengeAnswer, Outcome, SignInChallenge, StoreErrorKind};
use std::sync::Arc;

/// The first answer stays; one that expired is not there.
pub async fn a_challenge_is_answered_once_and_expires(store: Arc<impl AdminStore>) {
    for number in 1..=3 {
        store.add_challenge(&challenge(number)).await.expect("add");
    }
    let again = store.add_challenge(&challenge(1)).await.map_err(|error| error.kind());
    assert_eq!(again, Err(StoreErrorKind::Conflict));
    let found = async |number: u8, at: u64| store.challenge(&[number; 32], NOW.plus(at)).await.expect("find");
    let answer = async |number: u8, answer: &ChallengeAnswer, at: u64| {
        store.answer_challenge(&[number; 32], answer, NOW.plus(at)).await.expect("answer")
    };
    let accepted = ChallengeAnswer::Accepted("it's \"q\" 漢".into());
    assert_eq!(found(1, 59).await, Some(challenge(1)));
    assert_eq!((found(1, 60).await, found(9, 0).await), (None, None));
    assert_eq!(answer(9, &accepted, 0).await, Outcome::Refused);
    assert_eq!(answer(1, &accepted, 59).await, Outcome::Done);
    for second in [&ChallengeAnswer::Rejected, &accepted, &ChallengeAnswer::Accepted("eve".into())] {
        assert_eq!(answer(1, second, 59).await, Outcome::Refused);
    }
    assert_eq!(found(1, 0).await.and_then(|one| one.answer), Some(accepted.clone()));
    assert_eq!(answer(2, &ChallengeAnswer::Rejected, 59).await, Outcome::Done);
    assert_eq!(answer(2, &accepted, 59).await, Outcome::Refused);
    assert_eq!(found(2, 0).await.and_then(|one| one.answer), Some(ChallengeAnswer::Rejected));
    assert_eq!(found(3, 59).await, Some(challenge(3)));
    assert_eq!(answer(3, &accepted, 60).await, Outcome::Refused, "it has expired");
}

pub(super) fn challenge(number: u8) -> SignInChallenge {
    SignInChallenge {
        id_hash: [number; 32],
        temporary: id("t \"1\" é"),
        created: NOW,
        expires: NOW.plus(60),
        answer: None,
    }
}
