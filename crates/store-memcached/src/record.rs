//! A record as text: a list in JSON, its layout's number first.

use countersign_core::{Secret, TemporaryId, Timestamp};
use countersign_store::{Callback, Grant, StoreError, TemporaryRecord, TemporaryState, VerifierHash};

/// What stands in Memcached.
pub(crate) struct Kept {
    pub(crate) record: TemporaryRecord,
    pub(crate) wrong_verifiers: u32,
}

/// Layout, identifier, secret, client, callback, scopes, expiry, state, owner, hash of the verifier, wrong verifiers.
type Row =
    (u8, String, String, String, String, Vec<String>, u64, String, Option<String>, Option<[u8; 32]>, u32);

impl Kept {
    pub(crate) fn is_live(&self, now: Timestamp) -> bool {
        self.record.expires > now
    }

    pub(crate) fn write(&self) -> Result<String, StoreError> {
        let record = &self.record;
        let (state, owner, verifier) = match &record.state {
            TemporaryState::Pending => ("pending", None, None),
            TemporaryState::Denied => ("denied", None, None),
            TemporaryState::Granted(grant) => {
                ("granted", Some(grant.owner.as_str()), Some(grant.verifier.as_bytes()))
            }
        };
        let (id, secret, client) = (record.id.as_str(), record.secret.expose(), record.client.as_str());
        let (callback, expires) = (record.callback.as_str(), record.expires.seconds());
        let row = (
            LAYOUT,
            id,
            secret,
            client,
            callback,
            &record.scopes,
            expires,
            state,
            owner,
            verifier,
            self.wrong_verifiers,
        );
        serde_json::to_string(&row).map_err(StoreError::corrupt)
    }

    pub(crate) fn read(id: &TemporaryId, value: &[u8]) -> Result<Self, StoreError> {
        let row: Row = serde_json::from_slice(value).map_err(StoreError::corrupt)?;
        let (layout, own, secret, client, callback, scopes, expires, state, owner, verifier, wrong_verifiers) =
            row;
        if layout != LAYOUT || own != id.as_str() {
            return Err(StoreError::corrupt(
                "temporary credentials of another layout, or under another name",
            ));
        }
        let record = TemporaryRecord {
            id: id.clone(),
            secret: Secret::from(secret),
            client: client.parse().map_err(StoreError::corrupt)?,
            callback: Callback::from(callback),
            scopes,
            expires: Timestamp::from_seconds(expires),
            state: match (&*state, owner, verifier) {
                ("pending", None, None) => TemporaryState::Pending,
                ("denied", None, None) => TemporaryState::Denied,
                ("granted", Some(owner), Some(verifier)) => TemporaryState::Granted(Grant {
                    owner: owner.into(),
                    verifier: VerifierHash::from(verifier),
                }),
                _ => return Err(StoreError::corrupt("temporary credentials are in no known state")),
            },
        };
        Ok(Self { record, wrong_verifiers })
    }
}

const LAYOUT: u8 = 1;
