//! The same for what owners of applications do.

use super::{Announced, Announcer};
use crate::{
    admin::{Application, ApplicationFilter, ApplicationProfile, ApplicationStore, Edit, Page},
    client::{ClientKey, ClientRecord},
    credentials::Outcome,
    error::StoreError,
    lookups::Change,
};
use async_trait::async_trait;
use countersign_core::{ClientId, Timestamp};
use std::sync::Arc;

#[async_trait]
impl<S: ApplicationStore + ?Sized, A: Announcer> ApplicationStore for Announced<Arc<S>, A> {
    async fn add_application(
        &self,
        client: &ClientRecord,
        profile: &ApplicationProfile,
    ) -> Result<(), StoreError> {
        self.store.add_application(client, profile).await
    }

    async fn application(&self, id: &ClientId) -> Result<Option<Application>, StoreError> {
        self.store.application(id).await
    }

    async fn applications(
        &self,
        filter: &ApplicationFilter,
        page: Page,
    ) -> Result<Vec<Application>, StoreError> {
        self.store.applications(filter, page).await
    }

    async fn update_application(&self, changed: &Application) -> Result<Edit, StoreError> {
        let edit = self.store.update_application(changed).await;
        if !matches!(edit, Ok(Edit::Stale | Edit::Absent)) {
            self.announcer.announce(&Change::Client(changed.client.id.clone())).await;
        }
        edit
    }

    /// No lookup tells whose a client is.
    async fn transfer_application(
        &self,
        id: &ClientId,
        from: Option<&str>,
        to: &str,
    ) -> Result<Outcome, StoreError> {
        self.store.transfer_application(id, from, to).await
    }

    async fn add_client_key(
        &self,
        id: &ClientId,
        key: &ClientKey,
        since: Timestamp,
    ) -> Result<Outcome, StoreError> {
        let outcome = self.store.add_client_key(id, key, since).await;
        self.after(outcome, || Change::Client(id.clone())).await
    }

    async fn remove_client_key(&self, id: &ClientId, since: Timestamp) -> Result<Outcome, StoreError> {
        let outcome = self.store.remove_client_key(id, since).await;
        self.after(outcome, || Change::Client(id.clone())).await
    }
}
