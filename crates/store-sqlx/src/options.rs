//! How to open a store: few knobs, each with a default that most keep.

use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

/// How a store is opened; [`default`](Self::default) suits most.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    pub(crate) connections: NonZeroUsize,
    pub(crate) connect_timeout: Duration,
    pub(crate) statement_timeout: Duration,
    pub(crate) schema: String,
    pub(crate) root_certificates: Option<PathBuf>,
}

impl Options {
    /// Eight by default: how many connections a node holds at most. In PostgreSQL statements of many tasks share each of them; in
    /// MySQL each serves one at a time, and more may be worth having.
    #[must_use]
    pub fn connections(self, connections: NonZeroUsize) -> Self {
        Self { connections, ..self }
    }

    /// Two seconds by default: how long a connection may take to be made.
    #[must_use]
    pub fn connect_timeout(self, connect_timeout: Duration) -> Self {
        Self { connect_timeout, ..self }
    }

    /// Two seconds by default, thirty at most: how long a statement may run. The server ends it then; what is not answered half a
    /// second later is given up.
    #[must_use]
    pub fn statement_timeout(self, statement_timeout: Duration) -> Self {
        let statement_timeout = statement_timeout.clamp(Duration::from_millis(1), LONGEST_STATEMENT);
        Self { statement_timeout, ..self }
    }

    /// `countersign` by default: the schema that holds the tables, and nothing else. A lower-case word of at most 63 letters,
    /// digits and underscores. In MySQL, where a schema is a database, the one that the URL names is taken before this one.
    #[must_use]
    pub fn schema(self, schema: impl Into<String>) -> Self {
        Self { schema: schema.into(), ..self }
    }

    /// The system's by default: a PEM file with the certificates that vouch for the server's, for TLS.
    #[must_use]
    pub fn root_certificates(self, pem: impl Into<PathBuf>) -> Self {
        Self { root_certificates: Some(pem.into()), ..self }
    }

    /// How long a change may take until it is given up: to get a connection, and to run.
    #[must_use]
    pub fn longest_change(&self) -> Duration {
        self.connect_timeout + self.statement_timeout
    }

    /// Whether the schema's name is such a word; a store with another is refused.
    #[must_use]
    pub fn names_a_schema(&self) -> bool {
        let mut bytes = self.schema.bytes();
        bytes.next().is_some_and(|first| first == b'_' || first.is_ascii_lowercase())
            && bytes.all(|byte| byte == b'_' || byte.is_ascii_lowercase() || byte.is_ascii_digit())
            && self.schema.len() <= 63
            && !self.schema.starts_with("pg_")
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connections: NonZeroUsize::new(8).unwrap_or(NonZeroUsize::MIN),
            connect_timeout: Duration::from_secs(2),
            statement_timeout: Duration::from_secs(2),
            schema: "countersign".to_owned(),
            root_certificates: None,
        }
    }
}

/// Half of what a nonce is refused for before it is forgotten: see the migration's `nonce_horizon`.
pub(crate) const LONGEST_STATEMENT: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_a_plain_word() {
        let named = |name: &str| Options::default().schema(name).names_a_schema();
        assert!(named("countersign") && named("_a1") && named(&"a".repeat(63)));
        for wrong in ["", "1a", "A", "a-b", "a\"b", "pg_catalog", "é", &"a".repeat(64)] {
            assert!(!named(wrong), "{wrong}");
        }
    }
}
