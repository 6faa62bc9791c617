//! Races of a site: 64 tasks at once, one winner each.

use super::{
    super::{NOW, id, races::winners},
    account,
    applications::stored,
    challenges::challenge,
    client_keys::secret,
    idempotency::request,
    invitations::invitation,
    printer,
    races::ROUNDS,
    usage::used,
};
use crate::{
    Account, AccountFilter, AdminStore, ApplicationProfile, ChallengeAnswer, Claim, Edit, Outcome, Page,
    SignUp, SignedUp, UsageBatch, UsageFilter,
};
use std::sync::Arc;

/// All of them demote or disable themselves at once: one cannot.
pub async fn one_of_64_administrators_is_left<S: AdminStore + 'static>(store: Arc<S>) {
    for round in 0..ROUNDS {
        for index in 0..64 {
            let name = format!("admin-{round}-{index}");
            store.add_account(&Account { admin: true, ..account(&name) }).await.expect("add");
        }
        if round > 0 {
            let before = administrators(&*store).await;
            for name in before.into_iter().filter(|name| !name.starts_with(&format!("admin-{round}-"))) {
                assert_eq!(store.set_admin(&name, false).await.expect("set"), Outcome::Done);
            }
        }
        let went = winners(|index| {
            let (store, name) = (Arc::clone(&store), format!("admin-{round}-{index}"));
            async move {
                let outcome = match index % 2 {
                    0 => store.set_admin(&name, false).await,
                    _ => store.disable_account(&name).await,
                };
                outcome.expect("an answer") == Outcome::Done
            }
        });
        assert_eq!(went.await, 63, "round {round}");
        assert_eq!(administrators(&*store).await.len(), 1, "round {round}");
    }
}

/// One account comes of an invitation.
pub async fn one_of_64_tasks_redeems_an_invitation<S: AdminStore + 'static>(store: Arc<S>) {
    for round in 0..ROUNDS {
        let code = u8::try_from(round).expect("few");
        store.add_invitation(&invitation(code, 60)).await.expect("add");
        let name = |index: usize| format!("jane-{round}-{index}");
        let won = winners(|index| {
            let who = SignUp { account: account(&name(index)), identity: None, invitation: Some([code; 32]) };
            let store = Arc::clone(&store);
            async move { store.sign_up(&who, NOW).await.expect("an answer") == SignedUp::Done }
        });
        assert_eq!(won.await, 1, "round {round}");
        let redeemed = store.invitations(Page::first(1)).await.expect("list").remove(0).redeemed_by;
        let there = store.accounts().await.expect("list").into_iter().map(|account| account.name);
        let there: Vec<_> = there.filter(|name| name.starts_with(&format!("jane-{round}-"))).collect();
        assert_eq!(there, redeemed.into_iter().collect::<Vec<_>>(), "round {round}");
    }
}

/// One goes on, and the others are told to wait; also where an older request of that name has expired.
pub async fn one_of_64_tasks_claims_a_request<S: AdminStore + 'static>(store: Arc<S>) {
    for round in 0..ROUNDS {
        let now = NOW.plus(60 * (round as u64 / 2));
        let request =
            crate::IdempotentRequest { expires: now.plus(60), ..request(7, &format!("{}", round % 2)) };
        let won = winners(|_| {
            let (store, request) = (Arc::clone(&store), request.clone());
            async move {
                match store.claim_request(&request, now).await.expect("claim") {
                    Claim::Claimed => true,
                    Claim::Pending => false,
                    other => panic!("{other:?}"),
                }
            }
        });
        assert_eq!(won.await, 1, "round {round}");
    }
}

/// The answer that was told as done is the one that stays.
pub async fn one_of_64_tasks_answers_a_challenge<S: AdminStore + 'static>(store: Arc<S>) {
    for round in 0..ROUNDS {
        let number = u8::try_from(round).expect("few");
        store.add_challenge(&challenge(number)).await.expect("add");
        let answer = |index: usize| match index % 3 {
            0 => ChallengeAnswer::Rejected,
            _ => ChallengeAnswer::Accepted(format!("owner-{index}").into()),
        };
        let won = winners(|index| {
            let (store, answer) = (Arc::clone(&store), answer(index));
            async move {
                let done = store.answer_challenge(&[number; 32], &answer, NOW).await.expect("answer")
                    == Outcome::Done;
                let kept =
                    store.challenge(&[number; 32], NOW).await.expect("find").and_then(|one| one.answer);
                assert!(kept.is_some() && (!done || kept == Some(answer)));
                done
            }
        });
        assert_eq!(won.await, 1, "round {round}");
    }
}

/// The others are told that somebody was faster.
pub async fn one_of_64_tasks_edits_an_application<S: AdminStore + 'static>(store: Arc<S>) {
    store.add_application(&printer("printer"), &ApplicationProfile::default()).await.expect("add");
    for round in 0..ROUNDS {
        let read = stored(&*store, "printer").await;
        let won = winners(|index| {
            let (store, mut mine) = (Arc::clone(&store), read.clone());
            mine.profile.description = format!("{round}-{index}");
            async move {
                match store.update_application(&mine).await.expect("update") {
                    Edit::Done => true,
                    Edit::Stale => false,
                    Edit::Absent => panic!("it is there"),
                }
            }
        });
        assert_eq!(won.await, 1, "round {round}");
        assert_eq!(stored(&*store, "printer").await.revision, read.revision + 1);
    }
}

/// No key is lost: there never are three.
pub async fn one_of_64_tasks_adds_a_key<S: AdminStore + 'static>(store: Arc<S>) {
    store.add_client(&printer("printer")).await.expect("add");
    for round in 0..ROUNDS {
        let since = NOW.plus(round as u64);
        let won = winners(|index| {
            let (store, key) = (Arc::clone(&store), secret(&format!("s-{round}-{index}")));
            async move { store.add_client_key(&id("printer"), &key, since).await.expect("add") == Outcome::Done }
        });
        assert_eq!(won.await, 1, "round {round}");
        let previous = stored(&*store, "printer").await.client.previous_key.expect("two keys");
        let won = winners(|_| {
            let store = Arc::clone(&store);
            async move {
                let removed = store.remove_client_key(&id("printer"), previous.since).await;
                removed.expect("remove") == Outcome::Done
            }
        });
        assert_eq!(won.await, 1, "round {round}");
        assert!(stored(&*store, "printer").await.client.previous_key.is_none());
    }
}

/// None is lost, whichever node was first.
pub async fn usage_of_64_tasks_adds_up<S: AdminStore + 'static>(store: Arc<S>) {
    let names = ["c-1", "c-2", "c-3"];
    for name in names {
        store.add_client(&crate::ClientRecord { key_since: NOW, ..printer(name) }).await.expect("add");
    }
    let done = winners(|index| {
        let store = Arc::clone(&store);
        async move {
            for number in 0..5 {
                let at = (index + 64 * number) as u64;
                let mut clients: Vec<_> =
                    names.iter().map(|name| used(name, 0, "HMAC-SHA1", (at, at), 1)).collect();
                // Two nodes may list what they saw in different orders.
                clients.rotate_left(index % 3);
                store.add_usage(UsageBatch { clients, ..UsageBatch::default() }).await.expect("add");
            }
            true
        }
    });
    assert_eq!(done.await, 64);
    let listed = store.usage(&UsageFilter::default(), Page::first(10)).await.expect("list");
    assert_eq!(listed.len(), 3);
    for one in listed {
        let expected = used(one.usage.client.as_str(), 0, "HMAC-SHA1", (0, 319), 320);
        assert_eq!(one.usage, expected);
    }
}

async fn administrators(store: &impl AdminStore) -> Vec<String> {
    let filter = AccountFilter { admin: Some(true), disabled: Some(false), name: None };
    let page = store.accounts_page(&filter, None, 1000).await.expect("list");
    page.into_iter().map(|account| account.name).collect()
}
