//! What went wrong: at opening, and what SQLite's errors mean for a caller.

use countersign_store::StoreError;
use rusqlite::ffi;
use std::{error::Error, path::Path};

/// Why a database file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// It cannot be opened, created or migrated.
    #[error("database {path} cannot be opened")]
    Failed {
        /// Which file.
        path: String,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// It holds another program's tables.
    #[error("database {path} is not one of Countersign's")]
    Foreign {
        /// Which file.
        path: String,
    },
    /// A newer version of this program made or migrated it.
    #[error("database {path} has schema version {found}, this program knows up to {known}: run a newer one")]
    Newer {
        /// Which file.
        path: String,
        /// The version of its schema.
        found: u32,
        /// The newest version that this program knows.
        known: u32,
    },
    /// SQLite cannot keep a write-ahead log there, and without one a request would wait for another's write.
    #[error("database {path} cannot have a write-ahead log: put it on a local disk")]
    NoWriteAheadLog {
        /// Which file.
        path: String,
    },
}

impl OpenError {
    pub(crate) fn at(path: &Path, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed { path: path.display().to_string(), source: source.into() }
    }
}

/// What an error of SQLite means: only a broken uniqueness is a conflict, only what cannot be read is corrupt.
pub(crate) fn failed(error: rusqlite::Error) -> StoreError {
    use rusqlite::Error as Sqlite;
    match &error {
        Sqlite::SqliteFailure(cause, _) => match (cause.extended_code, cause.code) {
            (ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_UNIQUE, _) => StoreError::conflict(),
            (_, ffi::ErrorCode::DatabaseCorrupt | ffi::ErrorCode::NotADatabase) => StoreError::corrupt(error),
            _ => StoreError::unavailable(error),
        },
        Sqlite::FromSqlConversionFailure(..)
        | Sqlite::IntegralValueOutOfRange(..)
        | Sqlite::InvalidColumnType(..)
        | Sqlite::Utf8Error(..) => StoreError::corrupt(error),
        _ => StoreError::unavailable(error),
    }
}
