//! The embedded default: everything that a provider remembers, in one SQLite file that survives a crash.
//!
//! ```text
//!   reads ───▶ a pool of read-only connections, inline: microseconds, never behind a writer (WAL)
//!   changes ─▶ one writer thread: takes all that wait ─ BEGIN ─ each change ─ COMMIT ─▶ acknowledges all of them
//! ```
//!
//! Nonces are looked up in memory and written down in a log, which every process that has the file open reads.
//!
//! A change is acknowledged **only after its COMMIT**; where that fails, every change of the group is told
//! [`Unavailable`](countersign_store::StoreErrorKind::Unavailable) and none of them happened. What has expired is deleted
//! by the writer on the way, a few rows for each change, so that no request ever waits for a cleanup.
//!
//! **It does not** seal secrets, hash passwords or session cookies, or read a clock: wrap it in
//! [`Sealed`](countersign_store::Sealed), hash before you call, and pass the time in. Any number of processes may open the
//! file; a network file system is no place for it.
//!
//! # Examples
//!
//! ```
//! use countersign_core::{ClientId, Secret};
//! use countersign_store::{Cached, ClientKey, ClientRecord, ClientRegistry, ClientStore, KeyRing, Sealed};
//! use countersign_store_sqlite::{Options, SqliteStore};
//! use std::sync::Arc;
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("countersign.db");
//! let rows = SqliteStore::open(&path, Options::default())?;
//! let store = Cached::new(Sealed::new(rows.clone(), Arc::new(KeyRing::generate())), 10_000);
//!
//! let key = ClientKey::Secret(Secret::from("kd94hf93k423kf44"));
//! let printer = ClientRecord::new(ClientId::new("dpf43f3p2l4k3l03")?, "Printer", key);
//! rows.add_client(&store.store().seal_client(&printer)?).await?;
//!
//! let client = store.client(&printer.id).await?;
//! assert_eq!(client.map(|client| client.name), Some("Printer".into()));
//! # Ok::<_, Box<dyn std::error::Error>>(()) })?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod accounts;
mod admin;
mod api_keys;
mod applications;
mod audit;
mod challenges;
mod checkpoint;
mod clients;
mod credentials;
mod error;
mod group;
mod idempotency;
mod identities;
mod invitations;
mod nonces;
mod options;
mod outbox;
mod readers;
mod returning;
mod rows;
mod schema;
mod sealed;
mod sessions;
mod sweep;
mod tokens;
mod usage;
mod writer;

pub use error::OpenError;
pub use options::{Options, Synchronous};

use countersign_core::Timestamp;
use countersign_store::{NonceKey, StoreError};
use readers::Readers;
use rusqlite::Connection;
use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex},
};
use writer::Writer;

/// A store in one SQLite file. A clone is another handle of the same store.
///
/// The last handle to be dropped waits for the changes that were asked for, then closes the file.
#[derive(Clone)]
pub struct SqliteStore {
    shared: Arc<Shared>,
}

/// Dropped in this order: the connection that can write is the last one, and so leaves the database complete in one file.
struct Shared {
    readers: Readers,
    /// What it commits is on the disk, also where that is not asked of the writer.
    durable: Mutex<Connection>,
    writer: Writer,
    nonce_key: NonceKey,
}

impl SqliteStore {
    /// Opens the database file, creating or migrating it where needed; a new file is readable by its owner alone.
    ///
    /// It blocks while another process migrates the same file.
    ///
    /// # Errors
    ///
    /// [`OpenError`] for a file that cannot be used, that a newer version made, or that another program made.
    pub fn open(path: impl AsRef<Path>, options: Options) -> Result<Self, OpenError> {
        // Absolute, so that no name means `:memory:` or a URI to SQLite.
        let path =
            std::path::absolute(path.as_ref()).map_err(|source| OpenError::at(path.as_ref(), source))?;
        let (connection, nonce_key) = schema::open(&path, &options)?;
        let failed = |source| OpenError::at(&path, source);
        let checkpointer = schema::connect(&path, &options).map_err(failed)?;
        schema::touch(&checkpointer).map_err(failed)?;
        let durable = schema::connect(&path, &options.synchronous(Synchronous::Full)).map_err(failed)?;
        schema::touch(&durable).map_err(failed)?;
        let readers = Readers::open(&path, &options).map_err(failed)?;
        let writer =
            Writer::start(connection, checkpointer).map_err(|source| OpenError::at(&path, source))?;
        Ok(Self { shared: Arc::new(Shared { readers, durable: Mutex::new(durable), writer, nonce_key }) })
    }

    /// How many migrations the database file lacks; changes nothing.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and for a file that is not there.
    pub fn missing(path: impl AsRef<Path>) -> Result<u32, OpenError> {
        schema::missing(path.as_ref())
    }

    /// Reads inline: a few microseconds cost less than another thread would.
    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.shared.readers.read(read)
    }

    async fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.shared.writer.run(None, work).await
    }

    /// The same, and tells the writer what time it is, for what has expired.
    async fn change_at<T: Send + 'static>(
        &self,
        now: Timestamp,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.shared.writer.run(Some(now), work).await
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}
