//! The contract, temporary credentials in Memcached: bare, as the server wraps it, over TCP, and with nonces there too.

use crate::{memcached::Memcached, rows::Rows, support::open};
use countersign_store::{Cached, KeyRing, MemoryNonces, NonceKey, Sealed, Split, WithNonces, contract};
use countersign_store_memcached::{DangerousNonces, MemcachedStore};
use std::sync::Arc;

type Cache<N> = WithNonces<MemcachedStore, N>;

async fn bare() -> Split<Cache<MemoryNonces>, Rows> {
    let memcached = Memcached::start();
    Split::new(WithNonces::new(open(&memcached), MemoryNonces::default()), Rows::beside(memcached))
}

async fn over_tcp() -> Split<Cache<MemoryNonces>, Rows> {
    let memcached = Memcached::on_a_port();
    Split::new(WithNonces::new(open(&memcached), MemoryNonces::default()), Rows::beside(memcached))
}

async fn sealed_and_cached() -> Cached<Split<WithNonces<Sealed<MemcachedStore>, MemoryNonces>, Sealed<Rows>>>
{
    let (memcached, ring) = (Memcached::start(), Arc::new(KeyRing::generate()));
    let cache = WithNonces::new(Sealed::new(open(&memcached), ring.clone()), MemoryNonces::default());
    Cached::new(Split::new(cache, Sealed::new(Rows::beside(memcached), ring)), 1000)
}

async fn with_dangerous_nonces() -> Split<Cache<DangerousNonces>, Rows> {
    let memcached = Memcached::start();
    let store = open(&memcached);
    let nonces = store.danger_nonces(NonceKey::new([7; 16]));
    Split::new(WithNonces::new(store, nonces), Rows::beside(memcached))
}

mod plain {
    use super::*;

    contract!(bare);
}

mod tcp {
    use super::*;

    contract!(over_tcp);
}

mod as_the_server_wraps_it {
    use super::*;

    contract!(sealed_and_cached);
}

mod dangerous_nonces {
    use super::*;

    contract!(with_dangerous_nonces);
}
