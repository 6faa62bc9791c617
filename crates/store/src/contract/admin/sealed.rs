//! Sealed secrets, one by one.

use super::{super::*, printer};
use crate::{
    AdminStore, Claim, ClientKey, IdempotentRequest, KeyRing, Outcome, PreviousKey, Replacement, SealedKind,
    SealedRow,
};
use std::{collections::BTreeSet, sync::Arc};

/// Under the name that it was sealed for, and counted by its key; what has expired or was destroyed is not.
pub async fn each_sealed_secret_is_met_once(store: Arc<impl AdminStore>) {
    let (old, new) = (KeyRing::generate(), KeyRing::generate());
    let sealed = |ring: &KeyRing, row: &str| -> Secret { ring.seal(row, &"s".into()).expect("seal").into() };
    for number in 0..25 {
        let (name, ring) = (format!("k {number}"), if number % 5 == 0 { &old } else { &new });
        let secret = sealed(ring, &format!("token:{name}"));
        store.issue(&TokenRecord { secret, ..token(&name) }).await.expect("issue");
        let (name, mut request) = (format!("t {number}"), pending(&format!("t {number}")));
        request.secret = sealed(&new, &format!("temporary:{name}"));
        request.expires = NOW.plus(number);
        store.create(&request, NOW).await.expect("create");
    }
    for _ in 0..5 {
        let _ = store.count_wrong_verifier(&id("t 24"), 5, NOW).await.expect("count");
    }
    let mut client = printer("a");
    client.key = ClientKey::Secret(sealed(&old, "client:a"));
    client.key_since = NOW.plus(1);
    client.previous_key = Some(PreviousKey { key: ClientKey::Secret(sealed(&new, "client:a")), since: NOW });
    store.add_client(&client).await.expect("add");
    for (key, expires) in [("live", NOW.plus(60)), ("expired", NOW.plus(10)), ("unanswered", NOW.plus(60))] {
        let request = IdempotentRequest { api_key: 7, key: key.into(), hash: [1; 32], expires };
        assert!(matches!(store.claim_request(&request, NOW).await.expect("claim"), Claim::Claimed));
        if key != "unanswered" {
            let answer = sealed(&new, &format!("answer:{}", request.name()));
            assert_eq!(store.answer_request(&request, &answer).await.expect("answer"), Outcome::Done);
        }
    }
    store.add_client(&printer("never sealed")).await.expect("add");

    let mut met: Vec<SealedRow> = Vec::new();
    for kind in SealedKind::ALL {
        let mut last: Option<SealedRow> = None;
        loop {
            let rows = store.sealed_after(kind, last.as_ref(), 10, NOW.plus(10)).await.expect("walk");
            assert!(rows.len() <= 10);
            let Some(row) = rows.last() else { break };
            last = Some(row.clone());
            met.extend(rows);
        }
    }
    let names: BTreeSet<_> = met.iter().map(|row| &*row.sealed.row).collect();
    assert_eq!((met.len(), names.len()), (25 + 13 + 3 + 1, 25 + 13 + 2 + 1));
    for row in met.iter().filter(|row| row.sealed.row != "client:never sealed") {
        let opened = [&old, &new].map(|ring| ring.open(&row.sealed.row, row.sealed.text.expose()).is_ok());
        assert!(opened.contains(&true), "{}", row.sealed.row);
    }
    let counts = store.sealed_by_key(NOW.plus(10)).await.expect("count");
    let count = |key: Option<&str>| counts.get(&key.map(ToOwned::to_owned)).cloned().unwrap_or_default();
    let (by_old, by_new, by_none) = (count(Some(old.active())), count(Some(new.active())), count(None));
    assert_eq!((by_old.clients, by_old.tokens, by_old.temporaries, by_old.answers), (1, 5, 0, 0));
    assert_eq!((by_new.clients, by_new.tokens, by_new.temporaries, by_new.answers), (1, 20, 13, 1));
    assert_eq!((by_none.clients, by_none.all()), (1, 1));
}

/// Of a table of any length.
pub async fn a_sample_holds_both_ends_and_nothing_that_expired(store: Arc<impl AdminStore>) {
    assert!(store.sealed_sample(NOW).await.expect("a sample").is_empty());
    for number in 0..500 {
        store.issue(&token(&format!("k-{number}"))).await.expect("issue");
    }
    let ending = TokenRecord { expires: Some(NOW.plus(60)), ..token("k-ending") };
    store.issue(&ending).await.expect("issue");
    store.create(&pending("t-1"), NOW).await.expect("create");
    store.add_client(&printer("printer")).await.expect("add");
    let rows = async |now| {
        let sample = store.sealed_sample(now).await.expect("a sample");
        sample.into_iter().map(|one| one.row).collect::<BTreeSet<_>>()
    };
    let now = rows(NOW).await;
    assert!(now.len() < 500);
    for row in ["token:k-0", "token:k-499", "token:k-ending", "temporary:t-1", "client:printer"] {
        assert!(now.contains(row), "{row}");
    }
    let later = rows(NOW.plus(600)).await;
    assert!(later.contains("token:k-0") && later.contains("client:printer"));
    assert!(!later.contains("token:k-ending") && !later.contains("temporary:t-1"));
}

/// What changed or went since it was read is left alone; a row of another kind is refused.
pub async fn a_newer_secret_is_never_resealed(store: Arc<impl AdminStore>) {
    for name in ["k-1", "k-2", "k-3"] {
        store.issue(&token(name)).await.expect("issue");
    }
    store.add_client(&printer("k-1")).await.expect("add");
    store.create(&pending("k-1"), NOW).await.expect("create");
    let read = store.sealed_after(SealedKind::Token, None, 10, NOW).await.expect("walk");
    let anew = |row: &SealedRow, text: &str| Replacement { row: row.clone(), text: text.into() };
    let newer = vec![anew(&read[1], "newer")];
    assert_eq!(store.reseal(SealedKind::Token, newer, NOW).await.expect("reseal"), 1);
    assert_eq!(
        store.withdraw(&read[2].sealed.row[6..].parse().expect("an id")).await.expect("withdraw"),
        Outcome::Done
    );
    let all: Vec<_> = read.iter().map(|row| anew(row, "anew")).collect();
    assert!(store.reseal(SealedKind::Client, all.clone(), NOW).await.is_err(), "of another kind");
    assert_eq!(store.reseal(SealedKind::Token, all.clone(), NOW).await.expect("reseal"), 1);
    assert_eq!(store.reseal(SealedKind::Token, all, NOW).await.expect("reseal"), 0, "it is done already");
    let kept = store.sealed_after(SealedKind::Token, None, 10, NOW).await.expect("walk");
    let texts: Vec<_> = kept.iter().map(|row| row.sealed.text.expose()).collect();
    assert_eq!(texts, ["anew", "newer"]);
    let mut changing = printer("k-1");
    (changing.key_since, changing.previous_key) =
        (NOW, Some(PreviousKey { key: printer("k-1").key, since: Timestamp::default() }));
    assert_eq!(store.update_client(&changing).await.expect("update"), Outcome::Done);
    let request = IdempotentRequest { api_key: 7, key: "é".into(), hash: [1; 32], expires: NOW.plus(60) };
    assert!(matches!(store.claim_request(&request, NOW).await.expect("claim"), Claim::Claimed));
    assert_eq!(store.answer_request(&request, &"answer".into()).await.expect("answer"), Outcome::Done);
    for (kind, before) in [
        (SealedKind::Client, "sealed"),
        (SealedKind::PreviousKey, "sealed"),
        (SealedKind::Answer, "answer"),
        (SealedKind::Temporary, "temporary-secret"),
    ] {
        let rows = store.sealed_after(kind, None, 10, NOW).await.expect("walk");
        assert_eq!((rows.len(), rows[0].sealed.text.expose()), (1, before));
        assert_eq!(store.reseal(kind, vec![anew(&rows[0], "anew")], NOW).await.expect("reseal"), 1);
        let rows = store.sealed_after(kind, None, 10, NOW).await.expect("walk");
        assert_eq!(rows[0].sealed.text.expose(), "anew");
    }
}
