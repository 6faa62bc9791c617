//! The schema: created, recognised and migrated, safely while other nodes do the same.
//!
//! DDL commits by itself, so a migration can end between two of its statements. Its version is noted last, and each statement may
//! run twice: the next run starts it again.

use super::{
    failure::{Told, is_there_already},
    pool::{Pool, positional},
    rows::Columns,
    session::{Dial, DialError},
};
use crate::{bounded::bounded, error::OpenError};
use countersign_store::{NonceKey, StoreError};
use mysql_async::{Conn, Error, Row, Value, prelude::Queryable as _};
use std::time::Duration;

/// Runs what is missing, behind a lock that keeps other nodes waiting until there is nothing to do.
pub(crate) async fn migrate(dial: &Dial) -> Result<u32, OpenError> {
    let mut connection = dial.connection_outside().await.map_err(OpenError::failed)?;
    let found = answered(dial, version(&mut connection, &dial.database)).await?;
    if found == KNOWN {
        return Ok(0);
    }
    refuse_newer(&dial.database, found)?;
    lock(dial, &mut connection).await?;
    migrate_locked(&mut connection, &dial.database).await
}

/// How many migrations are missing.
pub(crate) async fn missing(dial: &Dial) -> Result<u32, OpenError> {
    let mut connection = dial.connection_outside().await.map_err(OpenError::failed)?;
    let found = answered(dial, version(&mut connection, &dial.database)).await?;
    refuse_newer(&dial.database, found)?;
    Ok(KNOWN - found)
}

/// Refuses a database of another version, and reads the key of its nonces.
pub(crate) async fn recognise(dial: &Dial) -> Result<NonceKey, OpenError> {
    let older = |found| OpenError::Older { schema: dial.database.clone(), found, known: KNOWN };
    let mut connection = match dial.connection().await {
        Err(DialError::NoDatabase) => return Err(older(0)),
        made => made.map_err(OpenError::failed)?,
    };
    let found = answered(dial, version(&mut connection, &dial.database)).await?;
    refuse_newer(&dial.database, found)?;
    if found < KNOWN {
        return Err(older(found));
    }
    answered(dial, nonce_key(&mut connection)).await
}

/// Whether the schema is the one that this program knows: another node may have migrated it.
pub(crate) async fn check(pool: &std::sync::Arc<Pool>) -> Result<(), StoreError> {
    let row = pool.first(VERSION, Vec::new()).await?;
    match row.map(|row| Columns::of(&row).number()).transpose()? {
        Some(found) if u32::try_from(found) == Ok(KNOWN) => Ok(()),
        _ => Err(StoreError::unavailable(format!(
            "schema version is not {KNOWN}: restart with the version that runs elsewhere"
        ))),
    }
}

/// The version of the database; 0 where there is none, and where its first migration has not ended.
async fn version(connection: &mut Conn, database: &str) -> Result<u32, OpenError> {
    let found = connection.exec_first(TABLES, (database,)).await.map_err(told)?;
    let row: Row = found.ok_or_else(|| OpenError::failed("the server does not tell its tables"))?;
    let mut columns = Columns::of(&row);
    let mut number = || columns.number().map_err(OpenError::failed);
    match (number()?, number()?) {
        (0, 0) => Ok(0),
        (0, _) => Err(OpenError::Foreign { schema: database.to_owned() }),
        _ => {
            use_database(connection, database).await?;
            let row: Option<Row> = connection.exec_first(VERSION, ()).await.map_err(told)?;
            let row = row.ok_or_else(|| OpenError::failed("the database has no version"))?;
            let found = Columns::of(&row).number().map_err(OpenError::failed)?;
            u32::try_from(found).map_err(OpenError::failed)
        }
    }
}

fn refuse_newer(schema: &str, found: u32) -> Result<(), OpenError> {
    if found > KNOWN {
        return Err(OpenError::Newer { schema: schema.to_owned(), found, known: KNOWN });
    }
    Ok(())
}

/// Waits for its turn, as long as the server answers. The lock ends with the connection.
async fn lock(dial: &Dial, connection: &mut Conn) -> Result<(), OpenError> {
    loop {
        let asked = connection.exec_first::<Row, _, _>(LOCK, (&dial.database,));
        let row = bounded(dial.connect_timeout + TURN, asked).await.map_err(OpenError::failed)?;
        let got = row.map_err(told)?.map(|row| Columns::of(&row).optional_number()).transpose();
        match got.map_err(OpenError::failed)?.flatten() {
            Some(0) => {}
            Some(_) => return Ok(()),
            None => return Err(OpenError::failed("the server gives no lock to migrate under")),
        }
    }
}

/// Takes as long as it takes.
async fn migrate_locked(connection: &mut Conn, database: &str) -> Result<u32, OpenError> {
    let found = version(connection, database).await?;
    refuse_newer(database, found)?;
    if found == KNOWN {
        return Ok(0);
    }
    create(connection, database).await?;
    for (version, migration) in (1_u32..).zip(MIGRATIONS).skip(found as usize) {
        for statement in statements(migration) {
            match connection.query_drop(statement).await {
                Err(error) if is_there_already(&error) => {}
                made => made.map_err(told)?,
            }
        }
        make_nonce_key(connection).await?;
        connection.exec_drop(NOTE, (version,)).await.map_err(told)?;
    }
    Ok(KNOWN - found)
}

/// Whoever may not create databases may have been given an empty one. The table of versions comes first: by it, what an interrupted
/// run leaves behind is known as ours.
async fn create(connection: &mut Conn, database: &str) -> Result<(), OpenError> {
    let there: Option<Row> = connection.exec_first(DATABASE, (database,)).await.map_err(told)?;
    if there.is_none() {
        connection.query_drop(format!("CREATE DATABASE IF NOT EXISTS `{database}`")).await.map_err(told)?;
    }
    use_database(connection, database).await?;
    connection.query_drop(PATIENT).await.map_err(told)?;
    connection.query_drop(VERSIONS).await.map_err(told)
}

async fn use_database(connection: &mut Conn, database: &str) -> Result<(), OpenError> {
    connection.query_drop(format!("USE `{database}`")).await.map_err(told)
}

/// The statements of a migration: each ends its line with a semicolon.
fn statements(migration: &str) -> impl Iterator<Item = &str> {
    migration.split(";\n").map(str::trim).filter(|statement| !statement.is_empty())
}

/// The key that all nodes share: made once, and never another.
async fn make_nonce_key(connection: &mut Conn) -> Result<(), OpenError> {
    let mut key = [0; 16];
    #[expect(clippy::disallowed_methods, reason = "made once in the life of a database, and never shown")]
    getrandom::fill(&mut key).map_err(OpenError::failed)?;
    let key = positional(vec![Value::Bytes(key.to_vec())]);
    connection.exec_drop(MAKE_KEY, key).await.map_err(told)
}

async fn nonce_key(connection: &mut Conn) -> Result<NonceKey, OpenError> {
    let row: Option<Row> = connection.exec_first("SELECT bytes FROM nonce_key", ()).await.map_err(told)?;
    let row = row.ok_or_else(|| OpenError::failed("the database has lost the key of its nonces"))?;
    let key = Columns::of(&row).bytes().map_err(OpenError::failed)?;
    Ok(NonceKey::new(key.try_into().map_err(OpenError::failed)?))
}

async fn answered<T>(
    dial: &Dial,
    answer: impl Future<Output = Result<T, OpenError>>,
) -> Result<T, OpenError> {
    bounded(dial.connect_timeout, answer).await.map_err(OpenError::failed)?
}

fn told(error: Error) -> OpenError {
    OpenError::failed(Told::from(error))
}

const TABLES: &str = "SELECT COALESCE(MAX(TABLE_NAME = 'countersign_version'), 0), COUNT(*)
    FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?";
const DATABASE: &str = "SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?";
const VERSION: &str = "SELECT COALESCE(MAX(version), 0) FROM countersign_version";
/// MySQL limits the time of a `SELECT` alone, and takes the rest for a comment.
const PATIENT: &str = "SET SESSION lock_wait_timeout = 60 /*M!100600 , SESSION max_statement_time = 0 */";
const VERSIONS: &str = "CREATE TABLE IF NOT EXISTS countersign_version (
    version INT NOT NULL PRIMARY KEY, applied TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP) ENGINE = InnoDB";
const NOTE: &str = "INSERT INTO countersign_version (version) VALUES (?)";
const MAKE_KEY: &str = "INSERT INTO nonce_key (one, bytes)
    SELECT 1, ? FROM (SELECT 1) q WHERE NOT EXISTS (SELECT 1 FROM nonce_key)";

/// A name of at most 64 letters, one for each database.
const LOCK: &str = "SELECT GET_LOCK(CONCAT('countersign migrate ', MD5(?)), 1)";
/// What the server waits for it before it says "not yet".
const TURN: Duration = Duration::from_secs(2);

/// Append-only: a released file is never edited, its place in the list is its version.
const MIGRATIONS: [&str; 4] = [
    include_str!("../../migrations/mysql/0001_init.sql"),
    include_str!("../../migrations/mysql/0002_first_claim.sql"),
    include_str!("../../migrations/mysql/0003_site.sql"),
    include_str!("../../migrations/mysql/0004_suspended_by_owner.sql"),
];
#[expect(clippy::cast_possible_truncation, reason = "a short list")]
const KNOWN: u32 = MIGRATIONS.len() as u32;

#[cfg(test)]
mod tests {
    use super::*;

    /// A killed migration is run again from its start.
    #[test]
    fn each_statement_of_a_migration_may_run_twice() {
        for statement in MIGRATIONS.iter().flat_map(|migration| statements(migration)) {
            let code: Vec<_> = statement.lines().filter(|line| !line.starts_with("--")).collect();
            let code = code.join(" ");
            let harmless = code.trim().starts_with("CREATE TABLE IF NOT EXISTS ")
                || code.trim().starts_with("INSERT INTO ") && code.contains(" WHERE NOT EXISTS ")
                || code.trim().starts_with("UPDATE ") && code.contains(" WHERE ")
                // Made whole, or not at all; the second time a name is there.
                || code.trim().starts_with("ALTER TABLE ") && code.contains(" ADD ");
            assert!(harmless, "{code}");
        }
    }
}
