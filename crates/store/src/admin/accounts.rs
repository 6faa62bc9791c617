//! Accounts: the resource owners and operators who sign in at the server.

use super::tokens::Addition;
use crate::{
    credentials::Outcome,
    error::{StoreError, StoreErrorKind},
};
use async_trait::async_trait;
use countersign_core::{Secret, Timestamp};

/// Someone who may sign in.
#[derive(Clone, Debug)]
pub struct Account {
    /// What they sign in with, compared byte by byte; the text of their `ResourceOwner`.
    pub name: String,
    /// Their password's hash, a PHC string; whoever checks passwords makes it. `None` where no password will do: they sign in elsewhere.
    pub password_hash: Option<Secret>,
    /// Whether they may look after everybody's clients and accounts.
    pub admin: bool,
    /// Whether they may not sign in, and what they granted may not be used.
    pub disabled: bool,
    /// When it was made.
    pub created: Timestamp,
}

/// Which accounts to list; a field that is `None` excludes nothing.
#[derive(Clone, Debug, Default)]
pub struct AccountFilter {
    /// Those whose name holds that text; the letters A to Z count as a to z, other letters as the database has it; nothing is a pattern.
    pub name: Option<String>,
    /// Administrators, or the others.
    pub admin: Option<bool>,
    /// Those that are disabled, or the others.
    pub disabled: Option<bool>,
}

/// Accounts. After one is disabled or enabled, call [`Cached::clear`](crate::Cached::clear) where a cache stands in front that the
/// database [does not tell](super::AdminStore::tell_changes).
///
/// # Security
///
/// What a disabled account granted **must** be [`OwnerDisabled`](crate::TokenStatus::OwnerDisabled) for
/// [`load`](crate::TokenStore::load), also where it was issued since, and its temporary credentials **must not** be redeemed.
#[async_trait]
pub trait AccountStore: Send + Sync {
    /// Adds an account.
    ///
    /// # Errors
    ///
    /// A conflict for a name that exists; never overwrites.
    async fn add_account(&self, account: &Account) -> Result<(), StoreError>;

    /// Adds many, and tells of each what became of it, in their order; of two with one name the first is added. Where it
    /// fails, some may have been added.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    async fn add_accounts(&self, accounts: &[Account]) -> Result<Vec<Addition>, StoreError> {
        let mut fates = Vec::with_capacity(accounts.len());
        for account in accounts {
            fates.push(match self.add_account(account).await {
                Ok(()) => Addition::Added,
                Err(error) if error.kind() == StoreErrorKind::Conflict => Addition::Conflict,
                Err(error) => return Err(error),
            });
        }
        Ok(fates)
    }

    /// The account of that name, disabled or not.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know: never `None`.
    async fn account(&self, name: &str) -> Result<Option<Account>, StoreError>;

    /// Every account, by name.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know.
    async fn accounts(&self) -> Result<Vec<Account>, StoreError>;

    /// The accounts that the filter lets through, by name, from the first one behind `after`, `limit` at most.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know.
    async fn accounts_page(
        &self,
        filter: &AccountFilter,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Account>, StoreError>;

    /// Replaces the hash of a password, or gives an account its first one.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    ///
    /// # Security
    ///
    /// Sessions go on: end those that the change is meant to end with
    /// [`end_sessions_of`](super::SessionStore::end_sessions_of).
    async fn set_password(&self, name: &str, password_hash: &Secret) -> Result<Outcome, StoreError>;

    /// Disables an account and ends its sessions, both or neither; what it granted cannot be used until it is enabled. Refused for the
    /// last enabled administrator.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    ///
    /// # Security
    ///
    /// However many are disabled or made ordinary at once, one enabled administrator **must** be left where there was one.
    async fn disable_account(&self, name: &str) -> Result<Outcome, StoreError>;

    /// Enables a disabled account.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    async fn enable_account(&self, name: &str) -> Result<Outcome, StoreError>;

    /// Makes an account an administrator's, or an ordinary one. Refused where it is so already, and for the last enabled administrator, as
    /// in [`disable_account`](Self::disable_account).
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    async fn set_admin(&self, name: &str, admin: bool) -> Result<Outcome, StoreError>;
}
