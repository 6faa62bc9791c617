//! What the schema refuses to hold: nothing is cut, nothing is taken for another.

use super::{
    server::new_store,
    things::{NOW, block_on, client, granted, kind, temporary_id, token, token_id},
};
use countersign_core::{ClientId, Secret};
use countersign_store::{
    ClientKey, ClientRecord, ClientRegistry, ClientStore, CredentialStore, Grant, Outcome, StoreErrorKind,
    TemporaryState, TemporaryStore, TokenRecord, TokenStore, VerifierHash,
};

#[test]
fn an_over_long_owner_is_refused_and_never_cut() {
    block_on(async {
        let store = new_store().await;
        let (longest, longer) = ("é".repeat(512), "é".repeat(512) + "x");
        store.issue(&TokenRecord { owner: longest.as_str().into(), ..token("k-1") }).await.unwrap();
        let loaded = store.load(&client(), Some(&token_id("k-1"))).await.unwrap();
        assert_eq!(loaded.token().unwrap().owner.as_str(), longest);

        let refused = TokenRecord { owner: longer.as_str().into(), ..token("k-2") };
        assert_eq!(kind(store.issue(&refused).await), Err(StoreErrorKind::Corrupt));
        assert!(store.load(&client(), Some(&token_id("k-2"))).await.unwrap().token().is_none());

        let mut pending = granted("t-1");
        pending.state = TemporaryState::Pending;
        store.create(&pending, NOW).await.unwrap();
        let grant = Grant { owner: longer.into(), verifier: VerifierHash::new(&pending.id, "473f82d3") };
        assert_eq!(kind(store.grant(&pending.id, &grant, NOW).await), Err(StoreErrorKind::Corrupt));
        let kept = store.temporary(&pending.id).await.unwrap().unwrap();
        assert_eq!(kept.state, TemporaryState::Pending);
    });
}

#[test]
fn clients_differ_if_any_byte_differs() {
    block_on(async {
        let store = new_store().await;
        let longest = "漢".repeat(85);
        let names = ["abc", "ABC", "abc ", " abc", "äbc", "a\u{308}bc", "аbc", "abc\u{200b}", &longest];
        for name in names {
            let id = ClientId::new(name).unwrap();
            let record = ClientRecord::new(id, name, ClientKey::Secret(Secret::from(name)));
            store.add_client(&record).await.unwrap_or_else(|error| panic!("{name:?}: {error:?}"));
        }
        for name in names {
            let found = store.client(&ClientId::new(name).unwrap()).await.unwrap().unwrap();
            assert_eq!(found.name, name);
        }
        assert!(store.client(&ClientId::new("Abc").unwrap()).await.unwrap().is_none());
    });
}

#[test]
fn a_redeem_that_cannot_issue_consumes_nothing() {
    block_on(async {
        let store = new_store().await;
        store.create(&granted("t-1"), NOW).await.unwrap();
        store.issue(&token("k-1")).await.unwrap();
        let id = temporary_id("t-1");
        assert_eq!(kind(store.redeem(&id, &token("k-1"), NOW).await), Err(StoreErrorKind::Conflict));
        assert_eq!(kind(store.redeem(&id, &token("k-2"), NOW).await), Ok(Outcome::Done));
    });
}
