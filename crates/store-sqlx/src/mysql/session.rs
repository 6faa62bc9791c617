//! One connection: how it is made, and what its statements rely on.

use super::{address::Address, failure::Told};
use crate::{bounded::bounded, error::OpenError, options::Options};
use mysql_async::{Conn, Opts, Row, prelude::Queryable as _};
use std::time::Duration;

/// How connections are made.
pub(crate) struct Dial {
    server: Opts,
    within: Opts,
    pub(crate) database: String,
    pub(crate) connect_timeout: Duration,
    pub(crate) statement_timeout: Duration,
}

impl Dial {
    pub(crate) fn parse(url: &str, options: &Options) -> Result<(Self, Options), OpenError> {
        let Address { server, database, options } = Address::parse(url, options)?;
        let dial = Self {
            within: server.clone().db_name(Some(database.as_str())).into(),
            server: server.into(),
            database,
            connect_timeout: options.connect_timeout,
            statement_timeout: options.statement_timeout,
        };
        Ok((dial, options))
    }

    /// Server and database, without user and password.
    pub(crate) fn place(&self) -> String {
        let server = match self.server.socket() {
            Some(path) => path.to_owned(),
            None => format!("{}:{}", self.server.ip_or_hostname(), self.server.tcp_port()),
        };
        format!("mysql at {server}/{}", self.database)
    }

    /// A connection to the database, or an error in bounded time.
    pub(crate) async fn connection(&self) -> Result<Conn, DialError> {
        self.dial(&self.within).await
    }

    /// A connection to the server: the database need not exist yet.
    pub(crate) async fn connection_outside(&self) -> Result<Conn, DialError> {
        self.dial(&self.server).await
    }

    async fn dial(&self, opts: &Opts) -> Result<Conn, DialError> {
        let made = async {
            let mut connection = Conn::new(opts.clone()).await?;
            let server = Server::ask(&mut connection).await?;
            for setting in settings(self.statement_timeout, server.is_mariadb) {
                connection.query_drop(setting).await?;
            }
            Ok(connection)
        };
        bounded(self.connect_timeout, made).await.map_err(|late| DialError::Other(late.into()))?
    }
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DialError {
    #[error("the database does not exist")]
    NoDatabase,
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
}

impl From<mysql_async::Error> for DialError {
    fn from(error: mysql_async::Error) -> Self {
        match super::failure::is_an_unknown_database(&error) {
            true => Self::NoDatabase,
            false => Self::Other(Told::from(error).into()),
        }
    }
}

/// What must be known of a server before it is believed.
struct Server {
    is_mariadb: bool,
}

impl Server {
    async fn ask(connection: &mut Conn) -> Result<Self, DialError> {
        let asked: Option<Row> = connection.query_first(SERVER).await?;
        let (version, flushes): (String, u8) = asked
            .and_then(|row| mysql_async::from_row_opt(row).ok())
            .ok_or_else(|| DialError::Other("the server does not tell its version".into()))?;
        Self::judge(&version, flushes).map_err(|why| DialError::Other(why.into()))
    }

    fn judge(version: &str, flushes: u8) -> Result<Self, String> {
        let is_mariadb = version.to_ascii_lowercase().contains("mariadb");
        let oldest = if is_mariadb { OLDEST_MARIADB } else { OLDEST_MYSQL };
        let mut numbers = version.split(|char: char| !char.is_ascii_digit()).map(str::parse::<u32>);
        let mut next = || numbers.next().and_then(Result::ok).unwrap_or(0);
        if [next(), next(), next()] < oldest {
            return Err(format!("{version} is too old: MariaDB 10.6 or MySQL 8.0.16 is needed"));
        }
        // What was acknowledged would be lost with the server's process: a nonce could be used twice.
        if flushes == 0 {
            return Err(
                "innodb_flush_log_at_trx_commit is 0: a crash would lose what was acknowledged".into()
            );
        }
        Ok(Self { is_mariadb })
    }
}

/// What every statement relies on, whatever the user or the server is set to.
///
/// Text is bytes. What does not fit is refused (`STRICT_ALL_TABLES`), also where a table has lost its engine. Row locks are waited for,
/// and the guards looked at again (`READ COMMITTED`). A statement stands alone, and its uniqueness is checked.
fn settings(statement_timeout: Duration, is_mariadb: bool) -> [String; 4] {
    let seconds = statement_timeout.as_secs_f64();
    // Whole ones: the server gives a lock up before it is given up itself.
    let whole = statement_timeout.as_secs().max(1);
    let own = if is_mariadb {
        // A transaction of a node that is gone lets go of its rows.
        format!(
            "SET SESSION max_statement_time = {seconds}, SESSION idle_transaction_timeout = {}",
            whole + 1
        )
    } else {
        format!("SET SESSION max_execution_time = {}", statement_timeout.as_millis().max(1))
    };
    [
        "SET NAMES binary".to_owned(),
        format!(
            "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', SESSION autocommit = 1,
             SESSION unique_checks = 1, SESSION innodb_lock_wait_timeout = {whole}, SESSION lock_wait_timeout = {whole}"
        ),
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED".to_owned(),
        own,
    ]
}

const SERVER: &str = "SELECT VERSION(), @@GLOBAL.innodb_flush_log_at_trx_commit";
/// From here on DDL is atomic.
const OLDEST_MARIADB: [u32; 3] = [10, 6, 0];
/// From here on a `CHECK` is checked.
const OLDEST_MYSQL: [u32; 3] = [8, 0, 16];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_too_old_or_forgets_is_refused() {
        let judge = |version, flushes| Server::judge(version, flushes).map(|server| server.is_mariadb).ok();
        assert_eq!(judge("10.11.19-MariaDB-0+deb12u1", 1), Some(true));
        assert_eq!(judge("11.8.2-MariaDB", 2), Some(true));
        assert_eq!(judge("8.4.6", 1), Some(false));
        for (version, flushes) in
            [("10.5.29-MariaDB", 1), ("8.0.15", 1), ("5.7.44-log", 1), ("8.4.6", 0), ("?", 1)]
        {
            assert_eq!(judge(version, flushes), None, "{version}");
        }
    }
}
