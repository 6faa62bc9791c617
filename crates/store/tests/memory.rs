//! What the memory store keeps beside its records never outlives them.

use countersign_core::{ClientId, Secret, Timestamp, TokenId};
use countersign_store::{
    ClientKey, ClientRecord, MemoryStore, TokenRecord, TokenStatus, TokenStore, contract::block_on,
};
use std::sync::Arc;

#[test]
fn what_is_loaded_again_is_of_the_records_that_stand_there_now() {
    let store = MemoryStore::default().with_client("printer", "old", "Printer");
    let (client, id) = (ClientId::new("printer").unwrap(), TokenId::new("token").unwrap());
    let token = TokenRecord {
        id: id.clone(),
        secret: Secret::from("secret"),
        client: client.clone(),
        owner: "jane".into(),
        scopes: Vec::new(),
        issued: Timestamp::default(),
        expires: None,
        status: TokenStatus::Active,
    };
    block_on(async {
        store.issue(&token).await.unwrap();
        let first = store.load(&client, Some(&id)).await.unwrap();
        assert!(Arc::ptr_eq(&first, &store.load(&client, Some(&id)).await.unwrap()));

        store.put(ClientRecord::with_secret("printer", "new", "Printer"));
        let second = store.load(&client, Some(&id)).await.unwrap();
        let ClientKey::Secret(secret) = &second.client().unwrap().key else { panic!("a secret") };
        assert!(secret.matches("new"));

        let stranger = store.load(&ClientId::new("stranger").unwrap(), Some(&id)).await.unwrap();
        assert!(stranger.client().is_none());

        let _ = store.revoke(&id, Timestamp::default()).await.unwrap();
        let third = store.load(&client, Some(&id)).await.unwrap();
        assert_eq!(third.token().unwrap().status, TokenStatus::Revoked);
    });
}
