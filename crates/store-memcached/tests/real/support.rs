//! What these tests share: a store on a Memcached, and temporary credentials.

use crate::memcached::Memcached;
use countersign_core::{ClientId, Secret, TemporaryId, Timestamp};
use countersign_store::{
    Callback, Grant, StoreError, StoreErrorKind, TemporaryRecord, TemporaryState, VerifierHash,
};
use countersign_store_memcached::MemcachedStore;

pub(crate) use countersign_store::contract::{NOW, block_on};

pub(crate) fn open(memcached: &Memcached) -> MemcachedStore {
    MemcachedStore::open(&memcached.url()).expect("a URL")
}

/// One that is not patient.
pub(crate) fn hasty(memcached: &Memcached) -> MemcachedStore {
    let url = format!("{}?connect_timeout_ms=300&response_timeout_ms=300", memcached.url());
    MemcachedStore::open(&url).expect("a URL")
}

pub(crate) fn kind<T>(result: Result<T, StoreError>) -> Result<T, StoreErrorKind> {
    result.map_err(|error| error.kind())
}

pub(crate) fn client() -> ClientId {
    "client-1".parse().expect("an identifier")
}

pub(crate) fn id(name: &str) -> TemporaryId {
    name.parse().expect("an identifier")
}

pub(crate) fn yes(id: &TemporaryId) -> Grant {
    Grant { owner: "jane".into(), verifier: VerifierHash::new(id, "473f82d3") }
}

pub(crate) fn pending(name: &str, expires: Timestamp) -> TemporaryRecord {
    TemporaryRecord {
        id: id(name),
        secret: Secret::from("temporary-secret"),
        client: client(),
        callback: Callback::OutOfBand,
        scopes: vec!["photos".into()],
        expires,
        state: TemporaryState::Pending,
    }
}
