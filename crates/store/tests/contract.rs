//! The contract, against the memory store: bare, split in two, sealed and cached, with clients from elsewhere.

use countersign_store::{Cached, KeyRing, MemoryStore, Sealed, Split, WithClients, contract};
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

mod clients_from_elsewhere {
    use super::*;

    fn list() -> MemoryStore {
        MemoryStore::default().with_client("client-1", "client-secret", "Printer")
    }

    async fn new_list() -> WithClients<MemoryStore, MemoryStore> {
        WithClients::new(list(), MemoryStore::default())
    }
    contract!(clients: new_list);

    mod and_all_the_rest {
        use super::*;

        async fn new_store() -> WithClients<MemoryStore, MemoryStore> {
            WithClients::new(list(), MemoryStore::default())
        }
        contract!(new_store);
    }
}
