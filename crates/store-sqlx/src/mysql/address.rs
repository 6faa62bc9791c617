//! Which server, and how to speak to it: the URL.

use super::tls;
use crate::{
    error::OpenError,
    options::{LONGEST_STATEMENT, Options},
};
use mysql_async::{Opts, OptsBuilder, SslOpts};
use std::{
    net::IpAddr,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    time::Duration,
};

/// What a URL and the options say together.
pub(crate) struct Address {
    /// Without a database.
    pub(crate) server: OptsBuilder,
    pub(crate) database: String,
    pub(crate) options: Options,
}

impl Address {
    /// Tells what is wrong by its name, never its value: that may be a password.
    pub(crate) fn parse(url: &str, options: &Options) -> Result<Self, OpenError> {
        let (server, query) = url.split_once('?').unwrap_or((url, ""));
        let server = match server.strip_prefix("mariadb://") {
            Some(rest) => format!("mysql://{rest}"),
            None => server.to_owned(),
        };
        let parsed = Opts::from_url(&server).map_err(OpenError::unusable)?;
        let mut options = options.clone();
        if let Some(database) = parsed.db_name() {
            options.schema = database.to_owned();
        }
        if !options.names_a_schema() {
            return Err(OpenError::unusable("the database's name is not a plain lower-case word"));
        }
        let words = Words::read(query, &mut options)?;
        Ok(Self {
            server: builder(&parsed, &words).ssl_opts(words.tls(&parsed, &options)?),
            database: options.schema.clone(),
            options,
        })
    }
}

/// Nothing that the driver would ask or decide by itself: each question is a round trip.
fn builder(parsed: &Opts, words: &Words) -> OptsBuilder {
    // The driver resolves names beside the runtime's threads for a plain host only.
    let host = parsed.ip_or_hostname().trim_start_matches('[').trim_end_matches(']');
    OptsBuilder::default()
        .ip_or_hostname(host)
        .tcp_port(parsed.tcp_port())
        .user(parsed.user())
        .pass(parsed.pass())
        .socket(words.socket.clone())
        .prefer_socket(false)
        .tcp_keepalive(Some(KEEPALIVE))
        .stmt_cache_size(STATEMENTS)
        .max_allowed_packet(Some(LARGEST_PACKET))
        .wait_timeout(Some(WAIT_TIMEOUT))
        // A guarded UPDATE tells how many rows its guard let through, changed or not.
        .client_found_rows(true)
}

/// What stands behind the `?`.
#[derive(Default)]
struct Words {
    encrypted: Option<bool>,
    socket: Option<String>,
}

impl Words {
    fn read(query: &str, options: &mut Options) -> Result<Self, OpenError> {
        let mut words = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            words.set(name, value, options).ok_or_else(|| {
                let known = NAMES.iter().find(|known| **known == name);
                OpenError::unusable(match known {
                    Some(name) => format!("`{name}` of the URL has a value that cannot be used"),
                    None => format!("the URL has a parameter that is none of {}", NAMES.join(", ")),
                })
            })?;
        }
        Ok(words)
    }

    fn set(&mut self, name: &str, value: &str, options: &mut Options) -> Option<()> {
        let milliseconds = || value.parse().ok().filter(|value| *value > 0).map(Duration::from_millis);
        match name {
            "connect_timeout_ms" => options.connect_timeout = milliseconds()?,
            "connections" => options.connections = value.parse::<NonZeroUsize>().ok()?,
            "socket" if value.starts_with('/') => self.socket = Some(value.to_owned()),
            "sslmode" => {
                self.encrypted = Some(match value {
                    "disable" => false,
                    "require" => true,
                    _ => return None,
                });
            }
            "sslrootcert" if !value.is_empty() => options.root_certificates = Some(PathBuf::from(value)),
            "statement_timeout_ms" => options.statement_timeout = milliseconds()?.min(LONGEST_STATEMENT),
            _ => return None,
        }
        Some(())
    }

    /// Unless the URL says so, nothing goes over a network in the clear.
    fn tls(&self, parsed: &Opts, options: &Options) -> Result<Option<SslOpts>, OpenError> {
        let is_here = self.socket.is_some() || is_loopback(parsed.ip_or_hostname());
        if self.socket.is_some() && self.encrypted == Some(true) {
            return Err(OpenError::unusable("`sslmode=require` and `socket`: there is no TLS on a socket"));
        }
        let required = self.encrypted.unwrap_or(!is_here);
        required.then(|| tls::required(options.root_certificates.as_deref().map(Path::new))).transpose()
    }
}

fn is_loopback(host: &str) -> bool {
    let plain = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || plain.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

const NAMES: [&str; 6] =
    ["connect_timeout_ms", "connections", "socket", "sslmode", "sslrootcert", "statement_timeout_ms"];

/// As many statements stay prepared on a connection: more than there are.
const STATEMENTS: usize = 100;
const KEEPALIVE: Duration = Duration::from_secs(30);
const LARGEST_PACKET: usize = 16 << 20;
/// Named so that the driver does not ask for it; see how long a connection is kept unasked in `pool.rs`.
const WAIT_TIMEOUT: usize = 28_800;

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Address, OpenError> {
        Address::parse(url, &Options::default())
    }

    #[test]
    fn a_url_says_where_and_how() {
        let url = "mariadb://user:p%40ss@[::1]:3307/ours?connections=3&statement_timeout_ms=40000&connect_timeout_ms=7";
        let address = parse(url).unwrap();
        assert_eq!(address.database, "ours");
        assert_eq!(address.options.connections.get(), 3);
        assert_eq!(address.options.statement_timeout, LONGEST_STATEMENT);
        assert_eq!(address.options.connect_timeout, Duration::from_millis(7));
        let opts = Opts::from(address.server);
        assert_eq!((opts.ip_or_hostname(), opts.tcp_port()), ("::1", 3307));
        assert_eq!((opts.user(), opts.pass(), opts.db_name()), (Some("user"), Some("p@ss"), None));
        assert_eq!(parse("mysql://u@localhost").unwrap().database, "countersign");
    }

    #[test]
    fn nothing_goes_over_a_network_in_the_clear_unless_that_is_said() {
        let encrypted =
            |url: &str| parse(url).map(|address| Opts::from(address.server).ssl_opts().is_some()).ok();
        assert_eq!(encrypted("mysql://u@localhost/d"), Some(false));
        assert_eq!(encrypted("mysql://u@127.0.0.7/d"), Some(false));
        assert_eq!(encrypted("mysql://u@db.example.net/d?socket=/run/db.sock"), Some(false));
        assert_eq!(encrypted("mysql://u@db.example.net/d?sslmode=disable"), Some(false));
        let built_in = cfg!(feature = "tls").then_some(true);
        assert_eq!(encrypted("mysql://u@db.example.net/d"), built_in);
        assert_eq!(encrypted("mysql://u@localhost/d?sslmode=require"), built_in);
        assert_eq!(encrypted("mysql://u@localhost/d?sslmode=require&socket=/run/db.sock"), None);
    }

    #[test]
    fn what_cannot_be_used_is_named_without_its_value() {
        for url in [
            "mysql://u:hunter2@h:port/d",
            "mysql://u@h/d?password=hunter2",
            "mysql://u@h/d?hunter2",
            "mysql://u@h/d?sslmode=hunter2",
            "mysql://u@h/d?connections=0",
            "mysql://u@h/d?statement_timeout_ms=0",
            "mysql://u@h/d?socket=hunter2",
            "mysql://u@h/Robert'); --",
            "postgres://u:hunter2@h/d",
        ] {
            let error = parse(url).err().unwrap_or_else(|| panic!("{url}"));
            assert!(matches!(error, OpenError::Unusable(_)), "{url}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }
}
