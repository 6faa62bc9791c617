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
        let source = match source.into().downcast::<rusqlite::Error>() {
            Ok(sqlite) => told(&sqlite).into(),
            Err(other) => other,
        };
        Self::Failed { path: path.display().to_string(), source }
    }
}

/// SQLite's words once (its error and that error's source say the same), and what to do where that is known.
fn told(error: &rusqlite::Error) -> String {
    use ffi::ErrorCode::{CannotOpen, DatabaseBusy, DatabaseLocked, ReadOnly};
    let remedy = match error.sqlite_error_code() {
        Some(ReadOnly | CannotOpen) => ": this user must be allowed to write the file and its folder",
        Some(DatabaseBusy | DatabaseLocked) => ": another process holds it; try again when that one is done",
        _ => "",
    };
    // Of a statement that cannot run it would quote all the others of its batch.
    let words = match error {
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    };
    words + remedy
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlites_words_are_told_once_and_with_a_remedy() {
        let said = "attempt to write a readonly database";
        let error =
            rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_READONLY), Some(said.to_owned()));
        let OpenError::Failed { source, .. } = OpenError::at(Path::new("x.db"), error) else {
            panic!("a failure")
        };
        let text = source.to_string();
        assert!(source.source().is_none() && text.matches("readonly").count() == 1, "{text}");
        assert!(text.contains("must be allowed to write"), "{text}");
    }
}
