//! `database.url`: which database, and how it is opened. What is said of it never shows a password.

use crate::{
    config::{self, Config, config_error},
    error::{Error, chain},
};
use countersign_store::AdminStore;
use countersign_store_sqlite::{self as sqlite, SqliteStore};
use countersign_store_sqlx::{self as sqlx, MySqlStore, PostgresStore};
use std::{
    fmt,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// Where all that is kept for long is.
#[derive(Clone)]
pub enum Database {
    /// In a file.
    Sqlite {
        /// Which one.
        path: PathBuf,
        /// How it is opened.
        options: sqlite::Options,
    },
    /// In a MariaDB or MySQL that all nodes share.
    MySql {
        /// How to reach it; it may hold a password.
        url: String,
        /// How it is opened.
        options: sqlx::Options,
        /// What it is called in messages.
        name: String,
    },
    /// In a PostgreSQL that all nodes share.
    Postgres {
        /// How to reach it; it may hold a password.
        url: String,
        /// How it is opened.
        options: sqlx::Options,
        /// What it is called in messages.
        name: String,
    },
}

/// What is done about a database that is not there, or of an older version.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absent {
    /// It is made, or migrated.
    Make,
    /// That is an error: what is asked for cannot be in a new one.
    Refuse,
}

impl Database {
    /// Reads the configuration, and opens nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Config`], which names the key.
    pub(crate) fn of(config: &Config) -> Result<Self, Error> {
        let database = &config.database;
        let scheme = database.url.split(':').next().unwrap_or_default();
        match scheme {
            "sqlite" => {
                let rest = database.url.strip_prefix("sqlite:").unwrap_or_default();
                let path = rest.strip_prefix("//").unwrap_or(rest);
                if path.is_empty() || path.starts_with(':') {
                    return Err(config_error(
                        "database.url",
                        &format!("`{}` names no file: {KNOWN}", database.url),
                    ));
                }
                config::folder_of("database.url", Path::new(path))?;
                let synchronous = match database.synchronous {
                    config::Synchronous::Normal => sqlite::Synchronous::Normal,
                    config::Synchronous::Full => sqlite::Synchronous::Full,
                };
                let options = sqlite::Options::default().synchronous(synchronous);
                Ok(Self::Sqlite { path: path.into(), options })
            }
            "mysql" | "mariadb" => {
                let options = options(database)?;
                let unusable = |error| config_error("database.url", &chain(&error));
                let name = MySqlStore::place(&database.url, &options).map_err(unusable)?;
                // What the URL says of them wins.
                let options = MySqlStore::options(&database.url, &options).map_err(unusable)?;
                Ok(Self::MySql { url: database.url.clone(), options, name })
            }
            "postgres" | "postgresql" => {
                let options = options(database)?;
                let name = PostgresStore::place(&database.url, &options)
                    .map_err(|error| config_error("database.url", &chain(&error)))?;
                Ok(Self::Postgres { url: database.url.clone(), options, name })
            }
            // What stands there may be a password.
            _ => Err(config_error("database.url", &format!("is not known: {KNOWN}"))),
        }
    }

    /// A file that stands beside it, or in the working directory where the database is elsewhere.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        match self {
            Self::Sqlite { path, .. } => path.with_file_name(name),
            Self::MySql { .. } | Self::Postgres { .. } => PathBuf::from(name),
        }
    }

    /// Whether other machines may use it.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self, Self::MySql { .. } | Self::Postgres { .. })
    }

    /// Whether it tells every node what changes in it.
    pub(crate) fn tells_changes(&self) -> bool {
        matches!(self, Self::Postgres { .. })
    }

    /// How long a change may take until it is given up, behind another one that took as long.
    pub(crate) fn longest_change(&self) -> Duration {
        match self {
            Self::Sqlite { .. } => SQLITE_CHANGE,
            Self::MySql { options, .. } | Self::Postgres { options, .. } => options.longest_change() + MARGIN,
        }
    }

    /// How what was overwritten is got out of its files.
    pub(crate) const fn clean_up(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "stop what uses it and run `sqlite3 FILE VACUUM`",
            Self::MySql { .. } => {
                "run `OPTIMIZE TABLE clients, tokens, temporaries`, and purge its binary logs"
            }
            Self::Postgres { .. } => "run `VACUUM FULL`, and purge archived write-ahead logs",
        }
    }

    /// Opens it, made and migrated where that is asked for.
    ///
    /// # Errors
    ///
    /// [`Error`], which says what to do.
    pub(crate) async fn open(&self, absent: Absent) -> Result<Arc<dyn AdminStore>, Error> {
        match self {
            Self::Sqlite { path, options } => {
                if absent == Absent::Refuse && !path.exists() {
                    return Err(self.is_absent());
                }
                Ok(Arc::new(SqliteStore::open(path, *options)?))
            }
            Self::MySql { url, options, .. } => self.opened(match absent {
                Absent::Make => MySqlStore::open(url, options.clone()).await,
                Absent::Refuse => MySqlStore::connect(url, options.clone()).await,
            }),
            Self::Postgres { url, options, .. } => self.opened(match absent {
                Absent::Make => PostgresStore::open(url, options.clone()).await,
                Absent::Refuse => PostgresStore::connect(url, options.clone()).await,
            }),
        }
    }

    fn opened(
        &self,
        opened: Result<impl AdminStore + 'static, sqlx::OpenError>,
    ) -> Result<Arc<dyn AdminStore>, Error> {
        match opened {
            Ok(store) => Ok(Arc::new(store)),
            Err(sqlx::OpenError::Older { found: 0, .. }) => Err(self.is_absent()),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// How many migrations are missing; changes nothing.
    ///
    /// # Errors
    ///
    /// [`Error`] for one that is not there, or cannot be used.
    pub(crate) async fn missing(&self) -> Result<u32, Error> {
        match self {
            Self::Sqlite { path, .. } if !path.exists() => Err(self.is_absent()),
            Self::Sqlite { path, .. } => Ok(SqliteStore::missing(path)?),
            Self::MySql { url, options, .. } => {
                MySqlStore::missing(url, options).await.map_err(|error| self.failed(&error))
            }
            Self::Postgres { url, options, .. } => {
                PostgresStore::missing(url, options).await.map_err(|error| self.failed(&error))
            }
        }
    }

    fn is_absent(&self) -> Error {
        let message = format!(
            "there is no database {self}: name another with --database or --config, or make it with `countersign migrate`"
        );
        config_error("database.url", &message)
    }

    fn failed(&self, error: &sqlx::OpenError) -> Error {
        let remedy = match error {
            sqlx::OpenError::Older { .. } => " by `countersign migrate`",
            _ => "",
        };
        let (place, message) = ("database.url".into(), format!("{self}: {}{remedy}", chain(error)));
        if error.may_pass() { Error::Away { place, message } } else { Error::Config { place, message } }
    }
}

fn options(database: &config::Database) -> Result<sqlx::Options, Error> {
    let connections = usize::try_from(database.connections).ok().and_then(NonZeroUsize::new);
    let mut options = sqlx::Options::default()
        .connections(connections.unwrap_or(NonZeroUsize::MIN))
        .connect_timeout(Duration::from_secs(database.connect_timeout))
        .statement_timeout(Duration::from_secs(database.statement_timeout))
        .schema(&database.schema);
    if !options.names_a_schema() {
        let message = "is no lower-case word of at most 63 letters, digits and underscores";
        return Err(config_error("database.schema", message));
    }
    let certificates = &database.root_certificates;
    if !certificates.as_os_str().is_empty() {
        if let Err(error) = std::fs::metadata(certificates) {
            return Err(config_error(
                "database.root_certificates",
                &format!("{}: {error}", certificates.display()),
            ));
        }
        options = options.root_certificates(certificates);
    }
    Ok(options)
}

/// As messages call it.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite { path, .. } => {
                std::path::absolute(path).unwrap_or_else(|_| path.clone()).display().fmt(f)
            }
            Self::MySql { name, .. } | Self::Postgres { name, .. } => f.write_str(name),
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Database({self})")
    }
}

/// Five seconds for the lock, behind another that waited as long, and some.
const SQLITE_CHANGE: Duration = Duration::from_secs(15);
/// What a statement may take beyond its time, and the time between sealing and sending.
const MARGIN: Duration = Duration::from_secs(5);
const KNOWN: &str =
    "use \"sqlite:PATH\", \"postgres://USER@HOST/DATABASE\" or \"mysql://USER@HOST/DATABASE\"";

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str) -> Result<Database, Error> {
        let mut config = Config::default();
        config.database.url = url.into();
        Database::of(&config)
    }

    #[test]
    fn a_url_is_refused_without_its_password() {
        for url in [
            "mongodb://u:s3cret@h/d",
            "mysql://u:s3cret@h:port/d",
            "mysql://u:s3cret@h/d?password=s3cret",
            "mysql://u:s3cret@h/d?sslmode=s3cret",
            "s3cret",
            "postgres://u:s3cret@h:port/d",
            "postgres://u:s3cret@h/d?sslmode=perhaps",
            "postgres://u:s3cret@h/d?sslrootcert=x",
            "postgres:s3cret",
        ] {
            let Err(error) = of(url) else { panic!("{url}") };
            let error = error.to_string();
            assert!(error.starts_with("database.url: ") && !error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn a_change_takes_no_longer_than_the_url_or_the_configuration_lets_it() {
        let longest = |url| of(url).unwrap().longest_change().as_secs();
        assert_eq!(longest("sqlite:x.db"), 15);
        assert_eq!((longest("postgres://h/d"), longest("mysql://h/d")), (9, 9));
        assert_eq!(longest("mysql://h/d?connect_timeout_ms=60000&statement_timeout_ms=20000"), 85);
    }

    #[test]
    fn a_database_is_called_by_its_place_and_not_by_its_password() {
        for (url, name) in [
            ("postgres://u:s3cret@h/d", "postgres at h:5432/d"),
            ("postgresql://u:s3cret@h1:1,h2:2/d", "postgres at h1:1,h2:2/d"),
            ("postgres://u:s3cret@%2Frun%2Fpostgresql/d", "postgres at /run/postgresql:5432/d"),
            ("mysql://u:s3cret@h/d", "mysql at h:3306/d"),
            ("mariadb://u:s3cret@h:3307", "mysql at h:3307/countersign"),
            ("mysql://u:s3cret@localhost/d?socket=/run/my.sock", "mysql at /run/my.sock/d"),
            ("postgres:///d?host=/run/pg&user=u&password=s3cret", "postgres at /run/pg:5432/d"),
        ] {
            let database = of(url).unwrap();
            assert_eq!(database.to_string(), name);
            assert!(!format!("{database:?}").contains("s3cret"));
            assert_eq!(database.beside("countersign.keys"), Path::new("countersign.keys"));
        }
        assert!(of("sqlite:x.db").unwrap().to_string().ends_with("/x.db"));
    }
}
