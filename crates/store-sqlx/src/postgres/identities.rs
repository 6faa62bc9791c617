//! Who accounts are elsewhere.

use super::{
    PostgresStore,
    accounts::{self, holds_zero},
};
use async_trait::async_trait;
use countersign_store::{Account, ExternalIdentity, IdentityStore, Outcome, StoreError};

#[async_trait]
impl IdentityStore for PostgresStore {
    async fn add_identity(&self, identity: &ExternalIdentity) -> Result<Outcome, StoreError> {
        let ExternalIdentity { issuer, subject, account, created } = identity;
        let names = [issuer, subject, account].map(|text| text.as_str().into());
        let [issuer, subject, account] = names;
        self.guarded(CONNECT, &[issuer, subject, account, (*created).into()]).await
    }

    async fn account_of(&self, issuer: &str, subject: &str) -> Result<Option<Account>, StoreError> {
        if holds_zero([issuer, subject]) {
            return Ok(None);
        }
        let found = self.shared.lanes.first(ACCOUNT_OF, &[issuer.into(), subject.into()]).await?;
        found.map(|row| accounts::read(&mut row.columns())).transpose()
    }

    async fn identities(&self, account: &str) -> Result<Vec<ExternalIdentity>, StoreError> {
        let rows = self.shared.lanes.all(IDENTITIES, &[account.into()]).await?;
        let read = |row: &super::rows::Found| {
            let mut columns = row.columns();
            Ok(ExternalIdentity {
                issuer: columns.value()?,
                subject: columns.value()?,
                account: columns.value()?,
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
        self.guarded(DISCONNECT, &[issuer.into(), subject.into(), account.into()]).await
    }
}

const CONNECT: &str = "INSERT INTO identities (issuer, subject, account, created)
    SELECT $1::text, $2::text, $3::text, $4::bigint WHERE EXISTS (SELECT 1 FROM accounts WHERE name = $3::text)";

const DISCONNECT: &str = "DELETE FROM identities WHERE issuer = $1 AND subject = $2 AND account = $3";

const ACCOUNT_OF: &str = "SELECT a.name, a.password_hash, a.admin, a.disabled, a.created
    FROM identities i JOIN accounts a ON a.name = i.account WHERE i.issuer = $1 AND i.subject = $2";

const IDENTITIES: &str = "SELECT issuer, subject, account, created
    FROM identities WHERE account = $1 ORDER BY issuer, subject";
