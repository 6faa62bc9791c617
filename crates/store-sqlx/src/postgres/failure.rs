//! What PostgreSQL's errors mean for a caller.

use countersign_store::StoreError;
use std::fmt;
use tokio_postgres::{Error, error::DbError, error::SqlState};

/// Only a broken uniqueness is a conflict; what the schema refuses to hold is corrupt; whatever else is unavailable, and so
/// never read as an answer.
pub(crate) fn failed(error: Error) -> StoreError {
    let Some(told) = error.as_db_error() else {
        return StoreError::unavailable(error);
    };
    match told.code() {
        &SqlState::UNIQUE_VIOLATION => StoreError::conflict(),
        code if *code == SqlState::CHECK_VIOLATION || code.code().starts_with("22") => {
            StoreError::corrupt(Told::new(told))
        }
        _ => StoreError::unavailable(Told::new(told)),
    }
}

/// Whether another connection might do better: this one reached a server that became a standby, or lost what it had prepared.
pub(crate) fn is_of_the_connection(error: &Error) -> bool {
    let codes = [
        SqlState::READ_ONLY_SQL_TRANSACTION,
        SqlState::INVALID_SQL_STATEMENT_NAME,
        SqlState::FEATURE_NOT_SUPPORTED, // "cached plan must not change result type"
    ];
    error.code().is_some_and(|code| codes.contains(code))
}

/// Whether another try may do better: nobody listens yet, the server starts or ends, or it has no room. A wrong password or name
/// stays wrong.
pub(crate) fn may_pass(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    use std::io::{
        self,
        ErrorKind::{InvalidData, InvalidInput, PermissionDenied},
    };
    if let Some(told) = error.downcast_ref::<Told>() {
        let class = told.code.get(..2).unwrap_or_default();
        return ["08", "53", "57"].contains(&class);
    }
    let Some(failed) = error.downcast_ref::<Error>() else { return false };
    let cause = std::error::Error::source(failed).and_then(|cause| cause.downcast_ref::<io::Error>());
    failed.is_closed()
        || cause.is_some_and(|cause| ![InvalidData, InvalidInput, PermissionDenied].contains(&cause.kind()))
}

/// An error of the server without its details: they may quote the row.
#[derive(Debug)]
pub(crate) struct Told {
    code: String,
    message: String,
}

impl Told {
    fn new(error: &DbError) -> Self {
        Self { code: error.code().code().to_owned(), message: error.message().to_owned() }
    }

    /// The same for an error of any kind, boxed.
    pub(crate) fn boxed(error: Error) -> Box<dyn std::error::Error + Send + Sync> {
        match error.as_db_error() {
            Some(told) => Self::new(told).into(),
            None => error.into(),
        }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (SQLSTATE {})", self.message, self.code)
    }
}

impl std::error::Error for Told {}
