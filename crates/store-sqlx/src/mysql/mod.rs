//! MySQL and MariaDB: every verb one statement or one short transaction, on one of a few connections.

mod accounts;
mod address;
mod admin;
mod api_keys;
mod applications;
mod audit;
mod challenges;
mod clients;
mod expired;
mod failure;
mod idempotency;
mod identities;
mod invitations;
mod nonces;
mod pool;
mod rows;
mod schema;
mod sealed;
mod session;
mod sessions;
mod sweep;
mod temporaries;
mod tls;
mod tokens;
mod usage;
mod values;

pub(crate) use failure::may_pass;

use crate::{error::OpenError, options::Options, sweeper::Sweeper, waiting::Waiting};
use countersign_store::NonceKey;
use pool::Pool;
use session::Dial;
use std::{fmt, sync::Arc};

/// A store in a MariaDB (10.6 or newer) or MySQL (8.0.16 or newer) database. A clone is another handle of the same store.
///
/// The URL is `mysql://user:password@host:port/database`, also `mariadb://…`. Where it names no database, it is the one of
/// [`Options::schema`]; it holds the tables, and nothing else. Behind a `?` may stand, and win over the options:
///
/// | | |
/// |---|---|
/// | `sslmode` | `require`, or `disable`; where nothing is said, `require` unless the server is on this machine |
/// | `sslrootcert` | a PEM file with the certificates that vouch for the server's |
/// | `socket` | the path of a Unix socket, instead of host and port |
/// | `connections` | how many connections a node holds at most |
/// | `connect_timeout_ms`, `statement_timeout_ms` | how long a connection may take to be made, and a statement may run |
///
/// A connection serves one task at a time: where statements wait for a disk, more than eight of them are worth having.
///
/// # Security
///
/// Every session is strict and takes text for bytes, whatever the server is set to: what does not fit is refused, and no collation
/// makes two identifiers one. A server that would forget what it acknowledged (`innodb_flush_log_at_trx_commit = 0`) is refused. A
/// certificate is always verified, with the server's name.
///
/// All nodes must speak to one server that takes changes, or to members of a cluster that answer as one: a replica that lags behind
/// says "unknown" of a token that was just issued.
///
/// # Examples
///
/// ```no_run
/// use countersign_store::AdminStore;
/// use countersign_store_sqlx::{MySqlStore, Options};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let url = "mysql://countersign:secret@db.example.net/countersign?connections=16";
/// let rows = MySqlStore::open(url, Options::default()).await?;
/// rows.check().await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[doc(alias = "MariaDB")]
pub struct MySqlStore {
    shared: Arc<Shared>,
}

struct Shared {
    pool: Arc<Pool>,
    nonce_key: NonceKey,
    sweeper: Sweeper,
    audit: Waiting,
}

impl MySqlStore {
    /// Migrates the database where needed, then connects to it.
    ///
    /// Any number of nodes may do so at once: one migrates, the others wait for it. The database is created where it is missing and the
    /// user may do so.
    ///
    /// # Errors
    ///
    /// [`OpenError`] for a server that cannot be used, and for a database that a newer version or another program made.
    pub async fn open(url: &str, options: Options) -> Result<Self, OpenError> {
        let (dial, options) = Dial::parse(url, &options)?;
        schema::migrate(&dial).await?;
        Self::at(dial, &options).await
    }

    /// Connects to a database that has been migrated, by a user that need not be allowed to.
    ///
    /// # Errors
    ///
    /// [`OpenError::Older`] where migrations are missing, else as [`open`](Self::open).
    pub async fn connect(url: &str, options: Options) -> Result<Self, OpenError> {
        let (dial, options) = Dial::parse(url, &options)?;
        Self::at(dial, &options).await
    }

    /// Runs the migrations that are missing; gives back how many there were.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open). Each statement of a migration commits by itself here: what an interrupted one left is completed by the
    /// next run, and until then the database counts as [`OpenError::Older`].
    pub async fn migrate(url: &str, options: &Options) -> Result<u32, OpenError> {
        schema::migrate(&Dial::parse(url, options)?.0).await
    }

    /// How many migrations are missing; changes nothing.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub async fn missing(url: &str, options: &Options) -> Result<u32, OpenError> {
        schema::missing(&Dial::parse(url, options)?.0).await
    }

    /// Reads a URL and connects to nothing: what the database may be called in messages, without user and password.
    ///
    /// # Errors
    ///
    /// [`OpenError::Unusable`] for a URL or options that cannot be used; it names the part that is wrong, and no password.
    pub fn place(url: &str, options: &Options) -> Result<String, OpenError> {
        Ok(Dial::parse(url, options)?.0.place())
    }

    /// The same: the options, as what stands in the URL changes them.
    ///
    /// # Errors
    ///
    /// As [`place`](Self::place).
    pub fn options(url: &str, options: &Options) -> Result<Options, OpenError> {
        Ok(Dial::parse(url, options)?.1)
    }

    async fn at(dial: Dial, options: &Options) -> Result<Self, OpenError> {
        let nonce_key = schema::recognise(&dial).await?;
        let pool = Pool::new(dial, options);
        Ok(Self {
            shared: Arc::new(Shared {
                pool,
                nonce_key,
                sweeper: Sweeper::default(),
                audit: Waiting::default(),
            }),
        })
    }
}

impl fmt::Debug for MySqlStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MySqlStore").finish_non_exhaustive()
    }
}
