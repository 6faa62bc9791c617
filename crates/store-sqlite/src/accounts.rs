//! Accounts: the resource owners and operators who sign in here.

use crate::{
    SqliteStore,
    rows::{Columns, atomically, change, find, guarded, list, seconds},
};
use countersign_core::{Secret, Timestamp};
use countersign_store::{Outcome, StoreError};

/// Someone who may sign in.
#[derive(Clone, Debug)]
pub struct Account {
    /// What they sign in with, compared byte by byte; the text of their `ResourceOwner`.
    pub name: String,
    /// Their password's hash, a PHC string; whoever checks passwords makes it.
    pub password_hash: Secret,
    /// Whether they may register clients and look after accounts.
    pub admin: bool,
    /// Whether they may not sign in, and what they granted may not be used.
    pub disabled: bool,
    /// When it was made.
    pub created: Timestamp,
}

/// Accounts. After one is disabled or enabled, call [`Cached::clear`](countersign_store::Cached::clear) where a cache
/// stands in front.
impl SqliteStore {
    /// Adds an account.
    ///
    /// # Errors
    ///
    /// A conflict for a name that exists; never overwrites.
    pub async fn add_account(&self, account: &Account) -> Result<(), StoreError> {
        let account = account.clone();
        self.change(move |connection| {
            let hash = account.password_hash.expose();
            let created = seconds(account.created);
            change(connection, ADD, (&account.name, hash, account.admin, account.disabled, created)).map(drop)
        })
        .await
    }

    /// The account of that name, disabled or not.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know: never `None`.
    pub async fn account(&self, name: &str) -> Result<Option<Account>, StoreError> {
        self.read(|connection| find(connection, FIND, [name], read))
    }

    /// Every account, by name.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know.
    pub async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        self.read(|connection| list(connection, LIST, [], read))
    }

    /// Replaces the hash of a password.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    ///
    /// # Security
    ///
    /// Sessions go on: end those that the change is meant to end with [`end_sessions_of`](Self::end_sessions_of).
    pub async fn set_password(&self, name: &str, password_hash: &Secret) -> Result<Outcome, StoreError> {
        let (name, hash) = (name.to_owned(), password_hash.clone());
        self.change(move |connection| {
            let sql = "UPDATE accounts SET password_hash = ?2 WHERE name = ?1";
            guarded(connection, sql, (name, hash.expose()))
        })
        .await
    }

    /// Disables an account and ends its sessions, both or neither; what it granted cannot be used until it is enabled.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    pub async fn disable_account(&self, name: &str) -> Result<Outcome, StoreError> {
        let name = name.to_owned();
        self.change(move |connection| {
            atomically(connection, |connection| {
                change(connection, "DELETE FROM sessions WHERE account = ?1", [&name])?;
                let sql = "UPDATE accounts SET disabled = 1 WHERE name = ?1 AND disabled = 0";
                guarded(connection, sql, [&name])
            })
        })
        .await
    }

    /// Enables a disabled account.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    pub async fn enable_account(&self, name: &str) -> Result<Outcome, StoreError> {
        let name = name.to_owned();
        self.change(move |connection| {
            let sql = "UPDATE accounts SET disabled = 0 WHERE name = ?1 AND disabled = 1";
            guarded(connection, sql, [name])
        })
        .await
    }
}

fn read(columns: &mut Columns<'_>) -> Result<Account, StoreError> {
    Ok(Account {
        name: columns.value()?,
        password_hash: columns.secret()?,
        admin: columns.value()?,
        disabled: columns.value()?,
        created: columns.time()?,
    })
}

const ADD: &str =
    "INSERT INTO accounts (name, password_hash, admin, disabled, created) VALUES (?1, ?2, ?3, ?4, ?5)";
const FIND: &str = "SELECT name, password_hash, admin, disabled, created FROM accounts WHERE name = ?1";
const LIST: &str = "SELECT name, password_hash, admin, disabled, created FROM accounts ORDER BY name";
