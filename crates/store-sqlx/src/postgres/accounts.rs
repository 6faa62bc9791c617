//! Accounts: the resource owners and operators who sign in at the server.

use super::{PostgresStore, rows::Columns, values::Value};
use crate::time::seconds;
use async_trait::async_trait;
use countersign_core::Secret;
use countersign_store::{Account, AccountFilter, AccountStore, Addition, Outcome, StoreError};
use std::collections::HashSet;

#[async_trait]
impl AccountStore for PostgresStore {
    async fn add_account(&self, account: &Account) -> Result<(), StoreError> {
        let values = [
            account.name.as_str().into(),
            hash_of(account).into(),
            account.admin.into(),
            account.disabled.into(),
            account.created.into(),
        ];
        self.shared.lanes.change(ADD, &values).await.map(drop)
    }

    async fn add_accounts(&self, accounts: &[Account]) -> Result<Vec<Addition>, StoreError> {
        let text = |of: fn(&Account) -> Option<&str>| accounts.iter().map(of).collect::<Vec<_>>();
        let flag = |of: fn(&Account) -> bool| accounts.iter().map(of).collect::<Vec<_>>();
        let (names, hashes) = (text(|one| Some(&one.name)), text(hash_of));
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
        if holds_zero([name]) {
            return Ok(None);
        }
        let found = self.shared.lanes.first(FIND, &[name.into()]).await?;
        found.map(|row| read(&mut row.columns())).transpose()
    }

    async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        let rows = self.shared.lanes.all(LIST, &[]).await?;
        rows.iter().map(|row| read(&mut row.columns())).collect()
    }

    async fn accounts_page(
        &self,
        filter: &AccountFilter,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Account>, StoreError> {
        let name = filter.name.as_deref();
        if holds_zero(name.into_iter().chain(after)) {
            return Ok(Vec::new());
        }
        let (admin, disabled) = (Value::Flag(filter.admin), Value::Flag(filter.disabled));
        let values = [after.unwrap_or_default().into(), name.into(), admin, disabled, limit.into()];
        let rows = self.shared.lanes.all(PAGE, &values).await?;
        rows.iter().map(|row| read(&mut row.columns())).collect()
    }

    async fn set_password(&self, name: &str, password_hash: &Secret) -> Result<Outcome, StoreError> {
        self.guarded(SET_PASSWORD, &[name.into(), password_hash.expose().into()]).await
    }

    async fn disable_account(&self, name: &str) -> Result<Outcome, StoreError> {
        self.unless_last_administrator(DISABLE, name).await
    }

    async fn enable_account(&self, name: &str) -> Result<Outcome, StoreError> {
        self.guarded(ENABLE, &[name.into()]).await
    }

    async fn set_admin(&self, name: &str, admin: bool) -> Result<Outcome, StoreError> {
        match admin {
            true => self.guarded(PROMOTE, &[name.into()]).await,
            false => self.unless_last_administrator(DEMOTE, name).await,
        }
    }
}

impl PostgresStore {
    async fn unless_last_administrator(&self, sql: &'static str, name: &str) -> Result<Outcome, StoreError> {
        let changed = self.shared.lanes.first(sql, &[name.into()]).await?;
        Ok(if changed.is_some() { Outcome::Done } else { Outcome::Refused })
    }
}

fn hash_of(account: &Account) -> Option<&str> {
    account.password_hash.as_ref().map(Secret::expose)
}

/// PostgreSQL has no text with a zero byte, and would call it an error; whoever signs in or searches types what they like.
pub(crate) fn holds_zero<'a>(texts: impl IntoIterator<Item = &'a str>) -> bool {
    texts.into_iter().any(|text| text.contains('\0'))
}

/// Reads an account from its columns.
pub(crate) fn read(columns: &mut Columns<'_>) -> Result<Account, StoreError> {
    Ok(Account {
        name: columns.value()?,
        password_hash: columns.value::<Option<&str>>()?.map(Secret::from),
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

const PAGE: &str = "SELECT name, password_hash, admin, disabled, created FROM accounts
    WHERE name > $1::text AND ($2::text IS NULL OR strpos(lower(name), lower($2::text COLLATE \"C\")) > 0)
        AND ($3::boolean IS NULL OR admin = $3) AND ($4::boolean IS NULL OR disabled = $4)
    ORDER BY name LIMIT $5::bigint";

/// Changes an account, unless it is the last enabled administrator's. Whoever comes second waits, and then sees what is left: each locks
/// all of them, in one order.
macro_rules! unless_last_administrator {
    ($change:literal, $guard:literal, $then:literal) => {
        concat!(
            "WITH administrators AS MATERIALIZED (
                SELECT name FROM accounts WHERE admin AND NOT disabled ORDER BY name FOR UPDATE),
            changed AS (
                UPDATE accounts SET ",
            $change,
            " WHERE name = $1 AND ",
            $guard,
            " AND (NOT admin OR disabled
                    OR EXISTS (SELECT 1 FROM administrators other WHERE other.name <> $1))
                RETURNING name)",
            $then,
            " SELECT name FROM changed"
        )
    };
}

// The next generation ends sessions, too, that this statement cannot see yet.
const DISABLE: &str = unless_last_administrator!(
    "disabled = true, generation = generation + 1",
    "NOT disabled",
    ", ended AS (DELETE FROM sessions s USING changed WHERE s.account = changed.name)"
);

const DEMOTE: &str = unless_last_administrator!("admin = false", "admin", "");

const PROMOTE: &str = "UPDATE accounts SET admin = true WHERE name = $1 AND NOT admin";

const ENABLE: &str = "UPDATE accounts SET disabled = false WHERE name = $1 AND disabled";
