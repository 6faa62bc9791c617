//! What no column holds, and what it holds as it is.

use super::{
    server::new_store,
    things::{block_on, client, token, token_id},
};
use countersign_core::Secret;
use countersign_store::{StoreErrorKind, TokenRecord, TokenStore};

#[test]
fn an_over_long_secret_is_refused_and_never_cut() {
    block_on(async {
        let store = new_store().await;
        let secret = |length: usize| Secret::from("s".repeat(length).as_str());
        store.issue(&TokenRecord { secret: secret(65_535), ..token("k-1") }).await.unwrap();
        let kept = store.load(&client(), Some(&token_id("k-1"))).await.unwrap();
        assert!(kept.token().unwrap().secret.matches(&"s".repeat(65_535)));
        let error = store.issue(&TokenRecord { secret: secret(65_536), ..token("k-2") }).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt);
        assert!(!format!("{error:?}").contains("sss"), "{error:?}");
        assert!(store.load(&client(), Some(&token_id("k-2"))).await.unwrap().token().is_none());
    });
}

#[test]
fn a_nul_ends_nothing() {
    block_on(async {
        let store = new_store().await;
        let issued = TokenRecord {
            secret: Secret::from("kd94\0hf93"),
            owner: "jane\0doe".into(),
            scopes: vec!["a\0b".into()],
            ..token("k-1")
        };
        store.issue(&issued).await.unwrap();
        let loaded = store.load(&client(), Some(&issued.id)).await.unwrap();
        let kept = loaded.token().unwrap();
        assert!(kept.secret.matches("kd94\0hf93"));
        assert_eq!((&kept.owner, &kept.scopes), (&issued.owner, &issued.scopes));
    });
}
