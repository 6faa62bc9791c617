//! Records, and the claims and redeems that tests make of them.

use countersign_core::{ClientId, Nonce, Secret, TemporaryId, Timestamp, TokenId};
use countersign_store::{
    Callback, Freshness, Grant, NonceStore, NonceUse, StoreError, StoreErrorKind, TemporaryRecord,
    TemporaryState, TokenRecord, TokenStatus, VerifierHash,
};

pub(crate) use countersign_store::contract::{NOW, block_on};

/// Claims a nonce under a window of five minutes, by a clock that says `now`.
pub(crate) async fn claim(
    store: &impl NonceStore,
    stamp: Timestamp,
    nonce: &str,
    now: Timestamp,
) -> Result<Freshness, StoreErrorKind> {
    let client = client();
    let used =
        NonceUse { client: &client, token: Some("k-1"), timestamp: stamp, nonce: Nonce::new(nonce).unwrap() };
    kind(store.remember(&used, stamp.plus(360), now).await)
}

pub(crate) fn kind<T>(result: Result<T, StoreError>) -> Result<T, StoreErrorKind> {
    result.map_err(|error| error.kind())
}

pub(crate) fn client() -> ClientId {
    "client-1".parse().unwrap()
}

pub(crate) fn temporary_id(name: &str) -> TemporaryId {
    name.parse().unwrap()
}

pub(crate) fn token_id(name: &str) -> TokenId {
    name.parse().unwrap()
}

pub(crate) fn token(name: &str) -> TokenRecord {
    TokenRecord {
        id: token_id(name),
        secret: Secret::from("token-secret"),
        client: client(),
        owner: "jane".into(),
        scopes: vec!["photos".into()],
        issued: NOW,
        expires: None,
        status: TokenStatus::Active,
    }
}

pub(crate) fn granted(name: &str) -> TemporaryRecord {
    let id = temporary_id(name);
    TemporaryRecord {
        secret: Secret::from("temporary-secret"),
        client: client(),
        callback: Callback::OutOfBand,
        scopes: Vec::new(),
        expires: NOW.plus(600),
        state: TemporaryState::Granted(Grant {
            owner: "jane".into(),
            verifier: VerifierHash::new(&id, "473f82d3"),
        }),
        id,
    }
}
