//! Accounts: the resource owners and operators who sign in here.

use crate::{
    SqliteStore,
    rows::{Columns, atomically, change, find, guarded, list, seconds},
};
use async_trait::async_trait;
use countersign_core::Secret;
use countersign_store::{Account, AccountStore, Addition, Outcome, StoreError};
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
                change(connection, "DELETE FROM sessions WHERE account = ?1", [&name])?;
                let sql = "UPDATE accounts SET disabled = 1 WHERE name = ?1 AND disabled = 0";
                guarded(connection, sql, [&name])
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
}

fn add(connection: &Connection, sql: &str, account: &Account) -> Result<usize, StoreError> {
    let (hash, created) = (account.password_hash.expose(), seconds(account.created));
    change(connection, sql, (&account.name, hash, account.admin, account.disabled, created))
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

const ADD: &str = "INSERT INTO accounts (name, password_hash, admin, disabled, created)
    VALUES (?1, ?2, ?3, ?4, ?5)";
const ADD_NEW: &str = "INSERT INTO accounts (name, password_hash, admin, disabled, created)
    VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (name) DO NOTHING";
const FIND: &str = "SELECT name, password_hash, admin, disabled, created FROM accounts WHERE name = ?1";
const LIST: &str = "SELECT name, password_hash, admin, disabled, created FROM accounts ORDER BY name";
