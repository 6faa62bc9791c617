//! The schema: created, recognised and migrated, safely while other nodes do the same.

use super::{
    failure::Told,
    lanes::Lanes,
    session::{Dial, Session},
    values::Value,
};
use crate::{bounded::bounded, error::OpenError};
use countersign_store::{NonceKey, StoreError};
use tokio_postgres::{Client, Error};

/// Runs what is missing in one transaction, behind a lock that keeps other nodes waiting until there is nothing to do.
pub(crate) async fn migrate(dial: &Dial) -> Result<u32, OpenError> {
    let session = dial.session().await.map_err(OpenError::failed)?;
    let found = found(dial, &session).await?;
    if found == KNOWN {
        return Ok(0);
    }
    refuse_newer(&dial.schema, found)?;
    migrate_locked(&session.client, &dial.schema).await
}

/// How many migrations are missing.
pub(crate) async fn missing(dial: &Dial) -> Result<u32, OpenError> {
    let session = dial.session().await.map_err(OpenError::failed)?;
    let found = found(dial, &session).await?;
    refuse_newer(&dial.schema, found)?;
    Ok(KNOWN - found)
}

/// Refuses a schema of another version, and reads the key of its nonces.
pub(crate) async fn recognise(dial: &Dial) -> Result<NonceKey, OpenError> {
    let session = dial.session().await.map_err(OpenError::failed)?;
    let found = found(dial, &session).await?;
    refuse_newer(&dial.schema, found)?;
    if found < KNOWN {
        return Err(OpenError::Older { schema: dial.schema.clone(), found, known: KNOWN });
    }
    let key = bounded(dial.connect_timeout, nonce_key(&session.client)).await.map_err(OpenError::failed)?;
    Ok(NonceKey::new(key?))
}

/// Whether the schema is the one that this program knows: another node may have migrated it.
pub(crate) async fn check(lanes: &Lanes) -> Result<(), StoreError> {
    let row = lanes.first(VERSION, &[]).await?;
    match row.map(|row| row.columns().value::<i32>()).transpose()? {
        Some(found) if u32::try_from(found) == Ok(KNOWN) => Ok(()),
        _ => Err(StoreError::unavailable(format!(
            "schema version is not {KNOWN}: restart with the version that runs elsewhere"
        ))),
    }
}

async fn found(dial: &Dial, session: &Session) -> Result<u32, OpenError> {
    let version = bounded(dial.connect_timeout, version(&session.client, &dial.schema));
    version.await.map_err(OpenError::failed)?
}

/// The version of the schema; 0 where there is none.
async fn version(client: &Client, schema: &str) -> Result<u32, OpenError> {
    let row = client.query_one(TABLES, &[&schema]).await.map_err(told)?;
    let (ours, any): (bool, bool) = (row.get(0), row.get(1));
    match (ours, any) {
        (false, false) => Ok(0),
        (false, true) => Err(OpenError::Foreign { schema: schema.to_owned() }),
        (true, _) => {
            let row = client.query_one(VERSION, &[]).await.map_err(told)?;
            u32::try_from(row.get::<_, i32>(0)).map_err(OpenError::failed)
        }
    }
}

fn refuse_newer(schema: &str, found: u32) -> Result<(), OpenError> {
    if found > KNOWN {
        return Err(OpenError::Newer { schema: schema.to_owned(), found, known: KNOWN });
    }
    Ok(())
}

/// Takes as long as it takes. Where it fails, its connection ends, and with that all of it is undone.
async fn migrate_locked(client: &Client, schema: &str) -> Result<u32, OpenError> {
    client.batch_execute("SET statement_timeout = 0; BEGIN").await.map_err(told)?;
    let lock = "SELECT pg_advisory_xact_lock(hashtext('countersign migrate'), hashtext($1))";
    client.execute(lock, &[&schema]).await.map_err(told)?;
    let found = version(client, schema).await?;
    refuse_newer(schema, found)?;
    if found == 0 {
        create(client, schema).await.map_err(told)?;
    }
    for (version, migration) in (1..).zip(MIGRATIONS).skip(found as usize) {
        client.batch_execute(migration).await.map_err(told)?;
        let note = "INSERT INTO schema_version (version) VALUES ($1)";
        client.execute(note, &[&version]).await.map_err(told)?;
    }
    make_nonce_key(client).await?;
    client.batch_execute("COMMIT").await.map_err(told)?;
    Ok(KNOWN - found)
}

/// Whoever may not create schemas may have been given an empty one.
async fn create(client: &Client, schema: &str) -> Result<(), Error> {
    let there = "SELECT 1 FROM pg_namespace WHERE nspname = $1";
    if client.query_opt(there, &[&schema]).await?.is_none() {
        client.batch_execute(&format!("CREATE SCHEMA \"{schema}\"")).await?;
    }
    let versions =
        "CREATE TABLE schema_version (version int PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now())";
    client.batch_execute(versions).await
}

/// The key that all nodes share: made once, and never another.
async fn make_nonce_key(client: &Client) -> Result<(), OpenError> {
    let mut key = [0; 16];
    #[expect(clippy::disallowed_methods, reason = "made once in the life of a database, and never shown")]
    getrandom::fill(&mut key).map_err(OpenError::failed)?;
    let make = "INSERT INTO nonce_key (key) VALUES ($1) ON CONFLICT DO NOTHING";
    client.execute(make, &[&Value::from(&key[..])]).await.map(drop).map_err(told)
}

async fn nonce_key(client: &Client) -> Result<[u8; 16], OpenError> {
    let row = client.query_one("SELECT key FROM nonce_key", &[]).await.map_err(told)?;
    row.get::<_, &[u8]>(0).try_into().map_err(OpenError::failed)
}

fn told(error: Error) -> OpenError {
    OpenError::failed(Told::boxed(error))
}

const TABLES: &str = "SELECT coalesce(bool_or(c.relname = 'schema_version'), false), count(*) > 0
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1";

const VERSION: &str = "SELECT coalesce(max(version), 0) FROM schema_version";

/// Append-only: a released file is never edited, its place in the list is its version.
const MIGRATIONS: [&str; 6] = [
    include_str!("../../migrations/postgres/0001_init.sql"),
    include_str!("../../migrations/postgres/0002_server.sql"),
    include_str!("../../migrations/postgres/0003_changes.sql"),
    include_str!("../../migrations/postgres/0004_first_claim.sql"),
    include_str!("../../migrations/postgres/0005_site.sql"),
    include_str!("../../migrations/postgres/0006_suspended_by_owner.sql"),
];
#[expect(clippy::cast_possible_truncation, reason = "a short list")]
const KNOWN: u32 = MIGRATIONS.len() as u32;
