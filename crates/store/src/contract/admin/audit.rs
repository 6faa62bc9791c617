//! The audit log.

use super::super::{NOW, id, token};
use crate::{AdminStore, AuditEntry, AuditFilter, Page};
use std::sync::Arc;

/// The newest first, a page at a time, each field as it was.
pub async fn audit_entries_are_kept_in_their_order(store: Arc<impl AdminStore>) {
    let whole = AuditEntry {
        client: Some(id("client-1")),
        owner: Some("it's \"q\" 漢 🦀".into()),
        actor: Some("account \"root\"".into()),
        address: Some("2001:db8::1".into()),
        detail: Some("why, {not} \\ %".into()),
        ..AuditEntry::new(NOW, "first")
    };
    store.append_audit(vec![whole, AuditEntry::new(NOW.plus(1), "second")]);
    store.append_audit(vec![AuditEntry::new(NOW, "third")]);
    store.append_audit(Vec::new());
    store.flush().await.expect("flush");
    let all = store.audit(&AuditFilter::default(), Page::first(10)).await.expect("read");
    assert_eq!(all.iter().map(|one| &*one.event).collect::<Vec<_>>(), ["third", "second", "first"]);
    assert!(all.is_sorted_by(|one, next| one.id > next.id));
    let first = &all[2];
    assert_eq!(
        (first.client.as_deref(), first.owner.as_deref()),
        (Some("client-1"), Some("it's \"q\" 漢 🦀"))
    );
    assert_eq!(
        (first.address.as_deref(), first.detail.as_deref()),
        (Some("2001:db8::1"), Some("why, {not} \\ %"))
    );
    assert_eq!((first.at, all[1].at, first.record), (NOW, NOW.plus(1), None));
    assert_eq!((first.actor.as_deref(), all[1].actor.as_deref()), (Some("account \"root\""), None));

    let page = store.audit(&AuditFilter::default(), Page::first(2)).await.expect("read");
    assert_eq!(page, all[..2]);
    let rest = store
        .audit(&AuditFilter::default(), Page { limit: 2, before: Some(page[1].id) })
        .await
        .expect("read");
    assert_eq!(rest, all[2..]);
}

/// Never by its identifier, which is half of a credential.
pub async fn an_audit_entry_names_a_token_by_its_record(store: Arc<impl AdminStore>) {
    store.issue(&token("k-1")).await.expect("issue");
    let entry = |name: &str| AuditEntry { token: Some(id(name)), ..AuditEntry::new(NOW, "issued") };
    store.append_audit(vec![entry("k-1"), entry("k-2")]);
    store.flush().await.expect("flush");
    let kept = store.audit(&AuditFilter::default(), Page::first(10)).await.expect("read");
    let listed = store.tokens(None, None, Page::first(10)).await.expect("list");
    assert_eq!((kept[1].record, kept[0].record), (Some(listed[0].record), None));
    assert!(!format!("{kept:?}").contains("k-1"));
}

/// By each field, byte by byte, and by any two.
pub async fn audit_entries_are_filtered(store: Arc<impl AdminStore>) {
    let entry = |at: u64, event: &str, client: &str, owner: &str, actor: &str| AuditEntry {
        client: Some(id(client)),
        owner: Some(owner.into()),
        actor: Some(actor.into()),
        ..AuditEntry::new(NOW.plus(at), event)
    };
    store.append_audit(vec![
        entry(0, "granted", "c-1", "jane", "key 1"),
        entry(1, "denied", "c-1", "Jane", "key 2"),
        entry(2, "granted", "c-2", "jane", "key 1"),
        AuditEntry::new(NOW.plus(3), "granted"),
    ]);
    store.flush().await.expect("flush");
    let any = AuditFilter::default();
    for (filter, expected) in [
        (any.clone(), &[3, 2, 1, 0][..]),
        (AuditFilter { event: Some("granted".into()), ..any.clone() }, &[3, 2, 0]),
        (AuditFilter { client: Some(id("c-1")), ..any.clone() }, &[1, 0]),
        (AuditFilter { owner: Some("jane".into()), ..any.clone() }, &[2, 0]),
        (AuditFilter { owner: Some("jane ".into()), ..any.clone() }, &[]),
        (AuditFilter { actor: Some("key 1".into()), ..any.clone() }, &[2, 0]),
        (AuditFilter { from: Some(NOW.plus(1)), to: Some(NOW.plus(3)), ..any.clone() }, &[2, 1]),
        (AuditFilter { client: Some(id("c-1")), owner: Some("jane".into()), ..any.clone() }, &[0]),
    ] {
        let read = store.audit(&filter, Page::first(10)).await.expect("read");
        let seconds: Vec<_> = read.iter().map(|one| one.at.seconds() - NOW.seconds()).collect();
        assert_eq!(seconds, expected, "{filter:?}");
        let newest = store.audit(&filter, Page::first(1)).await.expect("read");
        assert_eq!(newest, read[..read.len().min(1)]);
        if let Some(last) = newest.last() {
            let page = Page { before: Some(last.id), ..Page::first(10) };
            assert_eq!(store.audit(&filter, page).await.expect("read"), read[1..]);
        }
    }
}

/// What is older than the mark goes, what is as old as it stays; numbers are never given again.
pub async fn the_audit_log_is_forgotten_from_its_old_end_alone(store: Arc<impl AdminStore>) {
    store.append_audit((0..10).map(|at| AuditEntry::new(NOW.plus(at), "happened")).collect());
    store.flush().await.expect("flush");
    let kept = async || store.audit(&AuditFilter::default(), Page::first(100)).await.expect("read");
    let newest = kept().await[0].id;
    let forget = async |before: u64| {
        let mut forgotten = 0;
        loop {
            match store.forget_audit(NOW.plus(before)).await.expect("forget") {
                0 => return forgotten,
                some => forgotten += some,
            }
        }
    };
    assert_eq!((forget(4).await, kept().await.len()), (4, 6));
    assert_eq!(kept().await.last().map(|oldest| oldest.at), Some(NOW.plus(4)));
    assert_eq!((forget(2).await, kept().await.len()), (0, 6), "an earlier mark");
    assert_eq!((forget(100).await, kept().await.len()), (6, 0));
    store.append_audit(vec![AuditEntry::new(NOW, "happened")]);
    store.flush().await.expect("flush");
    assert!(kept().await[0].id > newest);
}
