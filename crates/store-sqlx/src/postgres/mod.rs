//! PostgreSQL: every verb one statement, many statements on each connection.

mod accounts;
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
mod lanes;
mod listener;
mod nonces;
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
use countersign_store::{Lookups, NonceKey};
use lanes::Lanes;
use listener::Listeners;
use session::Dial;
use std::{fmt, sync::Arc};

/// A store in a PostgreSQL database. A clone is another handle of the same store.
///
/// The URL is what `libpq` calls a connection string: `postgres://user:password@host:port/database?sslmode=require`, or words
/// such as `host=/run/postgresql user=countersign`, a path being a Unix socket. Several hosts may stand in it; with
/// `target_session_attrs=read-write` the primary is found among them.
///
/// # Security
///
/// Behind `sslmode=prefer`, the default, an attacker on the way can talk both sides out of TLS: over a network say `require`.
/// A certificate is always verified, with the server's name.
#[derive(Clone)]
pub struct PostgresStore {
    shared: Arc<Shared>,
}

struct Shared {
    lanes: Lanes,
    nonce_key: NonceKey,
    sweeper: Sweeper,
    audit: Waiting,
    listeners: Listeners,
}

impl PostgresStore {
    /// Migrates the database where needed, then connects to it.
    ///
    /// Any number of nodes may do so at once: one migrates, the others wait for it.
    ///
    /// # Errors
    ///
    /// [`OpenError`] for a server that cannot be used, and for a schema that a newer version or another program made.
    pub async fn open(url: &str, options: Options) -> Result<Self, OpenError> {
        let dial = Dial::parse(url, &options)?;
        schema::migrate(&dial).await?;
        Self::at(dial, &options).await
    }

    /// Connects to a database that has been migrated, by a role that need not be allowed to.
    ///
    /// # Errors
    ///
    /// [`OpenError::Older`] where migrations are missing, else as [`open`](Self::open).
    pub async fn connect(url: &str, options: Options) -> Result<Self, OpenError> {
        Self::at(Dial::parse(url, &options)?, &options).await
    }

    /// Runs the migrations that are missing; gives back how many there were.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open). All of them happened, or none.
    pub async fn migrate(url: &str, options: &Options) -> Result<u32, OpenError> {
        schema::migrate(&Dial::parse(url, options)?).await
    }

    /// How many migrations are missing; changes nothing.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub async fn missing(url: &str, options: &Options) -> Result<u32, OpenError> {
        schema::missing(&Dial::parse(url, options)?).await
    }

    /// Reads a URL and connects to nothing: what the database may be called in messages, without user and password.
    ///
    /// # Errors
    ///
    /// [`OpenError::Unusable`] for a URL or options that cannot be used; it names the part that is wrong, and no password.
    pub fn place(url: &str, options: &Options) -> Result<String, OpenError> {
        Ok(Dial::parse(url, options)?.place())
    }

    /// Tells a cache at once what others change in this database, be it another node, a command, or a hand in SQL: tokens, clients, and
    /// whether an account is disabled. It returns once it listens, or has found that it cannot yet.
    ///
    /// It takes one connection more, which comes back by itself; each time, everything is forgotten that was looked up before. Meanwhile, and wherever a
    /// message is lost, lookups are as old as the cache allows. It ends with the cache or with the last handle of this store.
    ///
    /// # Security
    ///
    /// Who may connect to the database may listen too: messages hold identifiers of tokens and clients and names of accounts, never a secret. Who
    /// may connect can also send some, and thereby have lookups forgotten; nothing is believed by a message.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use countersign_store::{Cached, KeyRing, Sealed};
    /// use countersign_store_sqlx::{Options, PostgresStore};
    /// use std::sync::Arc;
    ///
    /// # async fn example(ring: Arc<KeyRing>) -> Result<(), Box<dyn std::error::Error>> {
    /// let rows = PostgresStore::open("host=/run/postgresql user=countersign", Options::default()).await?;
    /// let store = Cached::new(Sealed::new(rows.clone(), ring), 10_000);
    /// rows.tell_changes(store.lookups()).await;
    /// # Ok(()) }
    /// ```
    pub async fn tell_changes(&self, lookups: Lookups) {
        let Shared { lanes, listeners, .. } = &*self.shared;
        listeners.begin(Arc::clone(&lanes.dial), lanes.patience, lookups).await;
    }

    async fn at(dial: Dial, options: &Options) -> Result<Self, OpenError> {
        let nonce_key = schema::recognise(&dial).await?;
        let lanes = Lanes::new(dial, options);
        Ok(Self {
            shared: Arc::new(Shared {
                lanes,
                nonce_key,
                sweeper: Sweeper::default(),
                audit: Waiting::default(),
                listeners: Listeners::default(),
            }),
        })
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").finish_non_exhaustive()
    }
}
