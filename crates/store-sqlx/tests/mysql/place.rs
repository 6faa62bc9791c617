//! A store with a database of its own, and a second connection to look at it and to meddle.

use super::server::{new_database, raw, shared};
use countersign_store_sqlx::Options;
use mysql_async::{Conn, prelude::Queryable as _};

pub(crate) use countersign_store_sqlx::MySqlStore as Store;

pub(crate) struct Place {
    pub(crate) store: Store,
    pub(crate) raw: Conn,
}

impl Place {
    pub(crate) async fn new() -> Self {
        Self::with(|options| options).await
    }

    pub(crate) async fn with(options: impl FnOnce(Options) -> Options) -> Self {
        let (usual, database) = new_database();
        let store = Store::open(shared(), options(usual)).await.unwrap();
        Self { store, raw: raw(shared(), Some(&database)).await }
    }

    pub(crate) async fn run(&mut self, sql: &str) {
        self.raw.query_drop(sql).await.unwrap();
    }

    pub(crate) async fn count(&mut self, table: &str) -> i64 {
        self.raw.query_first(format!("SELECT COUNT(*) FROM {table}")).await.unwrap().unwrap()
    }

    /// A claim for each of a thousand seconds, that lives for six minutes.
    pub(crate) async fn fill(&mut self, since: u64) {
        let rows = (1..=1000).map(|n| {
            let stamp = since + n;
            format!("({stamp}, UNHEX(MD5({n})), {})", stamp + 360)
        });
        let rows: Vec<String> = rows.collect();
        self.run(&format!("INSERT INTO nonces (stamp, digest, until) VALUES {}", rows.join(", "))).await;
    }
}
