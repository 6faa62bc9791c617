//! Who accounts are elsewhere.

use crate::{
    SqliteStore, accounts,
    rows::{change, find, guarded, list, seconds},
};
use async_trait::async_trait;
use countersign_store::{Account, ExternalIdentity, IdentityStore, Outcome, StoreError};
use rusqlite::Connection;

#[async_trait]
impl IdentityStore for SqliteStore {
    async fn add_identity(&self, identity: &ExternalIdentity) -> Result<Outcome, StoreError> {
        let identity = identity.clone();
        self.change(move |connection| connect(connection, &identity).map(Outcome::of_rows)).await
    }

    async fn account_of(&self, issuer: &str, subject: &str) -> Result<Option<Account>, StoreError> {
        self.read(|connection| find(connection, ACCOUNT_OF, [issuer, subject], accounts::read))
    }

    async fn identities(&self, account: &str) -> Result<Vec<ExternalIdentity>, StoreError> {
        self.read(|connection| {
            list(connection, IDENTITIES, [account], |columns| {
                Ok(ExternalIdentity {
                    issuer: columns.value()?,
                    subject: columns.value()?,
                    account: columns.value()?,
                    created: columns.time()?,
                })
            })
        })
    }

    async fn remove_identity(
        &self,
        issuer: &str,
        subject: &str,
        account: &str,
    ) -> Result<Outcome, StoreError> {
        let identity = [issuer, subject, account].map(ToOwned::to_owned);
        self.change(move |connection| guarded(connection, DISCONNECT, identity)).await
    }
}

/// Connects an identity with an account that is there, and tells how many rows that made.
pub(crate) fn connect(connection: &Connection, identity: &ExternalIdentity) -> Result<usize, StoreError> {
    let ExternalIdentity { issuer, subject, account, created } = identity;
    change(connection, CONNECT, (issuer, subject, account, seconds(*created)))
}

const CONNECT: &str = "INSERT INTO identities (issuer, subject, account, created)
    SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM accounts WHERE name = ?3)";

const DISCONNECT: &str = "DELETE FROM identities WHERE issuer = ?1 AND subject = ?2 AND account = ?3";

const ACCOUNT_OF: &str = "SELECT a.name, a.password_hash, a.admin, a.disabled, a.created
    FROM identities i JOIN accounts a ON a.name = i.account WHERE i.issuer = ?1 AND i.subject = ?2";

const IDENTITIES: &str = "SELECT issuer, subject, account, created
    FROM identities WHERE account = ?1 ORDER BY issuer, subject";
