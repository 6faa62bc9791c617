//! The file: created, recognised and migrated, safely while other processes do the same.

use crate::{error::OpenError, options::Options, rows};
use countersign_store::{NonceKey, StoreError};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// A connection that can write to a database of the newest schema, and the key of its nonces.
pub(crate) fn open(path: &Path, options: &Options) -> Result<(Connection, NonceKey), OpenError> {
    let failed = |source| OpenError::at(path, source);
    create_private(path).map_err(|source| OpenError::at(path, source))?;
    let connection = connect(path, options).map_err(failed)?;
    recognise(&connection, path)?;
    write_ahead(&connection, path, options.busy_timeout)?;
    migrate(&connection, path)?;
    let key = nonce_key(&connection).map_err(failed)?;
    Ok((connection, key))
}

/// How many migrations are missing.
pub(crate) fn missing(path: &Path) -> Result<u32, OpenError> {
    let failed = |source| OpenError::at(path, source);
    // Absolute, so that no name means `:memory:` or a URI to SQLite.
    let path = &std::path::absolute(path).map_err(|source| OpenError::at(path, source))?;
    // One that could write, since a last one that cannot leaves its log's files behind.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(Options::default().busy_timeout).map_err(failed)?;
    recognise(&connection, path)?;
    Ok(KNOWN - version(&connection, path)?)
}

/// A connection that can write, with the settings that SQLite does not keep in the file.
pub(crate) fn connect(path: &Path, options: &Options) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(options.busy_timeout)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "synchronous", options.synchronous.as_str())?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // Not in a request's time: see `Checkpointer`.
    connection.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES, |_| Ok(()))?;
    if let Some(bytes) = options.max_bytes {
        let page: u32 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let pages = i64::try_from(bytes / u64::from(page.max(1))).unwrap_or(i64::MAX);
        connection.pragma_update_and_check(None, "max_page_count", pages.max(1), |_| Ok(()))?;
    }
    Ok(connection)
}

/// Makes SQLite open the log and its index now: what is wrong with them must not wait for the first request.
pub(crate) fn touch(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
}

/// Whether the schema is the one that this program knows: another process may have migrated it.
pub(crate) fn check(connection: &Connection) -> Result<(), StoreError> {
    let found = rows::value::<u32>(connection, "PRAGMA user_version", [])?;
    if found == Some(KNOWN) {
        return Ok(());
    }
    Err(StoreError::unavailable(format!(
        "schema version is not {KNOWN}: restart with the version that runs elsewhere"
    )))
}

/// SQLite would create the file for everybody to read; its companions take their mode from it.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Refuses another program's database before anything in it is changed.
fn recognise(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    // One statement, so that no other process fills the file between two.
    let sql = "SELECT application_id, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id";
    let found: (i32, u32) = connection
        .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .map_err(|source| OpenError::at(path, source))?;
    match found {
        (APPLICATION, _) | (0, 0) => Ok(()),
        _ => Err(OpenError::Foreign { path: path.display().to_string() }),
    }
}

/// Switches to write-ahead logging; SQLite does not wait for a lock here, so that this must.
fn write_ahead(connection: &Connection, path: &Path, patience: Duration) -> Result<(), OpenError> {
    let start = Instant::now();
    loop {
        match connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0)) {
            Ok(mode) if mode == "wal" => return Ok(()),
            // Where SQLite cannot, it says so by the mode that it stays in.
            Ok(_) => return Err(OpenError::NoWriteAheadLog { path: path.display().to_string() }),
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && start.elapsed() < patience =>
            {
                thread::sleep(Duration::from_millis(2));
            }
            Err(error) => return Err(OpenError::at(path, error)),
        }
    }
}

/// Runs what is missing in one transaction, which also keeps a second process waiting until there is nothing to do.
fn migrate(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let failed = |source| OpenError::at(path, source);
    connection.execute_batch("BEGIN IMMEDIATE").map_err(failed)?;
    let migrated = run_missing(connection, path);
    let end = if migrated.is_ok() { "COMMIT" } else { "ROLLBACK" };
    let ended = connection.execute_batch(end).map_err(failed);
    migrated.and(ended)
}

fn run_missing(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let failed = |source| OpenError::at(path, source);
    let found = version(connection, path)?;
    for migration in MIGRATIONS.iter().skip(found as usize) {
        connection.execute_batch(migration).map_err(failed)?;
    }
    if found == 0 {
        let mut key = [0; 16];
        #[expect(
            clippy::disallowed_methods,
            reason = "made once in the life of a database, and never shown"
        )]
        getrandom::fill(&mut key).map_err(|source| OpenError::at(path, source))?;
        connection
            .execute("INSERT INTO meta (name, value) VALUES ('nonce_key', ?1)", [key])
            .and_then(|_| connection.pragma_update(None, "application_id", APPLICATION))
            .map_err(failed)?;
    }
    connection.pragma_update(None, "user_version", KNOWN).map_err(failed)
}

/// The version of the schema, refused where it is newer.
fn version(connection: &Connection, path: &Path) -> Result<u32, OpenError> {
    let found = connection.pragma_query_value(None, "user_version", |row| row.get(0));
    match found.map_err(|source| OpenError::at(path, source))? {
        found if found > KNOWN => {
            Err(OpenError::Newer { path: path.display().to_string(), found, known: KNOWN })
        }
        found => Ok(found),
    }
}

fn nonce_key(connection: &Connection) -> rusqlite::Result<NonceKey> {
    let key = "SELECT value FROM meta WHERE name = 'nonce_key'";
    connection.query_row(key, [], |row| row.get(0)).map(NonceKey::new)
}

/// Append-only: a released file is never edited, its place in the list is its version.
pub(crate) const MIGRATIONS: [&str; 5] = [
    include_str!("../migrations/0001_init.sql"),
    include_str!("../migrations/0002_nonce_log.sql"),
    include_str!("../migrations/0003_first_claim.sql"),
    include_str!("../migrations/0004_site.sql"),
    include_str!("../migrations/0005_suspended_by_owner.sql"),
];
#[expect(clippy::cast_possible_truncation, reason = "a short list")]
const KNOWN: u32 = MIGRATIONS.len() as u32;
/// "CSgn": what `file` and other programs know our databases by.
const APPLICATION: i32 = i32::from_be_bytes(*b"CSgn");
/// Prepared statements that a connection keeps: more than there are.
pub(crate) const STATEMENTS: usize = 128;
/// What the write-ahead log is cut down to where it grew beyond, once it starts anew.
const LOG_BYTES: i64 = 64 * 1024 * 1024;
/// The writer's page cache; readers keep SQLite's two megabytes.
const CACHE_KIB: i32 = 32 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_cannot_have_a_write_ahead_log_is_refused() {
        let connection = Connection::open_in_memory().unwrap();
        let error = write_ahead(&connection, Path::new("somewhere.db"), Duration::ZERO).unwrap_err();
        assert!(error.to_string().contains("somewhere.db"), "{error}");
        assert!(matches!(error, OpenError::NoWriteAheadLog { .. }));
    }
}
