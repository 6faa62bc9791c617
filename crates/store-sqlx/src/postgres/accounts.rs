//! Accounts: the resource owners and operators who sign in at the server.

use super::{PostgresStore, rows::Columns, values::Value};
use crate::time::seconds;
use async_trait::async_trait;
use countersign_core::Secret;
use countersign_store::{Account, AccountStore, Addition, Outcome, StoreError};
use std::collections::HashSet;

#[async_trait]
impl AccountStore for PostgresStore {
    async fn add_account(&self, account: &Account) -> Result<(), StoreError> {
        let values = [
            account.name.as_str().into(),
            account.password_hash.expose().into(),
            Value::Flag(account.admin),
            Value::Flag(account.disabled),
            account.created.into(),
        ];
        self.shared.lanes.change(ADD, &values).await.map(drop)
    }

    async fn add_accounts(&self, accounts: &[Account]) -> Result<Vec<Addition>, StoreError> {
        let text = |of: fn(&Account) -> &str| accounts.iter().map(|one| Some(of(one))).collect::<Vec<_>>();
        let flag = |of: fn(&Account) -> bool| accounts.iter().map(of).collect::<Vec<_>>();
        let (names, hashes) = (text(|one| &one.name), text(|one| one.password_hash.expose()));
        let (admins, disabled) = (flag(|one| one.admin), flag(|one| one.disabled));
        let created: Vec<_> = accounts.iter().map(|one| Some(seconds(one.created))).collect();
        let values = [
            Value::EachText(&names),
            Value::EachText(&hashes),
            Value::EachFlag(&admins),
            Value::EachFlag(&disabled),
            Value::EachNumber(&created),
        ];
        let rows = self.shared.lanes.all(ADD_NEW, &values).await?;
        let added = rows.iter().map(|row| row.columns().text()).collect::<Result<HashSet<_>, _>>()?;
        let mut left = added;
        // Of two with one name the first was added.
        let fate = |one: &Account| match left.remove(one.name.as_str()) {
            true => Addition::Added,
            false => Addition::Conflict,
        };
        Ok(accounts.iter().map(fate).collect())
    }

    async fn account(&self, name: &str) -> Result<Option<Account>, StoreError> {
        // PostgreSQL has no text with a zero byte, and would call it an error; whoever signs in types what they like.
        if name.contains('\0') {
            return Ok(None);
        }
        let found = self.shared.lanes.first(FIND, &[name.into()]).await?;
        found.map(|row| read(&mut row.columns())).transpose()
    }

    async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        let rows = self.shared.lanes.all(LIST, &[]).await?;
        rows.iter().map(|row| read(&mut row.columns())).collect()
    }

    async fn set_password(&self, name: &str, password_hash: &Secret) -> Result<Outcome, StoreError> {
        self.guarded(SET_PASSWORD, &[name.into(), password_hash.expose().into()]).await
    }

    async fn disable_account(&self, name: &str) -> Result<Outcome, StoreError> {
        self.guarded(DISABLE, &[name.into()]).await
    }

    async fn enable_account(&self, name: &str) -> Result<Outcome, StoreError> {
        self.guarded(ENABLE, &[name.into()]).await
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

const ADD: &str = "INSERT INTO accounts (name, password_hash, admin, disabled, created)
    VALUES ($1, $2, $3, $4, $5)";

const ADD_NEW: &str = "INSERT INTO accounts (name, password_hash, admin, disabled, created)
    SELECT g.name, g.password_hash, g.admin, g.disabled, g.created
    FROM unnest($1::text[], $2::text[], $3::boolean[], $4::boolean[], $5::bigint[])
        WITH ORDINALITY AS g (name, password_hash, admin, disabled, created, number)
    ORDER BY g.number ON CONFLICT (name) DO NOTHING RETURNING name";

const FIND: &str = "SELECT name, password_hash, admin, disabled, created FROM accounts WHERE name = $1";

const LIST: &str = "SELECT name, password_hash, admin, disabled, created FROM accounts ORDER BY name";

const SET_PASSWORD: &str = "UPDATE accounts SET password_hash = $2 WHERE name = $1";

// The next generation ends sessions, too, that this statement cannot see yet.
const DISABLE: &str = "WITH ended AS (DELETE FROM sessions WHERE account = $1)
    UPDATE accounts SET disabled = true, generation = generation + 1 WHERE name = $1 AND NOT disabled";

const ENABLE: &str = "UPDATE accounts SET disabled = false WHERE name = $1 AND disabled";
