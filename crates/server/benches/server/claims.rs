//! Claims of nonces in a store that holds none, and in one that holds millions that are live.

use crate::{
    Effort,
    figure::{Bound, Figure, median},
    fixture, opened, postgres,
};
use countersign_core::{ClientId, Nonce, Timestamp};
use countersign_store::{Freshness, MemoryNonces, NonceStore, NonceUse};
use countersign_store_sqlite::{Options, SqliteStore};
use countersign_store_sqlx::PostgresStore;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};
use tempfile::TempDir;

pub(crate) fn flat(effort: Effort) -> Vec<Figure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let memory = Claims::on(MemoryNonces::default());
        let memory = memory.measured(effort, memory.claim(effort.live_nonces)).await;
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let file = SqliteStore::open(folder.path().join("countersign.db"), Options::default()).unwrap();
        let sqlite = Claims::on(file);
        let sqlite = sqlite.measured(effort, sqlite.claim(effort.live_nonces)).await;
        let server = postgres::Server::start(&["fsync = off", "shared_buffers = 2GB", "max_wal_size = 8GB"]);
        let schema = "nonces_of_many";
        let store = PostgresStore::open(&server.server_url(), opened::new().schema(schema)).await.unwrap();
        let claims = Claims::on(store);
        let postgres = claims.measured(effort, fill(server.url(), schema, effort.live_nonces)).await;
        [("memory", memory), ("SQLite", sqlite), ("PostgreSQL", postgres)]
            .map(|(store, pair)| {
                let what = format!("a claim in {store}, {} live against none", effort.live_nonces);
                Figure::of_rounds(what, "µs", &[pair], Bound::at_most(1.3, 1.3))
            })
            .into()
    })
}

/// Claims of one client, none of which is refused.
struct Claims<S> {
    store: Arc<S>,
    next: Arc<AtomicU64>,
}

impl<S: NonceStore + 'static> Claims<S> {
    fn on(store: S) -> Self {
        Self { store: store.into(), next: Arc::default() }
    }

    /// The median of some batches after `fill`, and before it.
    async fn measured(&self, effort: Effort, fill: impl Future<Output = f64>) -> (f64, f64) {
        self.claim(effort.batch as u64).await;
        let before = self.batches(effort).await;
        fill.await;
        self.claim(effort.batch as u64).await;
        (self.batches(effort).await, before)
    }

    async fn batches(&self, effort: Effort) -> f64 {
        let mut took = Vec::new();
        for _ in 0..effort.rounds {
            took.push(self.claim(effort.batch as u64 * 5).await);
        }
        median(took)
    }

    /// Microseconds for each.
    async fn claim(&self, claims: u64) -> f64 {
        let (began, end) = (Instant::now(), self.next.load(Ordering::Relaxed) + claims);
        let tasks: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                let (store, next) = (Arc::clone(&self.store), Arc::clone(&self.next));
                tokio::spawn(async move {
                    let client = ClientId::new(fixture::CLIENT).unwrap();
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= end {
                            return;
                        }
                        claim(&*store, &client, number).await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        self.next.store(end, Ordering::Relaxed);
        began.elapsed().as_secs_f64() * 1e6 / claims as f64
    }
}

/// At a rate at which a window is filled by millions: those of one moment are neighbours.
async fn claim(store: &impl NonceStore, client: &ClientId, number: u64) {
    let text = format!("{number:016x}");
    let timestamp = Timestamp::from_seconds(START + number / A_SECOND);
    let token = Some("nnch734d00sl2jdk00000000");
    let used = NonceUse { client, token, timestamp, nonce: Nonce::new(&text).unwrap() };
    let freshness = store.remember(&used, Timestamp::from_seconds(START + LIFE), timestamp).await.unwrap();
    assert_eq!(freshness, Freshness::Fresh);
}

/// What claims would have left in PostgreSQL, in less time.
async fn fill(url: String, schema: &str, live: u64) -> f64 {
    let (raw, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    let rows = format!(
        "INSERT INTO {schema}.nonces (stamp, digest, until)
         SELECT {START} + i / {A_SECOND}, decode(md5(i::text), 'hex'), {START} + {LIFE} FROM generate_series(0, {live} - 1) i;
         ANALYZE {schema}.nonces"
    );
    raw.batch_execute(&rows).await.unwrap();
    drop(raw);
    connection.await.unwrap().unwrap();
    0.0
}

const START: u64 = 1_800_000_000;
const A_SECOND: u64 = 14_000;
/// None expires while it is measured.
const LIFE: u64 = 100_000;
const AT_ONCE: usize = 64;
