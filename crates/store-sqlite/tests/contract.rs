//! The contract, against SQLite: bare, and as the server wraps it.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use countersign_store::{Cached, KeyRing, Sealed, admin_contract, contract};
use countersign_store_sqlite::{Options, SqliteStore};
use std::sync::Arc;

/// Its folder is gone from the disk once the store is open, and its files with the store.
async fn bare() -> SqliteStore {
    let folder = tempfile::tempdir().unwrap();
    SqliteStore::open(folder.path().join("countersign.db"), Options::default()).unwrap()
}

async fn sealed_and_cached() -> Cached<Sealed<SqliteStore>> {
    Cached::new(Sealed::new(bare().await, Arc::new(KeyRing::generate())), 1000)
}

mod plain_rows {
    use super::*;

    contract!(bare);
}

mod administration {
    use super::*;

    admin_contract!(bare);
}

mod as_the_server_wraps_it {
    use super::*;

    contract!(sealed_and_cached);
}
