//! Clients as their owners and those who approve them see them: a profile beside the record, and guarded changes.

use super::page::Page;
use crate::{
    client::{ClientKey, ClientRecord, ClientStatus},
    credentials::Outcome,
    error::StoreError,
};
use async_trait::async_trait;
use countersign_core::{ClientId, Timestamp};

/// What is told of a client beside its record; no request needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApplicationProfile {
    /// The account whose it is; `None` for one that operators keep.
    pub owner: Option<String>,
    /// What it is for.
    pub description: String,
    /// Where to read more.
    pub home_page: Option<String>,
    /// Why it was rejected.
    pub rejection: Option<String>,
    /// Whether nobody but its owner may grant it anything.
    pub owner_only: bool,
    /// Whether it was its owner who suspended it, and may resume it: an operator's suspension is no owner's to lift.
    pub suspended_by_owner: bool,
}

/// A client with its profile. Its secrets are sealed, as in a [`ClientRegistry`](super::ClientRegistry).
#[derive(Clone, Debug)]
pub struct Application {
    /// Its number, by which lists go; never that of another.
    pub record: i64,
    /// How often it was changed. A change names the one that it was made on.
    pub revision: u64,
    /// The client.
    pub client: ClientRecord,
    /// What is told of it.
    pub profile: ApplicationProfile,
}

/// Which applications to list; a field that is `None` excludes nothing.
#[derive(Clone, Debug, Default)]
pub struct ApplicationFilter {
    /// Those of that account.
    pub owner: Option<String>,
    /// Those of that status.
    pub status: Option<ClientStatus>,
    /// Those whose name holds that text; the letters A to Z count as a to z, other letters as the database has it; nothing is a pattern.
    pub name: Option<String>,
}

/// Whether a change that names a revision happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Edit {
    /// It did, by this call.
    Done,
    /// Somebody else changed the record since: read it again.
    Stale,
    /// There is no such record.
    Absent,
}

/// Applications.
///
/// Every change raises the revision by one, those of a [`ClientRegistry`](super::ClientRegistry) too. After one, call
/// [`Cached::clear`](crate::Cached::clear) where a cache stands in front that the database
/// [does not tell](super::AdminStore::tell_changes).
#[async_trait]
pub trait ApplicationStore: Send + Sync {
    /// Registers a client with its profile: both or neither.
    ///
    /// # Errors
    ///
    /// A conflict for an identifier that exists; never overwrites.
    async fn add_application(
        &self,
        client: &ClientRecord,
        profile: &ApplicationProfile,
    ) -> Result<(), StoreError>;

    /// The application of that identifier, whatever its status.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know: never `None`.
    async fn application(&self, id: &ClientId) -> Result<Option<Application>, StoreError>;

    /// The applications that the filter lets through, the newest first.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know.
    async fn applications(
        &self,
        filter: &ApplicationFilter,
        page: Page,
    ) -> Result<Vec<Application>, StoreError>;

    /// Replaces record and profile, but not the identifier, the keys, the owner, and when it was registered; all or nothing, if the
    /// revision is still that of `changed`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    async fn update_application(&self, changed: &Application) -> Result<Edit, StoreError>;

    /// Gives an application of `from` to `to`. Refused where it is another's by now, and where `to` is no account that may sign in.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    async fn transfer_application(
        &self,
        id: &ClientId,
        from: Option<&str>,
        to: &str,
    ) -> Result<Outcome, StoreError>;

    /// Makes `key` the newest one, sealed ([`Sealed::seal_client_key`](crate::Sealed::seal_client_key)), and the newest one the previous one.
    /// Refused where there is a previous one, for a key of the other kind, and where a key of the client is as new as `since`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    async fn add_client_key(
        &self,
        id: &ClientId,
        key: &ClientKey,
        since: Timestamp,
    ) -> Result<Outcome, StoreError>;

    /// Removes one of two keys, named by since when it is accepted; the other one is the newest then. The last one stays.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    ///
    /// # Security
    ///
    /// Once it is told [`Outcome::Done`], no lookup **may** begin that finds the key.
    async fn remove_client_key(&self, id: &ClientId, since: Timestamp) -> Result<Outcome, StoreError>;
}
