//! What these tests share: a database in a folder of its own, and a second, raw connection to look at it.

#![allow(dead_code, clippy::allow_attributes, reason = "no test file uses all of it")]

use countersign_core::{ClientId, Nonce, Secret, TemporaryId, Timestamp, TokenId};
use countersign_store::{
    Callback, Freshness, Grant, NonceStore, NonceUse, StoreError, StoreErrorKind, TemporaryRecord,
    TemporaryState, TokenRecord, TokenStatus, VerifierHash,
};
use countersign_store_sqlite::{Options, SqliteStore};
use rusqlite::Connection;
use std::path::PathBuf;
use tempfile::TempDir;

pub(crate) use countersign_store::contract::{NOW, block_on};

pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.path().join("countersign.db")
    }

    pub(crate) fn open(&self) -> SqliteStore {
        self.open_with(Options::default())
    }

    pub(crate) fn open_with(&self, options: Options) -> SqliteStore {
        SqliteStore::open(self.path(), options).unwrap()
    }

    pub(crate) fn raw(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    pub(crate) fn count(&self, table: &str) -> i64 {
        self.raw().query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    }
}

pub(crate) async fn claim(
    store: &SqliteStore,
    at: Timestamp,
    nonce: &str,
) -> Result<Freshness, StoreErrorKind> {
    let client = client();
    let used =
        NonceUse { client: &client, token: Some("k-1"), timestamp: at, nonce: Nonce::new(nonce).unwrap() };
    kind(store.remember(&used, at.plus(360), at).await)
}

pub(crate) fn kind<T>(result: Result<T, StoreError>) -> Result<T, StoreErrorKind> {
    result.map_err(|error| error.kind())
}

pub(crate) fn client() -> ClientId {
    "client-1".parse().unwrap()
}

pub(crate) fn token_id(name: &str) -> TokenId {
    name.parse().unwrap()
}

pub(crate) fn token(name: &str, owner: &str) -> TokenRecord {
    TokenRecord {
        id: token_id(name),
        secret: Secret::from("token-secret"),
        client: client(),
        owner: owner.into(),
        scopes: vec!["photos".into()],
        issued: NOW,
        expires: None,
        status: TokenStatus::Active,
    }
}

pub(crate) fn granted(name: &str) -> TemporaryRecord {
    let id: TemporaryId = name.parse().unwrap();
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
