//! The contract, against the memory store: bare, split in two, sealed and cached.

use countersign_store::{Cached, KeyRing, MemoryStore, Sealed, Split, contract};
use std::sync::Arc;

mod bare {
    use super::*;

    async fn new_store() -> MemoryStore {
        MemoryStore::default()
    }
    contract!(new_store);
}

mod split {
    use super::*;

    async fn new_store() -> Split<MemoryStore, MemoryStore> {
        Split::new(MemoryStore::default(), MemoryStore::default())
    }
    contract!(new_store);
}

mod sealed_and_cached {
    use super::*;

    async fn new_store() -> Cached<Sealed<MemoryStore>> {
        Cached::new(Sealed::new(MemoryStore::default(), Arc::new(KeyRing::generate())), 1000)
    }
    contract!(new_store);
}
