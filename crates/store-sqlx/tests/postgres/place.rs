//! A store with a schema of its own, and a second connection to look at it and to meddle.

use super::server::{new_schema, raw, shared};
use tokio_postgres::Client;

pub(crate) use countersign_store_sqlx::PostgresStore as Store;

pub(crate) struct Place {
    pub(crate) store: Store,
    raw: Client,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let (options, schema) = new_schema();
        let store = Store::open(shared(), options).await.unwrap();
        Self { store, raw: raw(shared(), &schema).await }
    }

    pub(crate) async fn run(&mut self, sql: &str) {
        self.raw.batch_execute(sql).await.unwrap();
    }

    pub(crate) async fn count(&mut self, table: &str) -> i64 {
        self.raw.query_one(&format!("SELECT count(*) FROM {table}"), &[]).await.unwrap().get(0)
    }

    /// A claim for each of a thousand seconds, that lives for six minutes.
    pub(crate) async fn fill(&mut self, since: u64) {
        let rows = format!(
            "INSERT INTO nonces SELECT {since} + n, decode(md5(n::text), 'hex'), {since} + n + 360
            FROM generate_series(1, 1000) n"
        );
        self.run(&rows).await;
    }
}
