//! Accounts: the resource owners and operators who sign in at the server.

use super::{
    MySqlStore,
    failure::kind,
    pool::{End, Work, exec},
    rows::Columns,
    values::time,
};
use async_trait::async_trait;
use countersign_core::Secret;
use countersign_store::{Account, AccountStore, Addition, Outcome, StoreError, StoreErrorKind};
use mysql_async::{Conn, Value};

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

    async fn set_password(&self, name: &str, password_hash: &Secret) -> Result<Outcome, StoreError> {
        self.shared.pool.guarded(SET_PASSWORD, vec![password_hash.expose().into(), name.into()]).await
    }

    async fn disable_account(&self, name: &str) -> Result<Outcome, StoreError> {
        let name = Value::from(name);
        self.shared.pool.transaction(move |connection| disable(connection, name.clone())).await
    }

    async fn enable_account(&self, name: &str) -> Result<Outcome, StoreError> {
        self.shared.pool.guarded(ENABLE, vec![name.into()]).await
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

/// The next generation ends sessions, too, that this transaction cannot see yet.
fn disable(connection: &mut Conn, name: Value) -> Work<'_, End<Outcome>> {
    Box::pin(async move {
        if exec(connection, DISABLE, vec![name.clone()]).await? != 1 {
            return Ok(End::RollBack(Outcome::Refused));
        }
        exec(connection, END_SESSIONS, vec![name]).await?;
        Ok(End::Commit(Outcome::Done))
    })
}

fn values(account: &Account) -> Vec<Value> {
    vec![
        account.name.as_str().into(),
        account.password_hash.expose().into(),
        account.admin.into(),
        account.disabled.into(),
        time(account.created),
    ]
}

fn read(columns: &mut Columns<'_>) -> Result<Account, StoreError> {
    Ok(Account {
        name: columns.text()?.to_owned(),
        password_hash: columns.secret()?,
        admin: columns.flag()?,
        disabled: columns.flag()?,
        created: columns.time()?,
    })
}

/// So many of a list are added in one transaction.
const AT_ONCE: usize = 100;

const ADD: &str =
    "INSERT INTO accounts (name, password_hash, admin, disabled, created) VALUES (?, ?, ?, ?, ?)";

const FIND: &str = "SELECT name, password_hash, admin, disabled, created FROM accounts WHERE name = ?";

const LIST: &str = "SELECT name, password_hash, admin, disabled, created FROM accounts ORDER BY name";

const SET_PASSWORD: &str = "UPDATE accounts SET password_hash = ? WHERE name = ?";

const DISABLE: &str = "UPDATE accounts SET disabled = 1, generation = generation + 1
    WHERE name = ? AND disabled = 0";

pub(crate) const END_SESSIONS: &str = "DELETE FROM sessions WHERE account = ?";

const ENABLE: &str = "UPDATE accounts SET disabled = 0 WHERE name = ? AND disabled = 1";
