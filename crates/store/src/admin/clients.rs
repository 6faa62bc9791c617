//! Clients, as operators keep them.

use crate::{
    client::{ClientRecord, ClientStatus},
    credentials::Outcome,
    error::StoreError,
};
use async_trait::async_trait;
use countersign_core::ClientId;

/// Clients, for those who register and approve them.
///
/// A record goes in sealed ([`Sealed::seal_client`](crate::Sealed::seal_client)) and comes out sealed. After a change, call
/// [`Cached::clear`](crate::Cached::clear) where a cache stands in front that the database
/// [does not tell](super::AdminStore::tell_changes).
#[async_trait]
pub trait ClientRegistry: Send + Sync {
    /// Registers a client.
    ///
    /// # Errors
    ///
    /// A conflict for an identifier that exists; never overwrites.
    async fn add_client(&self, record: &ClientRecord) -> Result<(), StoreError>;

    /// Replaces everything but the identifier, keys too; its profile stays, but that its owner
    /// [suspended](super::ApplicationProfile::suspended_by_owner) it.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    async fn update_client(&self, record: &ClientRecord) -> Result<Outcome, StoreError>;

    /// Every client, by identifier.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know.
    async fn clients(&self) -> Result<Vec<ClientRecord>, StoreError>;

    /// Approves, rejects or suspends a client, as an operator does: no suspension is its owner's
    /// [any more](super::ApplicationProfile::suspended_by_owner).
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    async fn set_client_status(&self, id: &ClientId, status: ClientStatus) -> Result<Outcome, StoreError>;

    /// Removes a client with its token and temporary credentials, profile and usage: all or nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    async fn remove_client(&self, id: &ClientId) -> Result<Outcome, StoreError>;
}
