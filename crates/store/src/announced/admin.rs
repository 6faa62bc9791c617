//! The same for what operators do, on a store that may be chosen at run time.

use super::{Announced, Announcer};
use crate::{
    admin::{
        Account, AccountFilter, AccountStore, Addition, AdminStore, ClientRegistry, Page, StoredToken,
        TokenRegistry,
    },
    client::{ClientRecord, ClientStatus},
    credentials::{Outcome, ResourceOwner, TokenRecord},
    error::StoreError,
    lookups::{Change, Lookups},
    nonce::NonceKey,
};
use async_trait::async_trait;
use countersign_core::{ClientId, Secret, Timestamp, TokenId};
use std::sync::Arc;

#[async_trait]
impl<S: AccountStore + ?Sized, A: Announcer> AccountStore for Announced<Arc<S>, A> {
    async fn add_account(&self, account: &Account) -> Result<(), StoreError> {
        self.store.add_account(account).await?;
        self.announce_disabled(std::slice::from_ref(account)).await;
        Ok(())
    }

    async fn add_accounts(&self, accounts: &[Account]) -> Result<Vec<Addition>, StoreError> {
        let added = self.store.add_accounts(accounts).await;
        self.announce_disabled(accounts).await;
        added
    }

    async fn account(&self, name: &str) -> Result<Option<Account>, StoreError> {
        self.store.account(name).await
    }

    async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        self.store.accounts().await
    }

    async fn accounts_page(
        &self,
        filter: &AccountFilter,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Account>, StoreError> {
        self.store.accounts_page(filter, after, limit).await
    }

    async fn set_password(&self, name: &str, password_hash: &Secret) -> Result<Outcome, StoreError> {
        self.store.set_password(name, password_hash).await
    }

    async fn disable_account(&self, name: &str) -> Result<Outcome, StoreError> {
        let outcome = self.store.disable_account(name).await;
        self.after(outcome, || Change::Owner(name.into())).await
    }

    async fn enable_account(&self, name: &str) -> Result<Outcome, StoreError> {
        let outcome = self.store.enable_account(name).await;
        self.after(outcome, || Change::Owner(name.into())).await
    }

    async fn set_admin(&self, name: &str, admin: bool) -> Result<Outcome, StoreError> {
        self.store.set_admin(name, admin).await
    }
}

impl<S, A: Announcer> Announced<S, A> {
    /// Tokens may be there before the account of their owner is: one that begins as disabled ends their use.
    async fn announce_disabled(&self, accounts: &[Account]) {
        let mut disabled = accounts.iter().filter(|account| account.disabled);
        match (disabled.next(), disabled.next()) {
            (None, _) => {}
            (Some(one), None) => self.announcer.announce(&Change::Owner(one.name.as_str().into())).await,
            _ => self.announcer.announce(&Change::Everything).await,
        }
    }
}

#[async_trait]
impl<S: ClientRegistry + ?Sized, A: Announcer> ClientRegistry for Announced<Arc<S>, A> {
    async fn add_client(&self, record: &ClientRecord) -> Result<(), StoreError> {
        self.store.add_client(record).await
    }

    async fn update_client(&self, record: &ClientRecord) -> Result<Outcome, StoreError> {
        let outcome = self.store.update_client(record).await;
        self.after(outcome, || Change::Client(record.id.clone())).await
    }

    async fn clients(&self) -> Result<Vec<ClientRecord>, StoreError> {
        self.store.clients().await
    }

    async fn set_client_status(&self, id: &ClientId, status: ClientStatus) -> Result<Outcome, StoreError> {
        let outcome = self.store.set_client_status(id, status).await;
        self.after(outcome, || Change::Client(id.clone())).await
    }

    async fn remove_client(&self, id: &ClientId) -> Result<Outcome, StoreError> {
        let outcome = self.store.remove_client(id).await;
        self.after(outcome, || Change::Client(id.clone())).await
    }
}

#[async_trait]
impl<S: TokenRegistry + ?Sized, A: Announcer> TokenRegistry for Announced<Arc<S>, A> {
    async fn add_tokens(&self, records: &[TokenRecord]) -> Result<Vec<Addition>, StoreError> {
        self.store.add_tokens(records).await
    }

    async fn tokens(
        &self,
        client: Option<&ClientId>,
        owner: Option<&ResourceOwner>,
        page: Page,
    ) -> Result<Vec<StoredToken>, StoreError> {
        self.store.tokens(client, owner, page).await
    }

    async fn withdraw(&self, id: &TokenId) -> Result<Outcome, StoreError> {
        let outcome = self.store.withdraw(id).await;
        self.after(outcome, || Change::Token(id.clone())).await
    }
}

#[async_trait]
impl<S: AdminStore + ?Sized, A: Announcer> AdminStore for Announced<Arc<S>, A> {
    async fn check(&self) -> Result<(), StoreError> {
        self.store.check().await
    }

    async fn check_writable(&self, now: Timestamp) -> Result<(), StoreError> {
        self.store.check_writable(now).await
    }

    async fn clock(&self) -> Result<Option<Timestamp>, StoreError> {
        self.store.clock().await
    }

    async fn flush(&self) -> Result<(), StoreError> {
        self.store.flush().await
    }

    async fn close(&self) {
        self.store.close().await;
    }

    async fn tell_changes(&self, lookups: Lookups) {
        self.announcer.tell_changes(lookups).await;
    }

    async fn begin_claims(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.store.begin_claims(now).await
    }

    async fn nonces_at(&self, place: &str, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.store.nonces_at(place, now).await
    }

    fn nonce_key(&self) -> NonceKey {
        self.store.nonce_key()
    }
}
