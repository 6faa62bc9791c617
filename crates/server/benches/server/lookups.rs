//! Token lookups among few and among many, every page in memory and no lookup cached; and how soon a server is ready on many.

use crate::{
    Effort, binary,
    figure::{Bound, Figure, median},
    fixture, opened, postgres,
};
use countersign_core::{ClientId, TokenId};
use countersign_store::TokenStore;
use countersign_store_sqlite::{Options, SqliteStore};
use countersign_store_sqlx::PostgresStore;
use rusqlite::Connection;
use std::{path::Path, time::Instant};

pub(crate) fn tokens(effort: Effort) -> Vec<Figure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut figures = runtime.block_on(sqlite(effort));
    figures.extend(runtime.block_on(postgres(effort)));
    figures
}

async fn sqlite(effort: Effort) -> Vec<Figure> {
    let [few, many] = [effort.few_tokens, effort.many_tokens].map(|tokens| {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let path = folder.path().join("countersign.db");
        drop(SqliteStore::open(&path, Options::default()).unwrap());
        fill_file(&path, tokens);
        (folder, tokens)
    });
    let open = |folder: &Path| SqliteStore::open(folder.join("countersign.db"), Options::default()).unwrap();
    let rounds = {
        let stores = (open(few.0.path()), open(many.0.path()));
        rounds(effort, (&stores.0, few.1), (&stores.1, many.1)).await
    };
    let ready = median((0..effort.starts.min(5)).map(|_| binary::ready_in(many.0.path())).collect());
    vec![
        Figure::of_rounds(
            format!("a lookup in SQLite, {} tokens against {}", many.1, few.1),
            "µs",
            &rounds,
            Bound::at_most(2.0, 2.0),
        ),
        Figure::plain("  exec to ready on those", "ms", ready, Bound::at_most(2000.0, 2000.0)),
    ]
}

async fn postgres(effort: Effort) -> Vec<Figure> {
    let server = postgres::Server::start(&[
        "fsync = off",
        "shared_buffers = 4GB",
        "max_wal_size = 8GB",
        "maintenance_work_mem = 512MB",
    ]);
    let url = server.server_url();
    let mut stores = Vec::new();
    for tokens in [effort.few_tokens, effort.many_tokens] {
        let schema = format!("of_{tokens}");
        let store = PostgresStore::open(&url, opened::new().schema(&schema)).await.unwrap();
        fill_schema(&server.url(), &schema, tokens).await;
        stores.push((store, tokens));
    }
    let [few, many] = &*stores else { unreachable!("two were made") };
    let rounds = rounds(effort, (&few.0, few.1), (&many.0, many.1)).await;
    let what = format!("a lookup in PostgreSQL, {} tokens against {}", many.1, few.1);
    vec![Figure::of_rounds(what, "µs", &rounds, Bound::at_most(1.5, 1.5))]
}

/// Medians of many and of few, in turns.
async fn rounds<S: TokenStore>(effort: Effort, few: (&S, u64), many: (&S, u64)) -> Vec<(f64, f64)> {
    let mut rounds = Vec::new();
    let mut random = 1;
    for round in 0..=effort.rounds.min(7) {
        // Warm, first of all: pages that were never read are not what is measured.
        let lookups = if round == 0 { effort.lookups * 10 } else { effort.lookups };
        let of_many = lookup(many, lookups, &mut random).await;
        let of_few = lookup(few, lookups, &mut random).await;
        if round > 0 {
            rounds.push((of_many, of_few));
        }
    }
    rounds
}

async fn lookup<S: TokenStore>((store, tokens): (&S, u64), lookups: usize, random: &mut u64) -> f64 {
    let client = ClientId::new(fixture::CLIENT).unwrap();
    let mut took = Vec::with_capacity(lookups);
    for _ in 0..lookups {
        *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let id = TokenId::new(&format!("nnch734d00sl2jdk{:08}", (*random >> 32) % tokens)).unwrap();
        let began = Instant::now();
        let loaded = store.load(&client, Some(&id)).await.unwrap();
        took.push(began.elapsed().as_secs_f64() * 1e6);
        assert!(loaded.token().is_some(), "{id:?}");
    }
    median(took)
}

/// As many rows as fast as SQLite can: this file may break without harm.
fn fill_file(path: &Path, tokens: u64) {
    let raw = Connection::open(path).unwrap();
    raw.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -2000000")
        .unwrap();
    let indexes: Vec<(String, String)> = raw
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'tokens' AND sql IS NOT NULL")
        .and_then(|mut all| all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
        .unwrap();
    for (name, _) in &indexes {
        raw.execute_batch(&format!("DROP INDEX {name}")).unwrap();
    }
    let rows = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 - 1)
        INSERT INTO tokens (id, secret, client, owner, scopes, issued)
        SELECT printf('nnch734d00sl2jdk%08d', i), ?2, ?3, 'owner-' || (i % 100000), '[\"photos\"]', 1800000000 FROM n";
    raw.execute(rows, (i64::try_from(tokens).unwrap(), SEALED, fixture::CLIENT)).unwrap();
    for (_, sql) in &indexes {
        raw.execute_batch(sql).unwrap();
    }
    raw.execute_batch("PRAGMA journal_mode = WAL").unwrap();
}

async fn fill_schema(url: &str, schema: &str, tokens: u64) {
    let (raw, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    raw.batch_execute(&format!("SET search_path = {schema}")).await.unwrap();
    let indexes = raw
        .query("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = $1 AND tablename = 'tokens' AND indexdef NOT LIKE '%UNIQUE%'", &[&schema])
        .await
        .unwrap();
    for index in &indexes {
        raw.batch_execute(&format!("DROP INDEX {}", index.get::<_, &str>(0))).await.unwrap();
    }
    let rows = format!(
        "INSERT INTO tokens (id, secret, client, owner, scopes, issued)
         SELECT 'nnch734d00sl2jdk' || lpad(i::text, 8, '0'), '{SEALED}', '{}', 'owner-' || (i % 100000), '{{photos}}', 1800000000
         FROM generate_series(0, {tokens} - 1) i",
        fixture::CLIENT
    );
    raw.batch_execute(&rows).await.unwrap();
    for index in &indexes {
        raw.batch_execute(index.get::<_, &str>(1)).await.unwrap();
    }
    raw.batch_execute("VACUUM (ANALYZE) tokens").await.unwrap();
    raw.batch_execute("SELECT sum(octet_length(secret)) FROM tokens").await.unwrap();
    drop(raw);
    connection.await.unwrap().unwrap();
}

/// As long as a sealed secret is, and like none: it is only looked up, and no ring is asked to open it.
const SEALED: &str = "not sealed, but as long as what is: ----------------------------------------------------------------------------------";
