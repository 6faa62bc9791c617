//! The stores of a protected app, by what stands in the child's arguments.

use crate::fixture::client;
use countersign_provider::{Clock, System};
use countersign_store::{Cached, ClientRegistry, KeyRing, MemoryStore, NonceKey, Seal, Sealed, Split, Store};
use countersign_store_redis::RedisStore;
use countersign_store_sqlite::{Options, SqliteStore, Synchronous};
use countersign_store_sqlx::{MySqlStore, Options as Database, PostgresStore};
use std::{path::Path, sync::Arc};

/// `memory`, `sqlite`, or what each kind is at, such as `postgres=URL`; with two of them the first holds what is short-lived.
pub(crate) async fn open(kind: &str, folder: &Path, synchronous: &str) -> Arc<dyn Store> {
    let ring: Arc<dyn Seal> = Arc::new(KeyRing::generate());
    let (kind, urls) = kind.split_once('=').unwrap_or((kind, ""));
    let urls: Vec<&str> = urls.split_whitespace().collect();
    match (kind, &*urls) {
        ("memory", []) => Arc::new(MemoryStore::default().with(client())),
        ("sqlite", []) => Arc::new(Cached::new(sqlite(folder, synchronous, ring).await, LOOKUPS)),
        ("redis", [url]) => {
            let rows = MemoryStore::default().with(client());
            Arc::new(Split::new(Sealed::new(redis(url).await, ring), rows))
        }
        ("postgres", [url]) => Arc::new(Cached::new(postgres(url, ring).await, LOOKUPS)),
        ("mysql", [url]) => {
            let rows = MySqlStore::open(url, new()).await.unwrap();
            Arc::new(Cached::new(with_client(rows, ring).await, LOOKUPS))
        }
        ("redis+postgres", [short, long]) => {
            let rows = postgres(long, Arc::clone(&ring)).await;
            Arc::new(Cached::new(Split::new(Sealed::new(redis(short).await, ring), rows), LOOKUPS))
        }
        ("redis+postgres-uncached", [short, long]) => {
            let rows = postgres(long, Arc::clone(&ring)).await;
            Arc::new(Split::new(Sealed::new(redis(short).await, ring), rows))
        }
        _ => panic!("{kind} {urls:?}"),
    }
}

/// Fenced, as a server's is, and known to be new.
async fn redis(url: &str) -> RedisStore {
    let redis = RedisStore::open(url, NonceKey::new([7; 16])).unwrap();
    let beginning = redis.beginning().await.unwrap();
    if !beginning.has_record() {
        redis.nothing_claimed_before(beginning, System.now()).await.unwrap();
    }
    redis
}

async fn postgres(url: &str, ring: Arc<dyn Seal>) -> Sealed<PostgresStore> {
    with_client(PostgresStore::open(url, new()).await.unwrap(), ring).await
}

async fn sqlite(folder: &Path, synchronous: &str, ring: Arc<dyn Seal>) -> Sealed<SqliteStore> {
    let synchronous = if synchronous == "full" { Synchronous::Full } else { Synchronous::Normal };
    let options = Options::default().synchronous(synchronous);
    with_client(SqliteStore::open(folder.join("countersign.db"), options).unwrap(), ring).await
}

async fn with_client<S: ClientRegistry + Clone>(rows: S, ring: Arc<dyn Seal>) -> Sealed<S> {
    let sealed = Sealed::new(rows.clone(), ring);
    rows.add_client(&sealed.seal_client(&client()).unwrap()).await.unwrap();
    sealed
}

/// Nobody else's tables.
pub(crate) fn new() -> Database {
    Database::default().schema(format!("bench_{}", std::process::id()))
}

const LOOKUPS: usize = 100_000;
