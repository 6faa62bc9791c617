//! Accounts: the resource owners and operators who sign in here.

use crate::{
    SqliteStore,
    rows::{Columns, Filtered, atomically, change, find, guarded, list, seconds},
};
use async_trait::async_trait;
use countersign_core::Secret;
use countersign_store::{Account, AccountFilter, AccountStore, Addition, Outcome, StoreError};
use rusqlite::Connection;

#[async_trait]
impl AccountStore for SqliteStore {
    async fn add_account(&self, account: &Account) -> Result<(), StoreError> {
        let account = account.clone();
        self.change(move |connection| add(connection, ADD, &account).map(drop)).await
    }

    async fn add_accounts(&self, accounts: &[Account]) -> Result<Vec<Addition>, StoreError> {
        let accounts = accounts.to_vec();
        self.change(move |connection| {
            atomically(connection, |connection| {
                let added = |account| match add(connection, ADD_NEW, account)? {
                    1 => Ok(Addition::Added),
                    _ => Ok(Addition::Conflict),
                };
                accounts.iter().map(added).collect()
            })
        })
        .await
    }

    async fn account(&self, name: &str) -> Result<Option<Account>, StoreError> {
        self.read(|connection| find(connection, FIND, [name], read))
    }

    async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        self.read(|connection| list(connection, LIST, [], read))
    }

    async fn accounts_page(
        &self,
        filter: &AccountFilter,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Account>, StoreError> {
        let asked = Filtered::new(PAGE)
            .and("name > ?", after.map(ToOwned::to_owned))
            .and("instr(lower(name), lower(?)) > 0", filter.name.clone())
            .and("admin = ?", filter.admin)
            .and("disabled = ?", filter.disabled);
        self.read(|connection| asked.first(connection, "name", limit, read))
    }

    async fn set_password(&self, name: &str, password_hash: &Secret) -> Result<Outcome, StoreError> {
        let (name, hash) = (name.to_owned(), password_hash.clone());
        self.change(move |connection| {
            let sql = "UPDATE accounts SET password_hash = ?2 WHERE name = ?1";
            guarded(connection, sql, (name, hash.expose()))
        })
        .await
    }

    async fn disable_account(&self, name: &str) -> Result<Outcome, StoreError> {
        let name = name.to_owned();
        self.change(move |connection| {
            atomically(connection, |connection| {
                let outcome = guarded(connection, DISABLE, [&name])?;
                if outcome == Outcome::Done {
                    change(connection, "DELETE FROM sessions WHERE account = ?1", [&name])?;
                }
                Ok(outcome)
            })
        })
        .await
    }

    async fn enable_account(&self, name: &str) -> Result<Outcome, StoreError> {
        let name = name.to_owned();
        self.change(move |connection| {
            let sql = "UPDATE accounts SET disabled = 0 WHERE name = ?1 AND disabled = 1";
            guarded(connection, sql, [name])
        })
        .await
    }

    async fn set_admin(&self, name: &str, admin: bool) -> Result<Outcome, StoreError> {
        let (sql, name) = (if admin { PROMOTE } else { DEMOTE }, name.to_owned());
        self.change(move |connection| guarded(connection, sql, [name])).await
    }
}

pub(crate) fn add(connection: &Connection, sql: &str, account: &Account) -> Result<usize, StoreError> {
    let hash = account.password_hash.as_ref().map(Secret::expose);
    let created = seconds(account.created);
    change(connection, sql, (&account.name, hash, account.admin, account.disabled, created))
}

/// Reads an account from its columns.
pub(crate) fn read(columns: &mut Columns<'_>) -> Result<Account, StoreError> {
    Ok(Account {
        name: columns.value()?,
        password_hash: columns.optional_text()?.map(Secret::from),
        admin: columns.value()?,
        disabled: columns.value()?,
        created: columns.time()?,
    })
}

pub(crate) const ADD: &str = "INSERT INTO accounts (name, password_hash, admin, disabled, created)
    VALUES (?1, ?2, ?3, ?4, ?5)";
const ADD_NEW: &str = "INSERT INTO accounts (name, password_hash, admin, disabled, created)
    VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (name) DO NOTHING";
const FIND: &str = "SELECT name, password_hash, admin, disabled, created FROM accounts WHERE name = ?1";
const LIST: &str = "SELECT name, password_hash, admin, disabled, created FROM accounts ORDER BY name";
const PAGE: &str = "SELECT name, password_hash, admin, disabled, created FROM accounts WHERE TRUE";

macro_rules! unless_last_administrator {
    ($change:literal) => {
        concat!(
            $change,
            " AND (admin = 0 OR disabled = 1 OR EXISTS
                (SELECT 1 FROM accounts other WHERE other.admin = 1 AND other.disabled = 0 AND other.name <> ?1))"
        )
    };
}

const DISABLE: &str =
    unless_last_administrator!("UPDATE accounts SET disabled = 1 WHERE name = ?1 AND disabled = 0");
const DEMOTE: &str =
    unless_last_administrator!("UPDATE accounts SET admin = 0 WHERE name = ?1 AND admin = 1");
const PROMOTE: &str = "UPDATE accounts SET admin = 1 WHERE name = ?1 AND admin = 0";
