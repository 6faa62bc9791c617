//! Token credentials: revoked.

use super::{Actor, Refusal};
use crate::{app::App, audit::Event, stores::Stores};
use countersign_core::{ClientId, TokenId};
use countersign_provider::{Clock, System};
use countersign_store::{AuditEntry, Outcome, StoreError, TokenRecord, TokenStore};

/// The token credentials of that identifier, revoked ones too.
pub(crate) async fn find(stores: &Stores, id: &TokenId) -> Result<TokenRecord, Refusal> {
    // Any client will do: the token is looked up by its own identifier.
    let any = ClientId::new("-").map_err(|_| Refusal::Absent)?;
    let loaded = stores.rows.load(&any, Some(id)).await?;
    loaded.token().cloned().ok_or(Refusal::Absent)
}

/// Revokes them, for good, by the provider's store, so that its cache forgets them; where they are revoked already, nothing is
/// recorded. Tells whether this call ended them.
pub(crate) async fn end(app: &App, actor: &Actor, record: &TokenRecord) -> Result<bool, StoreError> {
    let ended = app.stores.provider.revoke(&record.id, System.now()).await? == Outcome::Done;
    if ended {
        app.audit.append(about(actor, Event::Revoked, record));
    }
    Ok(ended)
}

/// An audit event about token credentials.
pub(crate) fn about(actor: &Actor, event: Event, record: &TokenRecord) -> AuditEntry {
    AuditEntry {
        client: Some(record.client.clone()),
        owner: Some(record.owner.clone()),
        token: Some(record.id.clone()),
        ..actor.did(event)
    }
}
