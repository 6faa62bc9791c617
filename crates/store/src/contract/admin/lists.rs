//! Clients and token credentials, as operators keep them.

use super::{super::*, account, printer};
use crate::{Addition, AdminStore, ClientKey, ClientStatus, Outcome, Page, ResourceOwner, StoreErrorKind};
use countersign_core::{PublicKey, Window};
use std::sync::Arc;

/// Every field survives; by identifier; a status is changed alone.
pub async fn clients_are_listed_and_their_status_changes(store: Arc<impl AdminStore>) {
    let mut record = printer("b");
    record.name = "it's \"q\" 漢".into();
    record.key = ClientKey::PublicKey(PublicKey::from_der(&[0, 255]));
    record.methods = Some(vec!["RSA-SHA1".into()]);
    record.callbacks = vec!["https://a.example/?x=%2F&y=\"".into(), String::new()];
    record.callback_prefixes = vec!["https://b.example/".into()];
    (record.allow_oob, record.two_legged) = (true, true);
    (record.scopes, record.default_scopes) = (vec!["a b".into()], vec!["c,d".into(), "NULL".into()]);
    record.window = Some(Window::seconds(u32::MAX));
    (record.status, record.created) = (ClientStatus::Pending, NOW);
    store.add_client(&record).await.expect("add");
    for name in ["B", "a"] {
        store.add_client(&printer(name)).await.expect("add");
    }
    let conflict = store.add_client(&printer("b")).await.map_err(|error| error.kind());
    assert_eq!(conflict, Err(StoreErrorKind::Conflict));
    let listed = store.clients().await.expect("list");
    assert_eq!(format!("{listed:?}"), format!("{:?}", [printer("B"), printer("a"), record.clone()]));

    assert_eq!(
        store.set_client_status(&record.id, ClientStatus::Suspended).await.expect("set"),
        Outcome::Done
    );
    record.status = ClientStatus::Suspended;
    let kept = store.client(&record.id).await.expect("find").expect("it is there");
    assert_eq!(format!("{kept:?}"), format!("{record:?}"));
    let plain = printer("b");
    assert_eq!(store.update_client(&plain).await.expect("update"), Outcome::Done);
    let kept = store.client(&record.id).await.expect("find").expect("it is there");
    assert_eq!(format!("{kept:?}"), format!("{plain:?}"));
    for nobody in [printer("nobody"), printer("A")] {
        assert_eq!(store.update_client(&nobody).await.expect("update"), Outcome::Refused);
        let set = store.set_client_status(&nobody.id, ClientStatus::Active).await;
        assert_eq!(set.expect("set"), Outcome::Refused);
    }
}

/// And no one else's.
pub async fn a_removed_client_takes_its_credentials_along(store: Arc<impl AdminStore>) {
    let other: ClientId = id("Client-1");
    for name in [client().as_str(), other.as_str()] {
        store.add_client(&printer(name)).await.expect("add");
    }
    store.create(&pending("t-1"), NOW).await.expect("create");
    store.issue(&token("k-1")).await.expect("issue");
    store.issue(&TokenRecord { client: other.clone(), ..token("k-2") }).await.expect("issue");
    assert_eq!(store.remove_client(&client()).await.expect("remove"), Outcome::Done);
    assert_eq!(store.remove_client(&client()).await.expect("remove"), Outcome::Refused);
    assert!(store.client(&client()).await.expect("find").is_none());
    assert!(stored_token(&*store, "k-1").await.is_none() && stored_token(&*store, "k-2").await.is_some());
    assert!(store.temporary(&id("t-1")).await.expect("find").is_none());
    assert!(store.client(&other).await.expect("find").is_some());
}

/// Of a client, an owner, both or all.
pub async fn tokens_are_listed_the_newest_first(store: Arc<impl AdminStore>) {
    let (jane, other): (ResourceOwner, ClientId) = ("jane".into(), id("client-2"));
    for (number, owner) in ["jane", "jane", "bob", "Jane"].into_iter().enumerate() {
        let record = TokenRecord { owner: owner.into(), ..token(&format!("k-{number}")) };
        store.issue(&record).await.expect("issue");
    }
    store.issue(&TokenRecord { client: other.clone(), ..token("k-9") }).await.expect("issue");
    let names = async |client: Option<&ClientId>, owner: Option<&ResourceOwner>, page: Page| {
        let found = store.tokens(client, owner, page).await.expect("list");
        let names: Vec<_> = found.iter().map(|one| one.token.id.as_str()).collect();
        (names.join(" "), found.last().map(|one| one.record))
    };
    let (all, mine) = (Page::first(100), Some(client()));
    assert_eq!(names(None, None, all).await.0, "k-9 k-3 k-2 k-1 k-0");
    assert_eq!(names(mine.as_ref(), None, all).await.0, "k-3 k-2 k-1 k-0");
    assert_eq!(names(None, Some(&jane), all).await.0, "k-9 k-1 k-0");
    assert_eq!(names(Some(&other), Some(&jane), all).await.0, "k-9");
    let (first, last) = names(None, Some(&jane), Page::first(2)).await;
    assert_eq!(first, "k-9 k-1");
    assert_eq!(names(None, Some(&jane), Page { limit: 2, before: last }).await.0, "k-0");
}

/// As if it had never been issued.
pub async fn a_withdrawn_token_was_never_there(store: Arc<impl AdminStore>) {
    store.issue(&token("k-1")).await.expect("issue");
    assert_eq!(store.withdraw(&id("K-1")).await.expect("withdraw"), Outcome::Refused);
    assert_eq!(store.withdraw(&id("k-1")).await.expect("withdraw"), Outcome::Done);
    assert!(stored_token(&*store, "k-1").await.is_none());
    store.issue(&token("k-1")).await.expect("issue");
}

/// Each is told what became of it; what is there stays as it is.
pub async fn many_tokens_are_added_where_they_belong_to_somebody(store: Arc<impl AdminStore>) {
    store.add_client(&printer(client().as_str())).await.expect("add");
    store.add_account(&account("jane")).await.expect("add");
    store.issue(&token("k-old")).await.expect("issue");
    let mut awkward = token("it's \"q\" \\ {,} é 漢 🦀");
    awkward.secret = Secret::from("sé&cr=t'\u{1F980} ");
    awkward.scopes =
        vec!["a b".into(), "x,y".into(), String::new(), "\"".into(), "\\".into(), "NULL".into(), "{}".into()];
    awkward.expires = Some(NOW.plus(60));
    let plain = TokenRecord { scopes: Vec::new(), status: TokenStatus::Revoked, ..token("k-1") };
    let many = [
        awkward.clone(),
        TokenRecord { secret: Secret::from("another"), ..token("k-old") },
        plain,
        TokenRecord { secret: Secret::from("another"), ..token("k-1") },
        TokenRecord { client: id("Client-1"), ..token("k-2") },
        TokenRecord { owner: "Jane".into(), ..token("k-3") },
        token("K-1"),
    ];
    let fates = store.add_tokens(&many).await.expect("add");
    use Addition::{Added, Conflict, NoClient, NoOwner};
    assert_eq!(fates, [Added, Conflict, Added, Conflict, NoClient, NoOwner, Added]);
    let kept = stored_token(&*store, awkward.id.as_str()).await.expect("it is there");
    assert_eq!(format!("{kept:?}"), format!("{awkward:?}"));
    assert!(kept.secret.matches(awkward.secret.expose()));
    for (name, status) in [("k-old", TokenStatus::Active), ("k-1", TokenStatus::Revoked)] {
        let kept = stored_token(&*store, name).await.expect("it is there");
        assert!(kept.secret.matches("token-secret") && kept.status == status, "{name}: {kept:?}");
    }
    assert!(stored_token(&*store, "k-2").await.is_none() && stored_token(&*store, "k-3").await.is_none());
    assert!(store.add_tokens(&[]).await.expect("nothing to do").is_empty());
}
