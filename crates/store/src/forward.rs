//! Hands the verbs that a wrapping store does not change on to the store inside.

/// Implements a trait by forwarding every method to a field.
macro_rules! forward {
    (ClientStore for $wrapper:ident<$($param:ident: $bound:path),+> by $field:ident) => {
        #[async_trait]
        impl<$($param: $bound),+> ClientStore for $wrapper<$($param),+> {
            async fn client(&self, id: &ClientId) -> Result<Option<ClientRecord>, StoreError> {
                self.$field.client(id).await
            }
        }
    };
    (NonceStore for $wrapper:ident<$($param:ident: $bound:path),+> by $field:ident) => {
        #[async_trait]
        impl<$($param: $bound),+> NonceStore for $wrapper<$($param),+> {
            async fn remember(
                &self,
                used: &NonceUse<'_>,
                until: Timestamp,
                now: Timestamp,
            ) -> Result<Freshness, StoreError> {
                self.$field.remember(used, until, now).await
            }
        }
    };
    (TemporaryStore for $wrapper:ident<$($param:ident: $bound:path),+> by $field:ident) => {
        #[async_trait]
        impl<$($param: $bound),+> TemporaryStore for $wrapper<$($param),+> {
            async fn create(&self, record: &TemporaryRecord, now: Timestamp) -> Result<(), StoreError> {
                self.$field.create(record, now).await
            }

            async fn temporary(&self, id: &TemporaryId) -> Result<Option<TemporaryRecord>, StoreError> {
                self.$field.temporary(id).await
            }

            async fn grant(&self, id: &TemporaryId, grant: &Grant, now: Timestamp) -> Result<Outcome, StoreError> {
                self.$field.grant(id, grant, now).await
            }

            async fn deny(&self, id: &TemporaryId, now: Timestamp) -> Result<Outcome, StoreError> {
                self.$field.deny(id, now).await
            }

            async fn count_wrong_verifier(
                &self,
                id: &TemporaryId,
                most: u32,
                now: Timestamp,
            ) -> Result<u32, StoreError> {
                self.$field.count_wrong_verifier(id, most, now).await
            }

            async fn consume(
                &self,
                id: &TemporaryId,
                client: &ClientId,
                now: Timestamp,
            ) -> Result<Outcome, StoreError> {
                self.$field.consume(id, client, now).await
            }
        }
    };
}

pub(crate) use forward;
