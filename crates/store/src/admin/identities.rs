//! Who accounts are elsewhere: external identities.

use super::accounts::Account;
use crate::{credentials::Outcome, error::StoreError};
use async_trait::async_trait;
use countersign_core::Timestamp;

/// An account as another issuer knows it. Issuer and subject are compared byte by byte, and together belong to one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalIdentity {
    /// Who says so, for example an OpenID issuer's URL.
    pub issuer: String,
    /// Whom they mean.
    pub subject: String,
    /// The account's name here.
    pub account: String,
    /// Since when.
    pub created: Timestamp,
}

/// External identities.
#[async_trait]
pub trait IdentityStore: Send + Sync {
    /// Connects an identity with an account; refused where there is no such account.
    ///
    /// # Errors
    ///
    /// A conflict for an identity that is connected already; never overwrites.
    async fn add_identity(&self, identity: &ExternalIdentity) -> Result<Outcome, StoreError>;

    /// The account that an identity is connected with, disabled or not.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know: never `None`.
    async fn account_of(&self, issuer: &str, subject: &str) -> Result<Option<Account>, StoreError>;

    /// The identities of an account, by issuer and subject.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know.
    async fn identities(&self, account: &str) -> Result<Vec<ExternalIdentity>, StoreError>;

    /// Disconnects an identity from that account.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    async fn remove_identity(
        &self,
        issuer: &str,
        subject: &str,
        account: &str,
    ) -> Result<Outcome, StoreError>;
}
