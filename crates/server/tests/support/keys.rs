//! The key ring of a place: its commands, what they list, and many tokens that are sealed under it.

use super::{
    client::Pair,
    place::{Place, Ran},
};
use countersign_core::TokenId;
use countersign_provider::{Clock, System, token};
use countersign_store::{KeyFile, Sealed, TokenRecord, TokenStatus, TokenStore};
use countersign_store_sqlite::{Options, SqliteStore};
use serde_json::Value;
use std::{
    fs::File,
    path::PathBuf,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

/// A line of `keys list`.
#[derive(Debug, PartialEq)]
pub(crate) struct Listed {
    pub(crate) key: Option<String>,
    pub(crate) state: String,
    pub(crate) clients: u64,
    pub(crate) tokens: u64,
    pub(crate) temporaries: u64,
}

impl Place {
    pub(crate) fn ring(&self) -> PathBuf {
        self.path().join("countersign.keys")
    }

    /// The ring's text.
    pub(crate) fn ring_text(&self) -> String {
        std::fs::read_to_string(self.ring()).expect("the ring")
    }

    /// Each entry of the ring, without comments.
    pub(crate) fn entries(&self) -> Vec<String> {
        self.ring_text().lines().filter(|line| !line.starts_with('#')).map(ToOwned::to_owned).collect()
    }

    pub(crate) fn keys(&self, arguments: &[&str]) -> Ran {
        self.run(&[&["keys"], arguments].concat(), "")
    }

    /// The new key's name.
    pub(crate) fn rotated(&self) -> String {
        let ran = self.done(&["keys", "rotate", "--json"], "");
        ran.json()["key"].as_str().expect("a name").to_owned()
    }

    pub(crate) fn listed(&self) -> Vec<Listed> {
        let ran = self.done(&["keys", "list", "--json"], "");
        ran.stdout.lines().map(|line| Listed::from(&serde_json::from_str(line).expect("JSON"))).collect()
    }

    /// The name of the key that seals.
    pub(crate) fn sealing(&self) -> String {
        let listed = self.listed();
        assert_eq!(listed[0].state, "seals", "{listed:?}");
        listed[0].key.clone().expect("a name")
    }

    /// As if the ring had last been changed long ago.
    pub(crate) fn ring_is_old(&self) {
        let file = File::options().append(true).open(self.ring()).expect("the ring");
        file.set_modified(UNIX_EPOCH + Duration::from_secs(1_000_000_000)).expect("its time");
    }

    /// Tokens of a client, issued as quickly as the database takes them.
    pub(crate) fn issue_many(&self, client: &Pair, count: usize) -> Vec<Pair> {
        let keys = KeyFile::open(&self.ring()).expect("a ring").expect("a file");
        let rows = SqliteStore::open(self.database(), Options::default()).expect("the database");
        let store = Sealed::new(rows, Arc::new(keys));
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let issue = |_| {
            let pair = Pair::new(&token(&System, 24), &token(&System, 43));
            let record = TokenRecord {
                id: TokenId::new(&pair.id).expect("an identifier"),
                secret: pair.secret.clone(),
                client: client.id.parse().expect("an identifier"),
                owner: "jane".into(),
                scopes: Vec::new(),
                issued: System.now(),
                expires: None,
                status: TokenStatus::Active,
            };
            runtime.block_on(store.issue(&record)).expect("a token");
            pair
        };
        (0..count).map(issue).collect()
    }
}

impl From<&Value> for Listed {
    fn from(line: &Value) -> Self {
        let number = |name: &str| line[name].as_u64().expect("a number");
        Self {
            key: line["key"].as_str().map(ToOwned::to_owned),
            state: line["state"].as_str().expect("a state").to_owned(),
            clients: number("clients"),
            tokens: number("tokens"),
            temporaries: number("temporary_credentials"),
        }
    }
}

impl Listed {
    /// How many secrets the key sealed.
    pub(crate) fn all(&self) -> u64 {
        self.clients + self.tokens + self.temporaries
    }
}
