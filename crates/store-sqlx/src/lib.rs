//! The stores for many nodes: everything that a provider remembers, in a database that any number of them share.
//!
//! Each dialect is a feature and a type of its own: [`PostgresStore`] (`postgres`, PostgreSQL 13 or newer) and [`MySqlStore`] (`mysql`,
//! MariaDB 10.6 or newer, and MySQL 8.0.16 or newer). MariaDB is tested; MySQL is written for by its documentation and not tested yet.
//!
//! ```text
//!   verb ─▶ one guarded statement ─▶ one of a few connections ─▶ committed, then acknowledged
//! ```
//!
//! **Every verb is one statement**, its guard in the `WHERE`, and the row count tells whether it happened; where a dialect cannot
//! say it in one, a short transaction whose effect one row count decides. A server that hangs or is gone is
//! [`Unavailable`](countersign_store::StoreErrorKind::Unavailable) in bounded time, and connections come back by themselves.
//! What has expired is deleted on the way, a bounded number of rows at a time, and no request waits for it.
//!
//! **It does not** seal secrets or read this machine's clock: wrap it in [`Sealed`](countersign_store::Sealed), and pass the
//! time in. Passwords and session cookies are hashed by who calls. It keeps what a whole server needs
//! ([`AdminStore`](countersign_store::AdminStore)); an application with accounts of its own leaves those tables empty.
//!
//! # Examples
//!
#![cfg_attr(feature = "postgres", doc = "```no_run")]
#![cfg_attr(not(feature = "postgres"), doc = "```ignore")]
//! use countersign_core::{ClientId, Secret};
//! use countersign_store::{Cached, ClientKey, ClientRecord, ClientRegistry, KeyRing, Sealed};
//! use countersign_store_sqlx::{Options, PostgresStore};
//! use std::sync::Arc;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let url = "postgres://countersign@db.example.net/countersign?sslmode=require";
//! let rows = PostgresStore::open(url, Options::default()).await?;
//! let ring = KeyRing::read("countersign.keys".as_ref())?.ok_or("there is no key ring")?;
//! let store = Cached::new(Sealed::new(rows.clone(), Arc::new(ring)), 10_000);
//! // What another node revokes is refused here at once.
//! rows.tell_changes(store.lookups()).await;
//!
//! let key = ClientKey::Secret(Secret::from("kd94hf93k423kf44"));
//! let printer = ClientRecord::new(ClientId::new("dpf43f3p2l4k3l03")?, "Printer", key);
//! rows.add_client(&store.store().seal_client(&printer)?).await?;
//! # Ok(()) }
//! ```

#[cfg(any(feature = "mysql", feature = "postgres"))]
mod bounded;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod error;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod options;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod sweeper;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod swept;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod time;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod waiting;

#[cfg(any(feature = "mysql", feature = "postgres"))]
pub use error::OpenError;
#[cfg(feature = "mysql")]
pub use mysql::MySqlStore;
#[cfg(any(feature = "mysql", feature = "postgres"))]
pub use options::Options;
#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
#[cfg(any(feature = "mysql", feature = "postgres"))]
pub use swept::Swept;
