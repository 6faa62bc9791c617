//! Accounts: the resource owners and operators who sign in at the server.

use super::{
    MySqlStore,
    failure::kind,
    pool::{End, Work, exec},
    rows::Columns,
    values::{optional_flag, time},
};
use async_trait::async_trait;
use countersign_core::Secret;
use countersign_store::{
    Account, AccountFilter, AccountStore, Addition, Outcome, StoreError, StoreErrorKind,
};
use mysql_async::{Conn, Value, prelude::Queryable as _};

#[async_trait]
impl AccountStore for MySqlStore {
    async fn add_account(&self, account: &Account) -> Result<(), StoreError> {
        self.shared.pool.change(ADD, values(account)).await.map(drop)
    }

    async fn add_accounts(&self, accounts: &[Account]) -> Result<Vec<Addition>, StoreError> {
        let mut fates = Vec::with_capacity(accounts.len());
        for some in accounts.chunks(AT_ONCE) {
            let some: Vec<_> = some.iter().map(values).collect();
            let pool = &self.shared.pool;
            let added = pool.long_transaction(AT_ONCE, move |connection| add(connection, some.clone()));
            fates.extend(added.await?);
        }
        Ok(fates)
    }

    async fn account(&self, name: &str) -> Result<Option<Account>, StoreError> {
        let found = self.shared.pool.first(FIND, vec![name.into()]).await?;
        found.map(|row| read(&mut Columns::of(&row))).transpose()
    }

    async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        let rows = self.shared.pool.all(LIST, Vec::new()).await?;
        rows.iter().map(|row| read(&mut Columns::of(row))).collect()
    }

    async fn accounts_page(
        &self,
        filter: &AccountFilter,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Account>, StoreError> {
        let name = filter.name.as_deref();
        let (admin, disabled) = (optional_flag(filter.admin), optional_flag(filter.disabled));
        let values = vec![
            after.unwrap_or_default().into(),
            name.into(),
            name.into(),
            admin.clone(),
            admin,
            disabled.clone(),
            disabled,
            limit.into(),
        ];
        let rows = self.shared.pool.all(PAGE, values).await?;
        rows.iter().map(|row| read(&mut Columns::of(row))).collect()
    }

    async fn set_password(&self, name: &str, password_hash: &Secret) -> Result<Outcome, StoreError> {
        self.shared.pool.guarded(SET_PASSWORD, vec![password_hash.expose().into(), name.into()]).await
    }

    async fn disable_account(&self, name: &str) -> Result<Outcome, StoreError> {
        let name = Value::from(name);
        self.shared
            .pool
            .transaction(move |connection| unless_last(connection, DISABLE, Some(END_SESSIONS), name.clone()))
            .await
    }

    async fn enable_account(&self, name: &str) -> Result<Outcome, StoreError> {
        self.shared.pool.guarded(ENABLE, vec![name.into()]).await
    }

    async fn set_admin(&self, name: &str, admin: bool) -> Result<Outcome, StoreError> {
        let name = Value::from(name);
        match admin {
            true => self.shared.pool.guarded(PROMOTE, vec![name]).await,
            false => {
                let pool = &self.shared.pool;
                pool.transaction(move |connection| unless_last(connection, DEMOTE, None, name.clone())).await
            }
        }
    }
}

/// Adds each; one that is there already undoes its own statement alone.
fn add(connection: &mut Conn, accounts: Vec<Vec<Value>>) -> Work<'_, End<Vec<Addition>>> {
    Box::pin(async move {
        let mut fates = Vec::with_capacity(accounts.len());
        for account in accounts {
            fates.push(match exec(connection, ADD, account).await {
                Ok(_) => Addition::Added,
                Err(error) if kind(&error) == StoreErrorKind::Conflict => Addition::Conflict,
                Err(error) => return Err(error),
            });
        }
        Ok(End::Commit(fates))
    })
}

/// Changes an account, unless it is the last enabled administrator's. Whoever comes second waits, and then sees what is left: each locks
/// all of them.
fn unless_last<'c>(
    connection: &'c mut Conn,
    sql: &'static str,
    then: Option<&'static str>,
    name: Value,
) -> Work<'c, End<Outcome>> {
    Box::pin(async move {
        let administrators: Vec<Vec<u8>> = connection.exec(ADMINISTRATORS, ()).await?;
        if matches!(&administrators[..], [last] if name == Value::Bytes(last.clone()))
            || exec(connection, sql, vec![name.clone()]).await? != 1
        {
            return Ok(End::RollBack(Outcome::Refused));
        }
        if let Some(then) = then {
            exec(connection, then, vec![name]).await?;
        }
        Ok(End::Commit(Outcome::Done))
    })
}

/// The values of a new row, in the order of [`ADD`].
pub(crate) fn values(account: &Account) -> Vec<Value> {
    vec![
        account.name.as_str().into(),
        account.password_hash.as_ref().map(Secret::expose).into(),
        account.admin.into(),
        account.disabled.into(),
        time(account.created),
    ]
}

/// Reads an account from its columns.
pub(crate) fn read(columns: &mut Columns<'_>) -> Result<Account, StoreError> {
    Ok(Account {
        name: columns.text()?.to_owned(),
        password_hash: columns.optional_text()?.map(Secret::from),
        admin: columns.flag()?,
        disabled: columns.flag()?,
        created: columns.time()?,
    })
}

/// So many of a list are added in one transaction.
const AT_ONCE: usize = 100;

pub(crate) const ADD: &str =
    "INSERT INTO accounts (name, password_hash, admin, disabled, created) VALUES (?, ?, ?, ?, ?)";

const FIND: &str = "SELECT name, password_hash, admin, disabled, created FROM accounts WHERE name = ?";

const LIST: &str = "SELECT name, password_hash, admin, disabled, created FROM accounts ORDER BY name";

const SET_PASSWORD: &str = "UPDATE accounts SET password_hash = ? WHERE name = ?";

const PAGE: &str = "SELECT name, password_hash, admin, disabled, created FROM accounts
    WHERE name > ? AND (? IS NULL OR INSTR(LOWER(CONVERT(name USING utf8mb4)) COLLATE utf8mb4_bin,
            LOWER(CONVERT(? USING utf8mb4)) COLLATE utf8mb4_bin) > 0)
        AND (? IS NULL OR admin = ?) AND (? IS NULL OR disabled = ?)
    ORDER BY name LIMIT ?";

const ADMINISTRATORS: &str =
    "SELECT name FROM accounts WHERE admin = 1 AND disabled = 0 ORDER BY name FOR UPDATE";

const PROMOTE: &str = "UPDATE accounts SET admin = 1 WHERE name = ? AND admin = 0";
const DEMOTE: &str = "UPDATE accounts SET admin = 0 WHERE name = ? AND admin = 1";

// The next generation ends sessions, too, that the transaction cannot see yet.
const DISABLE: &str = "UPDATE accounts SET disabled = 1, generation = generation + 1
    WHERE name = ? AND disabled = 0";

pub(crate) const END_SESSIONS: &str = "DELETE FROM sessions WHERE account = ?";

const ENABLE: &str = "UPDATE accounts SET disabled = 0 WHERE name = ? AND disabled = 1";
