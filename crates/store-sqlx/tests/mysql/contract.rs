//! The contract: bare, as the server wraps it, and as the database half of a pair.

use super::server::new_store;
use countersign_store::{Cached, KeyRing, MemoryStore, Sealed, Split, admin_contract, contract};
use countersign_store_sqlx::MySqlStore;
use std::sync::Arc;

mod plain_rows {
    use super::*;

    contract!(new_store);
}

mod administration {
    use super::*;

    admin_contract!(new_store);
}

mod as_the_server_wraps_it {
    use super::*;

    async fn sealed_and_cached() -> Cached<Sealed<MySqlStore>> {
        Cached::new(Sealed::new(new_store().await, Arc::new(KeyRing::generate())), 1000)
    }

    contract!(sealed_and_cached);
}

mod beside_temporary_credentials_in_memory {
    use super::*;

    async fn split() -> Split<MemoryStore, MySqlStore> {
        Split::new(MemoryStore::default(), new_store().await)
    }

    contract!(split);
}
