//! Temporary and token credentials: every verb, every guard.

use super::{NOW, client, id, pending, stored_token, token, yes};
use crate::{Grant, Outcome, Store, StoreErrorKind, TemporaryState, TokenStatus, VerifierHash};
use countersign_core::{ClientId, Secret, TemporaryId, TokenId};
use std::sync::Arc;

/// A second record of an identifier is a conflict, and the first one stays.
pub async fn an_identifier_is_never_overwritten(store: Arc<impl Store>) {
    let first = pending("t-1");
    store.create(&first, NOW).await.expect("create");
    let second = crate::TemporaryRecord { secret: Secret::from("another"), ..first.clone() };
    assert_eq!(store.create(&second, NOW).await.map_err(|e| e.kind()), Err(StoreErrorKind::Conflict));
    let kept = store.temporary(&first.id).await.expect("find").expect("the first record");
    assert!(kept.secret.matches("temporary-secret"));

    store.issue(&token("k-1")).await.expect("issue");
    let second = crate::TokenRecord { secret: Secret::from("another"), ..token("k-1") };
    assert_eq!(store.issue(&second).await.map_err(|e| e.kind()), Err(StoreErrorKind::Conflict));
    assert!(stored_token(&*store, "k-1").await.expect("the first token").secret.matches("token-secret"));
}

/// No collation folds case, accents or trailing spaces.
pub async fn identifiers_differ_if_any_byte_differs(store: Arc<impl Store>) {
    let names = ["abc", "ABC", "abc ", " abc", "äbc", "a\u{308}bc", "abc%20"];
    for name in names {
        store.create(&pending(name), NOW).await.unwrap_or_else(|error| panic!("{name:?}: {error:?}"));
        store.issue(&token(name)).await.unwrap_or_else(|error| panic!("{name:?}: {error:?}"));
    }
    for name in names {
        let found = store.temporary(&id(name)).await.expect("find").expect("each is there");
        assert_eq!(found.id.as_str(), name);
        assert_eq!(stored_token(&*store, name).await.expect("each is there").id.as_str(), name);
    }
    assert!(store.temporary(&id("Abc")).await.expect("find").is_none());
    assert!(stored_token(&*store, "abc  ").await.is_none());
}

/// A second answer is refused and changes no verifier.
pub async fn a_grant_is_final(store: Arc<impl Store>) {
    let request = pending("t-1");
    store.create(&request, NOW).await.expect("create");
    assert_eq!(store.grant(&request.id, &yes(&request.id), NOW).await.expect("grant"), Outcome::Done);
    let other = Grant { owner: "mallory".into(), verifier: VerifierHash::new(&request.id, "other") };
    assert_eq!(store.grant(&request.id, &other, NOW).await.expect("grant"), Outcome::Refused);
    assert_eq!(store.deny(&request.id, NOW).await.expect("deny"), Outcome::Refused);
    let kept = store.temporary(&request.id).await.expect("find").expect("still there");
    assert_eq!(kept.state, TemporaryState::Granted(yes(&request.id)));
}

/// A denied request cannot be granted.
pub async fn a_denial_is_final(store: Arc<impl Store>) {
    let request = pending("t-1");
    store.create(&request, NOW).await.expect("create");
    assert_eq!(store.deny(&request.id, NOW).await.expect("deny"), Outcome::Done);
    assert_eq!(store.grant(&request.id, &yes(&request.id), NOW).await.expect("grant"), Outcome::Refused);
    assert_eq!(store.deny(&request.id, NOW).await.expect("deny"), Outcome::Refused);
    let kept = store.temporary(&request.id).await.expect("find").expect("still there");
    assert_eq!(kept.state, TemporaryState::Denied);
}

/// Past its expiry every verb refuses.
pub async fn an_expired_request_is_not_there(store: Arc<impl Store>) {
    let (late, granted) = (NOW.plus(600), pending("t-2"));
    store.create(&pending("t-1"), NOW).await.expect("create");
    assert_eq!(store.grant(&id("t-1"), &yes(&id("t-1")), late).await.expect("grant"), Outcome::Refused);
    assert_eq!(store.deny(&id("t-1"), late).await.expect("deny"), Outcome::Refused);
    store.create(&granted, NOW).await.expect("create");
    assert_eq!(store.grant(&granted.id, &yes(&granted.id), NOW).await.expect("grant"), Outcome::Done);
    assert_eq!(store.redeem(&granted.id, &token("k-1"), late).await.expect("redeem"), Outcome::Refused);
    assert!(stored_token(&*store, "k-1").await.is_none());
}

/// Another client's exchange changes nothing.
pub async fn only_its_client_consumes_it(store: Arc<impl Store>) {
    let request = pending("t-1");
    store.create(&request, NOW).await.expect("create");
    assert_eq!(store.grant(&request.id, &yes(&request.id), NOW).await.expect("grant"), Outcome::Done);
    let stranger: ClientId = id("client-2");
    assert_eq!(store.consume(&request.id, &stranger, NOW).await.expect("consume"), Outcome::Refused);
    assert_eq!(store.consume(&request.id, &client(), NOW).await.expect("consume"), Outcome::Done);
    assert_eq!(store.consume(&request.id, &client(), NOW).await.expect("consume"), Outcome::Refused);
}

/// Only a yes can be redeemed.
pub async fn a_pending_or_denied_request_is_not_redeemed(store: Arc<impl Store>) {
    store.create(&pending("t-1"), NOW).await.expect("create");
    assert_eq!(store.redeem(&id("t-1"), &token("k-1"), NOW).await.expect("redeem"), Outcome::Refused);
    assert_eq!(store.deny(&id("t-1"), NOW).await.expect("deny"), Outcome::Done);
    assert_eq!(store.redeem(&id("t-1"), &token("k-1"), NOW).await.expect("redeem"), Outcome::Refused);
    assert!(stored_token(&*store, "k-1").await.is_none());
    assert!(store.temporary(&id("t-1")).await.expect("find").is_some());
}

/// Both happen: the token is there, the request is gone.
pub async fn redeem_issues_the_token_and_ends_the_request(store: Arc<impl Store>) {
    let request = pending("t-1");
    store.create(&request, NOW).await.expect("create");
    assert_eq!(store.grant(&request.id, &yes(&request.id), NOW).await.expect("grant"), Outcome::Done);
    let issued = crate::TokenRecord { expires: Some(NOW.plus(3600)), ..token("k-1") };
    assert_eq!(store.redeem(&request.id, &issued, NOW).await.expect("redeem"), Outcome::Done);
    let kept = stored_token(&*store, "k-1").await.expect("the token");
    assert!(kept.secret.matches("token-secret") && kept.status == TokenStatus::Active);
    assert_eq!((kept.owner, kept.scopes, kept.issued), (issued.owner, issued.scopes, issued.issued));
    assert_eq!((kept.client, kept.expires), (issued.client, issued.expires));
    assert!(store.temporary(&request.id).await.expect("find").is_none());
    assert_eq!(store.redeem(&request.id, &token("k-2"), NOW).await.expect("redeem"), Outcome::Refused);
}

/// Neither happens: another client's redeem leaves the request and issues nothing.
pub async fn a_refused_redeem_issues_nothing(store: Arc<impl Store>) {
    let request = pending("t-1");
    store.create(&request, NOW).await.expect("create");
    assert_eq!(store.grant(&request.id, &yes(&request.id), NOW).await.expect("grant"), Outcome::Done);
    let stolen = crate::TokenRecord { client: id("client-2"), ..token("k-1") };
    assert_eq!(store.redeem(&request.id, &stolen, NOW).await.expect("redeem"), Outcome::Refused);
    assert!(stored_token(&*store, "k-1").await.is_none());
    assert_eq!(store.redeem(&request.id, &token("k-1"), NOW).await.expect("redeem"), Outcome::Done);
}

/// The fifth wrong verifier destroys the request; a missing one counts as destroyed.
pub async fn wrong_verifiers_destroy_the_request(store: Arc<impl Store>) {
    let request = pending("t-1");
    store.create(&request, NOW).await.expect("create");
    assert_eq!(store.grant(&request.id, &yes(&request.id), NOW).await.expect("grant"), Outcome::Done);
    for count in 1..=5 {
        assert!(store.temporary(&request.id).await.expect("find").is_some());
        assert_eq!(store.count_wrong_verifier(&request.id, 5, NOW).await.expect("count"), count);
    }
    assert!(store.temporary(&request.id).await.expect("find").is_none());
    assert_eq!(store.count_wrong_verifier(&request.id, 5, NOW).await.expect("count"), 5);
    assert_eq!(store.redeem(&request.id, &token("k-1"), NOW).await.expect("redeem"), Outcome::Refused);
}

/// Once, and for good.
pub async fn a_revoked_token_stays_revoked(store: Arc<impl Store>) {
    store.issue(&token("k-1")).await.expect("issue");
    assert_eq!(stored_token(&*store, "k-1").await.expect("the token").status, TokenStatus::Active);
    assert_eq!(store.revoke(&id("k-1"), NOW).await.expect("revoke"), Outcome::Done);
    assert_eq!(store.revoke(&id("k-1"), NOW).await.expect("revoke"), Outcome::Refused);
    assert_eq!(stored_token(&*store, "k-1").await.expect("the token").status, TokenStatus::Revoked);
    assert_eq!(store.revoke(&id("k-2"), NOW).await.expect("revoke"), Outcome::Refused);
}

/// Absence is `None`, not an error.
pub async fn an_unknown_token_or_client_is_absent(store: Arc<impl Store>) {
    let (nobody, nothing): (ClientId, TokenId) = (id("nobody"), id("nothing"));
    let loaded = store.load(&nobody, Some(&nothing)).await.expect("load");
    assert!(loaded.client().is_none() && loaded.token().is_none());
    assert!(store.load(&nobody, None).await.expect("load").token().is_none());
    assert!(store.client(&nobody).await.expect("find").is_none());
    assert!(store.temporary(&id("nothing")).await.expect("find").is_none());
}

/// Any text that the types allow comes back byte for byte.
pub async fn awkward_text_survives(store: Arc<impl Store>) {
    let name = "it's \"q\" \\ % _ ; é 漢 🦀";
    let mut request = pending(name);
    request.secret = Secret::from("sé&cr=t'%00\u{1F980} ");
    request.scopes = vec!["a b".into(), "x,y".into(), String::new(), "\"".into()];
    request.callback = crate::Callback::OutOfBand;
    store.create(&request, NOW).await.expect("create");
    let kept = store.temporary(&request.id).await.expect("find").expect("it is there");
    assert!(kept.secret.matches(request.secret.expose()));
    assert_eq!((kept.id, kept.scopes, kept.callback), (request.id, request.scopes, request.callback));
    assert_eq!((kept.expires, kept.client, kept.state), (request.expires, request.client, request.state));
    let longest: TemporaryId = id(&"é".repeat(127));
    store.create(&crate::TemporaryRecord { id: longest.clone(), ..pending("x") }, NOW).await.expect("create");
    assert!(store.temporary(&longest).await.expect("find").is_some());
}
