//! Keys of applications: a second one, so that a client changes over without an outage, and then the end of the old one.
//!
//! What is done here is not in the audit log yet: pages, programs and commands each name whoever acts in their own way, and [`about`] says
//! which key.

use super::Refusal;
use crate::stores::Stores;
use countersign_core::{ClientId, Timestamp};
use countersign_provider::{Clock, System};
use countersign_store::{AuditEntry, Change, ClientKey, ClientRecord, KeySlot, Outcome};

/// Adds a key beside the one that the client has, and answers since when it is accepted, which names it.
///
/// # Errors
///
/// [`Refusal::OtherKind`], [`Refusal::TwoKeys`], or the store's.
pub(crate) async fn add(
    stores: &Stores,
    client: &ClientRecord,
    key: &ClientKey,
) -> Result<Timestamp, Refusal> {
    // One kind for both: a secret beside a public key would let a request choose.
    if key.kind() != client.key.kind() {
        return Err(Refusal::OtherKind);
    }
    let sealed = stores.sealed.seal_client_key(&client.id, key)?;
    // Named by its second, which no other key of the client may have.
    let since = System.now().max(client.key_since.plus(1));
    match stores.rows.add_client_key(&client.id, &sealed, since).await? {
        Outcome::Refused => Err(Refusal::TwoKeys),
        Outcome::Done => {
            stores.forget(&[Change::Client(client.id.clone())]);
            Ok(since)
        }
    }
}

/// That it is one of two keys, as far as is known by now.
///
/// # Errors
///
/// [`Refusal::Absent`] where the client has no such key, [`Refusal::LastKey`].
pub(crate) fn removable(client: &ClientRecord, since: Timestamp) -> Result<(), Refusal> {
    if ![KeySlot::Newest, KeySlot::Previous].iter().any(|slot| client.since(*slot) == Some(since)) {
        return Err(Refusal::Absent);
    }
    client.previous().map(drop).ok_or(Refusal::LastKey)
}

/// Removes one of two keys.
///
/// # Errors
///
/// [`Refusal::Absent`] where the client has no such key, [`Refusal::LastKey`], or the store's.
pub(crate) async fn remove(stores: &Stores, client: &ClientRecord, since: Timestamp) -> Result<(), Refusal> {
    removable(client, since)?;
    match stores.rows.remove_client_key(&client.id, since).await? {
        Outcome::Refused => Err(Refusal::LastKey),
        Outcome::Done => {
            stores.forget(&[Change::Client(client.id.clone())]);
            Ok(())
        }
    }
}

/// The audit entry of whoever added or removed that key: by the number that names it everywhere.
pub(crate) fn about(id: &ClientId, since: Timestamp, did: AuditEntry) -> AuditEntry {
    AuditEntry { client: Some(id.clone()), detail: Some(format!("key {}", since.seconds())), ..did }
}
