//! What these tests share: a store on a Memcached.

use crate::memcached::Memcached;
use countersign_store_memcached::MemcachedStore;

pub(crate) use crate::temporaries::{client, id, kind, pending, yes};
pub(crate) use countersign_store::contract::{NOW, block_on};

pub(crate) fn open(memcached: &Memcached) -> MemcachedStore {
    MemcachedStore::open(&memcached.url()).expect("a URL")
}

/// One that is not patient.
pub(crate) fn hasty(memcached: &Memcached) -> MemcachedStore {
    let url = format!("{}?connect_timeout_ms=300&response_timeout_ms=300", memcached.url());
    MemcachedStore::open(&url).expect("a URL")
}
