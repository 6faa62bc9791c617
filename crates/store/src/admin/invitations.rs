//! Signing up: with an invitation, an external identity, both or neither.

use super::{accounts::Account, identities::ExternalIdentity, page::Page};
use crate::{credentials::Outcome, error::StoreError};
use async_trait::async_trait;
use countersign_core::Timestamp;

/// A code that lets one person sign up. The code itself is never stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// SHA-256 of the code.
    pub code_hash: [u8; 32],
    /// The account of who made it; `None` for the command line.
    pub made_by: Option<String>,
    /// For whom, in the words of who made it.
    pub note: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
}

/// An invitation as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredInvitation {
    /// Its number, never that of another.
    pub record: i64,
    /// The invitation.
    pub invitation: Invitation,
    /// The account that came of it.
    pub redeemed_by: Option<String>,
}

/// Someone who wants to have an account.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// The account.
    pub account: Account,
    /// Who they are elsewhere; its account is this one, whatever it says.
    pub identity: Option<ExternalIdentity>,
    /// SHA-256 of the code of an invitation, where one is needed.
    pub invitation: Option<[u8; 32]>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum SignedUp {
    /// The account is there, the identity connected, the invitation redeemed: by this call.
    Done,
    /// There is an account of that name.
    NameTaken,
    /// The identity is connected with another account.
    IdentityTaken,
    /// The invitation is unknown, expired, withdrawn or redeemed.
    NotInvited,
}

/// Invitations.
#[async_trait]
pub trait InvitationStore: Send + Sync {
    /// Adds an invitation.
    ///
    /// # Errors
    ///
    /// A conflict for a hash that exists; never overwrites.
    async fn add_invitation(&self, invitation: &Invitation) -> Result<(), StoreError>;

    /// Invitations, redeemed ones too until they expire, the newest first. Expired ones may be there or not.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know.
    async fn invitations(&self, page: Page) -> Result<Vec<StoredInvitation>, StoreError>;

    /// Takes an invitation back that nobody has redeemed.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    async fn withdraw_invitation(&self, record: i64) -> Result<Outcome, StoreError>;

    /// Adds the account, connects the identity and redeems the invitation: all of it or nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    ///
    /// # Security
    ///
    /// An invitation is redeemed by one caller, however many try at once. One that is refused for its name has not spent it.
    async fn sign_up(&self, who: &SignUp, now: Timestamp) -> Result<SignedUp, StoreError>;
}
