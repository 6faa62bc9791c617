//! Usage, in batches.

use super::{super::*, client_keys::secret, printer};
use crate::{AdminStore, ClientRecord, ClientUsage, Outcome, Page, TokenUse, UsageBatch, UsageFilter};
use std::sync::Arc;

/// Counts are summed up; the earliest and the latest time stay; each client, key and method apart.
pub async fn usage_adds_up_in_any_order(store: Arc<impl AdminStore>) {
    for name in ["printer", "Printer"] {
        store.add_client(&ClientRecord { key_since: NOW, ..printer(name) }).await.expect("add");
    }
    let added = store.add_client_key(&id("printer"), &secret("s"), NOW.plus(5)).await.expect("add");
    assert_eq!(added, Outcome::Done);
    for (name, since, method, times, requests) in [
        ("printer", 0, "HMAC-SHA1", (20, 30), 3),
        ("printer", 0, "HMAC-SHA1", (10, 25), 40),
        ("printer", 0, "HMAC-SHA1", (21, 40), 1),
        ("printer", 5, "HMAC-SHA1", (50, 60), 7),
        ("printer", 5, "PLAINTEXT", (70, 70), 1),
        ("Printer", 0, "hmac-sha1", (1, 2), u64::from(u32::MAX)),
    ] {
        add(&*store, vec![used(name, since, method, times, requests)]).await;
    }
    add(&*store, Vec::new()).await;
    let list = async |filter: &UsageFilter, page: Page| store.usage(filter, page).await.expect("list");
    let (any, all) = (UsageFilter::default(), Page::first(10));
    let listed = list(&any, all).await;
    let expected = [
        used("Printer", 0, "hmac-sha1", (1, 2), u64::from(u32::MAX)),
        used("printer", 5, "PLAINTEXT", (70, 70), 1),
        used("printer", 5, "HMAC-SHA1", (50, 60), 7),
        used("printer", 0, "HMAC-SHA1", (10, 40), 44),
    ];
    assert_eq!(listed.iter().map(|one| one.usage.clone()).collect::<Vec<_>>(), expected);
    assert_eq!(list(&any, Page::first(2)).await, listed[..2]);
    assert_eq!(list(&any, Page { before: Some(listed[1].record), ..all }).await, listed[2..]);
    let mine = UsageFilter { client: Some(id("printer")), ..any.clone() };
    assert_eq!(list(&mine, all).await, listed[1..]);
    let method = UsageFilter { method: Some("HMAC-SHA1".into()), since: Some(NOW.plus(41)), ..mine };
    assert_eq!(list(&method, all).await, listed[2..3]);
}

/// A removed key, client or token does not come back by having been used.
pub async fn usage_of_what_is_gone_is_dropped(store: Arc<impl AdminStore>) {
    store.add_client(&ClientRecord { key_since: NOW, ..printer("printer") }).await.expect("add");
    let added = store.add_client_key(&id("printer"), &secret("s"), NOW.plus(5)).await.expect("add");
    assert_eq!(added, Outcome::Done);
    let batch = || {
        let both = [0, 5].map(|since| used("printer", since, "HMAC-SHA1", (0, 1), 1));
        both.into_iter().chain([used("nobody", 0, "HMAC-SHA1", (0, 1), 1)]).collect()
    };
    let kept = async || {
        let listed = store.usage(&UsageFilter::default(), Page::first(10)).await.expect("list");
        listed.iter().map(|one| one.usage.key_since.seconds() - NOW.seconds()).collect::<Vec<_>>()
    };
    add(&*store, batch()).await;
    assert_eq!(kept().await, [5, 0]);
    let removed = store.remove_client_key(&id("printer"), NOW).await.expect("remove");
    assert_eq!((removed, kept().await), (Outcome::Done, vec![5]));
    add(&*store, batch()).await;
    assert_eq!(kept().await, [5]);
    assert_eq!(store.remove_client(&id("printer")).await.expect("remove"), Outcome::Done);
    add(&*store, batch()).await;
    assert!(kept().await.is_empty());
}

/// The latest time that was told, in the lists of whoever granted them.
pub async fn a_token_tells_when_it_was_last_used(store: Arc<impl AdminStore>) {
    for name in ["k-1", "k-2"] {
        store.issue(&token(name)).await.expect("issue");
    }
    let last_used = async || {
        let listed = store.tokens(None, Some(&"jane".into()), Page::first(10)).await.expect("list");
        listed.iter().map(|one| one.last_used).collect::<Vec<_>>()
    };
    assert_eq!(last_used().await, [None, None]);
    for at in [10, 30, 20] {
        let used = ["k-1", "K-1", "gone"].map(|name| TokenUse { token: id(name), last_used: NOW.plus(at) });
        let batch = UsageBatch { tokens: used.into(), ..UsageBatch::default() };
        store.add_usage(batch).await.expect("add");
    }
    assert_eq!(last_used().await, [None, Some(NOW.plus(30))]);
    assert_eq!(store.withdraw(&id("k-1")).await.expect("withdraw"), Outcome::Done);
    store.issue(&token("k-1")).await.expect("issue");
    assert_eq!(last_used().await, [None, None], "of another one of that name");
}

pub(super) fn used(client: &str, since: u64, method: &str, times: (u64, u64), requests: u64) -> ClientUsage {
    ClientUsage {
        client: id(client),
        key_since: NOW.plus(since),
        method: method.into(),
        first_used: NOW.plus(times.0),
        last_used: NOW.plus(times.1),
        requests,
    }
}

async fn add(store: &impl AdminStore, clients: Vec<ClientUsage>) {
    store.add_usage(UsageBatch { clients, ..UsageBatch::default() }).await.expect("add");
}
