//! What the server's errors mean for a caller.

use super::session::DialError;
use crate::bounded::Late;
use countersign_store::{StoreError, StoreErrorKind};
use mysql_async::{DriverError, Error, IoError, ServerError};
use std::{
    fmt,
    io::ErrorKind::{InvalidData, InvalidInput, PermissionDenied},
};

/// Only a broken uniqueness is a conflict; what the schema refuses to hold is corrupt; whatever else is unavailable, and so
/// never read as an answer.
pub(crate) fn kind(error: &Error) -> StoreErrorKind {
    match error {
        Error::Server(told) if told.code == DUPLICATE => StoreErrorKind::Conflict,
        Error::Server(told) if is_refused(told) => StoreErrorKind::Corrupt,
        _ => StoreErrorKind::Unavailable,
    }
}

pub(crate) fn failed(error: Error) -> StoreError {
    match kind(&error) {
        StoreErrorKind::Conflict => StoreError::conflict(),
        StoreErrorKind::Corrupt => StoreError::corrupt(Told::from(error)),
        _ => StoreError::unavailable(Told::from(error)),
    }
}

/// Whether the server undid the whole transaction to let another one pass: then it may be tried again at once.
pub(crate) fn is_a_deadlock(error: &Error) -> bool {
    matches!(error, Error::Server(told) if told.code == DEADLOCK)
}

/// Whether a change of the schema has been made before: what it adds has a name, and that is taken.
pub(crate) fn is_there_already(error: &Error) -> bool {
    matches!(error, Error::Server(told) if THERE_ALREADY.contains(&told.code))
}

/// Whether another connection might do better: this one is broken, reached a server that became a replica, or lost what it had
/// prepared.
pub(crate) fn is_of_the_connection(error: &Error) -> bool {
    match error {
        Error::Server(told) => OF_THE_CONNECTION.contains(&told.code),
        _ => true,
    }
}

/// Whether the database that was asked for does not exist.
pub(crate) fn is_an_unknown_database(error: &Error) -> bool {
    matches!(error, Error::Server(told) if told.code == UNKNOWN_DATABASE)
}

/// A value that does not fit its column, or that a `CHECK` refuses.
fn is_refused(told: &ServerError) -> bool {
    told.state.starts_with("22") || [NOT_NULL, CHECK_OF_MARIADB, CHECK_OF_MYSQL].contains(&told.code)
}

/// Whether another try may do better: nobody listens yet, the server starts or ends, or it has no room. A wrong password or name
/// stays wrong.
pub(crate) fn may_pass(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    let error = match error.downcast_ref::<DialError>() {
        Some(DialError::Other(cause)) => &**cause,
        _ => error,
    };
    error.is::<Late>() || error.downcast_ref::<Told>().is_some_and(|told| told.passes)
}

fn passes(error: &Error) -> bool {
    match error {
        Error::Io(IoError::Io(cause)) => {
            ![InvalidData, InvalidInput, PermissionDenied].contains(&cause.kind())
        }
        Error::Driver(DriverError::ConnectionClosed) => true,
        Error::Server(told) => PASSING.contains(&told.code),
        _ => false,
    }
}

/// An error without what it may quote: the server quotes values, the driver whole packets.
#[derive(Debug)]
pub(crate) struct Told {
    text: String,
    passes: bool,
}

impl From<Error> for Told {
    fn from(error: Error) -> Self {
        let passes = passes(&error);
        let text = match error {
            Error::Server(told) if is_refused(&told) || told.code == DUPLICATE => {
                format!("a table refuses a value (error {}, SQLSTATE {})", told.code, told.state)
            }
            Error::Server(told) => {
                format!("{} (error {}, SQLSTATE {})", told.message, told.code, told.state)
            }
            other => other.to_string(),
        };
        Self { text, passes }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Told {}

/// The connection ended while a `COMMIT` was under way: it happened, or it did not.
#[derive(Debug, thiserror::Error)]
#[error("whether the transaction was committed is not known: {0}")]
struct Unclear(Told);

/// Whatever a `COMMIT` is answered with, if it is not success, nobody knows what it did.
pub(crate) fn unclear(error: Error) -> Error {
    Error::Other(Box::new(Unclear(Told::from(error))))
}

const DUPLICATE: u16 = 1062;
/// A column, a key, a condition of that name; in MySQL, a condition that is gone by now.
const THERE_ALREADY: [u16; 4] = [1060, 1061, 3822, 3821];
const DEADLOCK: u16 = 1213;
const UNKNOWN_DATABASE: u16 = 1049;
const NOT_NULL: u16 = 1048;
const CHECK_OF_MARIADB: u16 = 4025;
const CHECK_OF_MYSQL: u16 = 3819;

const OF_THE_CONNECTION: [u16; 9] = [
    1053, // the server shuts down
    1243, // no such prepared statement
    1290, // --read-only
    1615, // a statement must be prepared again
    1792, // a read-only transaction
    1836, // read-only mode
    1927, // this connection was killed
    3169, // the same, in MySQL
    4031, // it was idle for too long, in MySQL
];

const PASSING: [u16; 5] = [
    1040, // too many connections
    1053, // the server shuts down
    1203, // too many of this user
    1205, // a lock was waited for in vain
    1927, // this connection was killed
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_means_what_its_number_says_and_quotes_no_value() {
        let error = |code, state: &str| {
            let (message, state) = ("Duplicate entry 'kd94hf93' for key".to_owned(), state.to_owned());
            Error::Server(ServerError { code, message, state })
        };
        for (code, state, kind) in [
            (1062, "23000", StoreErrorKind::Conflict),
            (1406, "22001", StoreErrorKind::Corrupt),
            (4025, "23000", StoreErrorKind::Corrupt),
            (3819, "HY000", StoreErrorKind::Corrupt),
            (1205, "HY000", StoreErrorKind::Unavailable),
            (1213, "40001", StoreErrorKind::Unavailable),
        ] {
            let failed = super::failed(error(code, state));
            assert_eq!(failed.kind(), kind, "{code}");
            assert!(kind == StoreErrorKind::Unavailable || !format!("{failed:?}").contains("kd94"), "{code}");
        }
        assert!(is_a_deadlock(&error(1213, "40001")) && !is_a_deadlock(&unclear(error(1213, "40001"))));
    }
}
