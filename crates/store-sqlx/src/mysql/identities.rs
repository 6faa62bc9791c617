//! Who accounts are elsewhere.

use super::{MySqlStore, accounts, rows::Columns, values::time};
use async_trait::async_trait;
use countersign_store::{Account, ExternalIdentity, IdentityStore, Outcome, StoreError};
use mysql_async::Row;

#[async_trait]
impl IdentityStore for MySqlStore {
    async fn add_identity(&self, identity: &ExternalIdentity) -> Result<Outcome, StoreError> {
        let ExternalIdentity { issuer, subject, account, created } = identity;
        let account = account.as_str().into();
        let values = vec![issuer.as_str().into(), subject.as_str().into(), time(*created), account];
        self.shared.pool.guarded(CONNECT, values).await
    }

    async fn account_of(&self, issuer: &str, subject: &str) -> Result<Option<Account>, StoreError> {
        let found = self.shared.pool.first(ACCOUNT_OF, vec![issuer.into(), subject.into()]).await?;
        found.map(|row| accounts::read(&mut Columns::of(&row))).transpose()
    }

    async fn identities(&self, account: &str) -> Result<Vec<ExternalIdentity>, StoreError> {
        let rows = self.shared.pool.all(IDENTITIES, vec![account.into()]).await?;
        let read = |row: &Row| {
            let mut columns = Columns::of(row);
            Ok(ExternalIdentity {
                issuer: columns.owned()?,
                subject: columns.owned()?,
                account: columns.owned()?,
                created: columns.time()?,
            })
        };
        rows.iter().map(read).collect()
    }

    async fn remove_identity(
        &self,
        issuer: &str,
        subject: &str,
        account: &str,
    ) -> Result<Outcome, StoreError> {
        self.shared.pool.guarded(DISCONNECT, vec![issuer.into(), subject.into(), account.into()]).await
    }
}

const CONNECT: &str = "INSERT INTO identities (issuer, subject, account, created)
    SELECT ?, ?, name, ? FROM accounts WHERE name = ?";

const DISCONNECT: &str = "DELETE FROM identities WHERE issuer = ? AND subject = ? AND account = ?";

const ACCOUNT_OF: &str = "SELECT a.name, a.password_hash, a.admin, a.disabled, a.created
    FROM identities i JOIN accounts a ON a.name = i.account WHERE i.issuer = ? AND i.subject = ?";

const IDENTITIES: &str = "SELECT issuer, subject, account, created
    FROM identities WHERE account = ? ORDER BY issuer, subject";
