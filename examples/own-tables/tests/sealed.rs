//! Secrets at rest: the shop's rows once they are sealed, those that were there before included.

mod shop;

use countersign_core::{ClientId, Secret, Timestamp, TokenId};
use countersign_store::*;
use own_tables::with_sqlx::Shop;
use sqlx::{SqlitePool, query, query_scalar};
use std::sync::Arc;

#[tokio::test]
async fn rows_are_sealed_and_only_the_ring_opens_them() {
    let pool = shop::new().await;
    let store = Sealed::new(Shop(pool.clone()), Arc::new(KeyRing::generate()));
    let (client, token) = (ClientId::new("client-1").unwrap(), TokenId::new("k-1").unwrap());
    let plain = store.client(&client).await.map(drop).map_err(|error| error.kind());
    assert_eq!(plain, Err(StoreErrorKind::Corrupt), "a row that was never sealed is an error");

    seal_partners(&pool, &store).await;
    store.issue(&record(&token, &client)).await.unwrap();

    let rows = "SELECT api_secret FROM partners UNION ALL SELECT grant_secret FROM app_grants";
    let rows: Vec<String> = query_scalar(rows).fetch_all(&pool).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|sealed| !sealed.contains("-secret")));

    let loaded = store.load(&client, Some(&token)).await.unwrap();
    assert!(loaded.token().unwrap().secret.matches("token-secret"));
    let ClientKey::Secret(secret) = &loaded.client().unwrap().key else { panic!("a secret") };
    assert!(secret.matches("client-secret"));
}

/// Once, before the sealed store is used: each only where it still holds what was read.
async fn seal_partners(pool: &SqlitePool, store: &Sealed<Shop>) {
    let ids: Vec<String> = query_scalar("SELECT api_key FROM partners").fetch_all(pool).await.unwrap();
    for id in ids {
        let plain = store.rows().client(&id.parse().unwrap()).await.unwrap().unwrap();
        let sealed = store.seal_client(&plain).unwrap();
        let (ClientKey::Secret(plain), ClientKey::Secret(sealed)) = (plain.key, sealed.key) else { continue };
        let update = query("UPDATE partners SET api_secret = $3 WHERE api_key = $1 AND api_secret = $2");
        let update = update.bind(id).bind(plain.expose()).bind(sealed.expose());
        assert_eq!(update.execute(pool).await.unwrap().rows_affected(), 1);
    }
}

fn record(id: &TokenId, client: &ClientId) -> TokenRecord {
    TokenRecord {
        id: id.clone(),
        secret: Secret::from("token-secret"),
        client: client.clone(),
        owner: "jane".into(),
        scopes: Vec::new(),
        issued: Timestamp::from_seconds(1_800_000_000),
        expires: None,
        status: TokenStatus::Active,
    }
}
