//! A shop with one partner, in a database of its own.

use sqlx::{SqlitePool, raw_sql, sqlite::*};
use std::time::Duration;

/// Several connections to one file, as an application has them; the file goes with the pool.
pub(crate) async fn new() -> SqlitePool {
    let folder = tempfile::tempdir().expect("a folder");
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("shop.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(30));
    let pool = SqlitePoolOptions::new().max_connections(4).after_connect(move |_, _| {
        let _kept = &folder;
        Box::pin(async { Ok(()) })
    });
    let pool = pool.connect_with(options).await.expect("a database");
    raw_sql(include_str!("../../src/shop.sql")).execute(&pool).await.expect("its tables");
    raw_sql(PARTNER).execute(&pool).await.expect("a partner");
    pool
}

const PARTNER: &str = "INSERT INTO partners (api_key, api_secret, company, joined_at)
                       VALUES ('client-1', 'client-secret', 'Printer Ltd', 1700000000)";
