//! The audit log.

use super::super::{NOW, id, token};
use crate::{AdminStore, AuditEntry, Page};
use std::sync::Arc;

/// The newest first, a page at a time, each field as it was.
pub async fn audit_entries_are_kept_in_their_order(store: Arc<impl AdminStore>) {
    let whole = AuditEntry {
        client: Some(id("client-1")),
        owner: Some("it's \"q\" 漢 🦀".into()),
        address: Some("2001:db8::1".into()),
        detail: Some("why, {not} \\ %".into()),
        ..AuditEntry::new(NOW, "first")
    };
    store.append_audit(vec![whole, AuditEntry::new(NOW.plus(1), "second")]);
    store.append_audit(vec![AuditEntry::new(NOW, "third")]);
    store.append_audit(Vec::new());
    store.flush().await.expect("flush");
    let all = store.audit(Page::first(10)).await.expect("read");
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

    let page = store.audit(Page::first(2)).await.expect("read");
    assert_eq!(page, all[..2]);
    let rest = store.audit(Page { limit: 2, before: Some(page[1].id) }).await.expect("read");
    assert_eq!(rest, all[2..]);
}

/// Never by its identifier, which is half of a credential.
pub async fn an_audit_entry_names_a_token_by_its_record(store: Arc<impl AdminStore>) {
    store.issue(&token("k-1")).await.expect("issue");
    let entry = |name: &str| AuditEntry { token: Some(id(name)), ..AuditEntry::new(NOW, "issued") };
    store.append_audit(vec![entry("k-1"), entry("k-2")]);
    store.flush().await.expect("flush");
    let kept = store.audit(Page::first(10)).await.expect("read");
    let listed = store.tokens(None, None, Page::first(10)).await.expect("list");
    assert_eq!((kept[1].record, kept[0].record), (Some(listed[0].record), None));
    assert!(!format!("{kept:?}").contains("k-1"));
}
