//! Token credentials: revoked.

use super::{Actor, Refusal};
use crate::app::App;
use countersign_core::{ClientId, TokenId};
use countersign_provider::{Clock, System};
use countersign_store::{AuditEntry, Outcome, StoreError, TokenRecord, TokenStore};

/// The token credentials of that identifier, revoked ones too.
pub(crate) async fn find(app: &App, id: &TokenId) -> Result<TokenRecord, Refusal> {
    // Any client will do: the token is looked up by its own identifier.
    let any = ClientId::new("-").map_err(|_| Refusal::Absent)?;
    let loaded = app.stores.rows.load(&any, Some(id)).await?;
    loaded.token().cloned().ok_or(Refusal::Absent)
}

/// Revokes them, for good; where they are so already, nothing is recorded.
pub(crate) async fn revoke(app: &App, actor: &Actor, id: &TokenId) -> Result<(), Refusal> {
    let record = find(app, id).await?;
    end(app, actor, &record).await?;
    Ok(())
}

/// The same for those that are known, by the provider's store, so that its cache forgets them; tells whether this call ended them.
pub(crate) async fn end(app: &App, actor: &Actor, record: &TokenRecord) -> Result<bool, StoreError> {
    let ended = app.stores.provider.revoke(&record.id, System.now()).await? == Outcome::Done;
    if ended {
        app.audit.append(about(actor, "revoked", record));
    }
    Ok(ended)
}

/// An audit event about token credentials.
pub(crate) fn about(actor: &Actor, event: &str, record: &TokenRecord) -> AuditEntry {
    AuditEntry {
        client: Some(record.client.clone()),
        owner: Some(record.owner.clone()),
        token: Some(record.id.clone()),
        ..actor.did(event)
    }
}
