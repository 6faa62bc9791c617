//! Creation that may be asked for twice and happens once.

use super::super::*;
use crate::{AdminStore, Claim, IdempotentRequest, Outcome};
use std::sync::Arc;

/// By API key and name, byte by byte; past its expiry it is another request.
pub async fn a_request_is_claimed_answered_and_forgotten(store: Arc<impl AdminStore>) {
    let claim = async |request: &IdempotentRequest, at: u64| {
        told(store.claim_request(request, NOW.plus(at)).await.expect("claim"))
    };
    let request = request(7, "create");
    let other = IdempotentRequest { hash: [2; 32], ..request.clone() };
    assert_eq!(claim(&request, 0).await, "claimed");
    assert_eq!(claim(&request, 0).await, "pending");
    assert_eq!(claim(&other, 0).await, "mismatch");
    for (api_key, name) in [(70, "create"), (7, "Create"), (7, "create "), (7, "créate"), (-7, "create")] {
        assert_eq!(claim(&self::request(api_key, name), 0).await, "claimed", "{api_key} {name:?}");
    }
    let answer = async |request: &IdempotentRequest, text: &str| {
        store.answer_request(request, &text.into()).await.expect("answer")
    };
    assert_eq!(answer(&other, "another").await, Outcome::Refused);
    assert_eq!(answer(&request, "sealed \"é\"").await, Outcome::Done);
    assert_eq!(answer(&request, "another").await, Outcome::Refused);
    assert_eq!(claim(&request, 59).await, "sealed \"é\"");
    assert_eq!(claim(&other, 59).await, "mismatch");
    assert_eq!(store.release_request(&request).await.expect("release"), Outcome::Refused, "it is answered");

    let later = IdempotentRequest { expires: NOW.plus(200), ..other };
    assert_eq!(claim(&later, 60).await, "claimed", "the first one has expired");
    assert_eq!(answer(&request, "late").await, Outcome::Refused);
    assert_eq!(claim(&later, 61).await, "pending");
}

/// Nothing was created.
pub async fn a_released_request_may_be_tried_again(store: Arc<impl AdminStore>) {
    let request = request(7, "create");
    let release = async |request: &IdempotentRequest| store.release_request(request).await.expect("release");
    assert_eq!(release(&request).await, Outcome::Refused);
    assert_eq!(told(store.claim_request(&request, NOW).await.expect("claim")), "claimed");
    let other = IdempotentRequest { hash: [2; 32], ..request.clone() };
    assert_eq!(release(&other).await, Outcome::Refused);
    assert_eq!(release(&request).await, Outcome::Done);
    assert_eq!(told(store.claim_request(&other, NOW).await.expect("claim")), "claimed");
}

pub(super) fn request(api_key: i64, key: &str) -> IdempotentRequest {
    IdempotentRequest { api_key, key: key.into(), hash: [1; 32], expires: NOW.plus(60) }
}

fn told(claim: Claim) -> String {
    match claim {
        Claim::Claimed => "claimed".into(),
        Claim::Answered(answer) => answer.expose().into(),
        Claim::Pending => "pending".into(),
        Claim::Mismatch => "mismatch".into(),
    }
}
