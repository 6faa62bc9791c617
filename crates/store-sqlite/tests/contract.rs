//! The contract, against SQLite: bare, and as the server wraps it.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use async_trait::async_trait;
use countersign_store::{
    Announced, Announcer, Cached, Change, KeyRing, Lookups, Sealed, admin_contract, contract,
};
use countersign_store_sqlite::{Options, SqliteStore};
use std::sync::{Arc, Mutex};

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

/// The channel of a node that is alone: it writes down what it would say.
#[derive(Default)]
struct Alone(Arc<Mutex<Vec<String>>>);

#[async_trait]
impl Announcer for Alone {
    async fn announce(&self, change: &Change) {
        self.0.lock().unwrap().push(change.message());
    }

    async fn tell_changes(&self, _: Lookups) {}
}

mod administration_that_is_announced {
    use super::*;

    async fn announced() -> Announced<Arc<SqliteStore>, Alone> {
        Announced::new(Arc::new(bare().await), Alone::default())
    }

    admin_contract!(announced);
}

#[test]
fn what_ends_the_use_of_something_is_announced_and_nothing_else() {
    use countersign_core::Secret;
    use countersign_store::{
        Account, AccountStore, AdminStore, ClientKey, ClientRecord, ClientRegistry, ClientStatus, Outcome,
        TokenRecord, TokenRegistry, TokenStatus, TokenStore,
        contract::{NOW, block_on},
    };
    block_on(async {
        let said = Arc::default();
        let rows: Arc<dyn AdminStore> = Arc::new(bare().await);
        let store = Announced::new(rows, Alone(Arc::clone(&said)));
        let key = || ClientKey::Secret(Secret::from("s"));
        let client = ClientRecord::new("c-1".parse().unwrap(), "Printer", key());
        let account = |name: &str, disabled| Account {
            name: name.into(),
            password_hash: Some(Secret::from("$argon2id$")),
            admin: false,
            disabled,
            created: NOW,
        };
        let token = |id: &str| TokenRecord {
            id: id.parse().unwrap(),
            secret: Secret::from("s"),
            client: client.id.clone(),
            owner: "jane".into(),
            scopes: Vec::new(),
            issued: NOW,
            expires: None,
            status: TokenStatus::Active,
        };
        store.add_client(&client).await.unwrap();
        store.add_account(&account("jane", false)).await.unwrap();
        store.issue(&token("k-1")).await.unwrap();
        store.issue(&token("k-2")).await.unwrap();
        let done = |outcome: Result<Outcome, _>| assert_eq!(outcome.unwrap(), Outcome::Done);
        done(store.set_password("jane", &Secret::from("$argon2id$2")).await);
        assert!(said.lock().unwrap().is_empty());

        store.add_account(&account("joe", true)).await.unwrap();
        done(store.disable_account("jane").await);
        assert_eq!(store.disable_account("jane").await.unwrap(), Outcome::Refused);
        done(store.enable_account("jane").await);
        done(store.revoke(&token("k-1").id, NOW).await);
        done(store.withdraw(&token("k-2").id).await);
        done(store.update_client(&client).await);
        done(store.set_client_status(&client.id, ClientStatus::Suspended).await);
        done(store.remove_client(&client.id).await);
        let told = ["ojoe", "ojane", "ojane", "tk-1", "tk-2", "cc-1", "cc-1", "cc-1"];
        assert_eq!(*said.lock().unwrap(), told);
    });
}
