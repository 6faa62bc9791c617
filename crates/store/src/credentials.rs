//! Temporary and token credentials: what is stored, and the verbs that change it.

use crate::{error::StoreError, loaded::Loaded};
use async_trait::async_trait;
use aws_lc_rs::digest;
use countersign_core::{ClientId, Secret, TemporaryId, Timestamp, TokenId};
use std::{fmt, sync::Arc};

/// A request for access: alive until it is redeemed, denied and forgotten, or expired
/// ([RFC 5849 §2.1](https://www.rfc-editor.org/rfc/rfc5849#section-2.1)).
#[derive(Clone, Debug)]
#[doc(alias = "request token")]
pub struct TemporaryRecord {
    /// Its identifier.
    pub id: TemporaryId,
    /// Its secret.
    pub secret: Secret,
    /// The client that asked; nobody else can redeem it.
    pub client: ClientId,
    /// Where the answer goes, fixed when it is created.
    pub callback: Callback,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// When it can no longer be used.
    pub expires: Timestamp,
    /// What the resource owner said.
    pub state: TemporaryState,
}

/// Where the resource owner's answer goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Callback {
    /// Nowhere: the verifier is shown, and typed into the client (`oob`).
    OutOfBand,
    /// To this absolute URI, kept byte for byte.
    Url(String),
}

impl Callback {
    /// The text of `oauth_callback`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::OutOfBand => "oob",
            Self::Url(url) => url,
        }
    }
}

impl From<String> for Callback {
    fn from(text: String) -> Self {
        if text == "oob" { Self::OutOfBand } else { Self::Url(text) }
    }
}

/// What the resource owner said; final once it is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemporaryState {
    /// Nothing yet.
    Pending,
    /// Yes.
    Granted(Grant),
    /// No.
    Denied,
}

impl TemporaryState {
    /// From three columns of a row: whether the answer was no, who said yes, and the bytes of the verifier's hash.
    ///
    /// # Errors
    ///
    /// [`StoreError::corrupt`] where they contradict each other: half an answer is none.
    pub fn from_columns(
        denied: bool,
        owner: Option<String>,
        verifier: Option<Vec<u8>>,
    ) -> Result<Self, StoreError> {
        match (denied, owner, verifier) {
            (false, None, None) => Ok(Self::Pending),
            (true, None, None) => Ok(Self::Denied),
            (false, Some(owner), Some(verifier)) => {
                let hash: [u8; 32] =
                    verifier.try_into().map_err(|_| StoreError::corrupt("a verifier's hash has 32 bytes"))?;
                Ok(Self::Granted(Grant { owner: owner.into(), verifier: hash.into() }))
            }
            _ => Err(StoreError::corrupt("half an answer")),
        }
    }
}

/// A resource owner's yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Who said it.
    pub owner: ResourceOwner,
    /// What the client must present to redeem it.
    pub verifier: VerifierHash,
}

/// A resource owner, in the words of whoever signed them in: any text that identifies one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "user")]
pub struct ResourceOwner(Arc<str>);

impl ResourceOwner {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<T: Into<Arc<str>>> From<T> for ResourceOwner {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for ResourceOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// SHA-256 of a verifier, bound to its temporary credentials: the verifier itself is never stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct VerifierHash([u8; 32]);

impl VerifierHash {
    /// Hashes a verifier.
    #[must_use]
    pub fn new(temporary: &TemporaryId, verifier: &str) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(temporary.as_str().as_bytes());
        context.update(&[0]);
        context.update(verifier.as_bytes());
        let mut hash = [0; 32];
        hash.copy_from_slice(context.finish().as_ref());
        Self(hash)
    }

    /// Compares in constant time.
    #[must_use]
    pub fn matches(&self, temporary: &TemporaryId, verifier: &str) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(&self.0, &Self::new(temporary, verifier).0).is_ok()
    }

    /// The bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for VerifierHash {
    fn from(hash: [u8; 32]) -> Self {
        Self(hash)
    }
}

impl fmt::Debug for VerifierHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerifierHash(***)")
    }
}

/// What a resource owner granted to a client ([RFC 5849 §2.3](https://www.rfc-editor.org/rfc/rfc5849#section-2.3)).
#[derive(Clone, Debug)]
#[doc(alias = "access token")]
pub struct TokenRecord {
    /// Its identifier.
    pub id: TokenId,
    /// Its secret.
    pub secret: Secret,
    /// The client that may use it.
    pub client: ClientId,
    /// Who granted it.
    pub owner: ResourceOwner,
    /// What it allows.
    pub scopes: Vec<String>,
    /// When it was issued.
    pub issued: Timestamp,
    /// When it ends; `None` for never.
    pub expires: Option<Timestamp>,
    /// Whether it may be used.
    pub status: TokenStatus,
}

/// Whether token credentials may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenStatus {
    /// They may.
    Active,
    /// Their resource owner is disabled; the owner's record says so, not the token's.
    OwnerDisabled,
    /// They were revoked, for good.
    Revoked,
}

/// Whether a guarded change happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// It did, by this call.
    Done,
    /// It did not: the record is not there, or not in the state that the verb needs. Another call may have been first.
    Refused,
}

impl Outcome {
    /// `Done` if a statement changed exactly one row.
    pub const fn of_rows(changed: usize) -> Self {
        if changed == 1 { Self::Done } else { Self::Refused }
    }
}

/// Temporary credentials: the half that may live in a cache.
///
/// A record past its expiry **must** behave like one that is not there, for every verb but [`temporary`](Self::temporary).
#[async_trait]
pub trait TemporaryStore: Send + Sync {
    /// Stores a new record.
    ///
    /// # Errors
    ///
    /// A conflict for an identifier that exists; never overwrites.
    async fn create(&self, record: &TemporaryRecord, now: Timestamp) -> Result<(), StoreError>;

    /// The record of that identifier; one past its expiry may be given back or not.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know.
    async fn temporary(&self, id: &TemporaryId) -> Result<Option<TemporaryRecord>, StoreError>;

    /// Pending → granted.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    ///
    /// # Security
    ///
    /// A second answer is refused and changes no verifier.
    async fn grant(&self, id: &TemporaryId, grant: &Grant, now: Timestamp) -> Result<Outcome, StoreError>;

    /// Pending → denied.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    async fn deny(&self, id: &TemporaryId, now: Timestamp) -> Result<Outcome, StoreError>;

    /// Counts a wrong verifier and destroys the record with the `most`-th one; gives back how many there were.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know.
    ///
    /// # Security
    ///
    /// Counting and destroying **must** be one step: guesses in parallel count each.
    async fn count_wrong_verifier(
        &self,
        id: &TemporaryId,
        most: u32,
        now: Timestamp,
    ) -> Result<u32, StoreError>;

    /// Granted → gone, if `client` is whose it is. Exactly one caller is told [`Outcome::Done`].
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    async fn consume(
        &self,
        id: &TemporaryId,
        client: &ClientId,
        now: Timestamp,
    ) -> Result<Outcome, StoreError>;
}

/// Token credentials: the half that lives in a database, beside the clients.
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// Stores new token credentials.
    ///
    /// # Errors
    ///
    /// A conflict for an identifier that exists; never overwrites.
    async fn issue(&self, record: &TokenRecord) -> Result<(), StoreError>;

    /// Client and token by their identifiers, in one round trip: the hot path.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know: never an absent record.
    async fn load(&self, client: &ClientId, token: Option<&TokenId>) -> Result<Arc<Loaded>, StoreError>;

    /// Active → revoked.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    async fn revoke(&self, id: &TokenId, now: Timestamp) -> Result<Outcome, StoreError>;
}

/// Both halves, and the one verb that touches both.
#[async_trait]
pub trait CredentialStore: TemporaryStore + TokenStore {
    /// Consumes the granted temporary credentials of `token.client` and issues `token`: both or neither.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    ///
    /// # Security
    ///
    /// Exactly one caller is told [`Outcome::Done`]. Where the halves share no transaction, consume first.
    async fn redeem(
        &self,
        id: &TemporaryId,
        token: &TokenRecord,
        now: Timestamp,
    ) -> Result<Outcome, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_hash_is_bound_to_its_temporary_credentials() {
        let (one, other) = (TemporaryId::new("one").unwrap(), TemporaryId::new("other").unwrap());
        let hash = VerifierHash::new(&one, "473f82d3");
        assert!(
            hash.matches(&one, "473f82d3") && !hash.matches(&other, "473f82d3") && !hash.matches(&one, "")
        );
        assert_eq!(format!("{hash:?}"), "VerifierHash(***)");
    }

    #[test]
    fn columns_make_a_whole_answer_or_none() {
        let state = |denied, owner: Option<&str>, hash: Option<usize>| {
            let columns = (owner.map(String::from), hash.map(|bytes| vec![7; bytes]));
            TemporaryState::from_columns(denied, columns.0, columns.1).map_err(|error| error.kind())
        };
        let yes = Grant { owner: "jane".into(), verifier: [7; 32].into() };
        assert_eq!(state(false, None, None), Ok(TemporaryState::Pending));
        assert_eq!(state(true, None, None), Ok(TemporaryState::Denied));
        assert_eq!(state(false, Some("jane"), Some(32)), Ok(TemporaryState::Granted(yes)));
        for (denied, owner, hash) in [
            (false, Some("jane"), None),
            (false, None, Some(32)),
            (false, Some("jane"), Some(31)),
            (true, Some("jane"), Some(32)),
        ] {
            let corrupt = Err(crate::StoreErrorKind::Corrupt);
            assert_eq!(state(denied, owner, hash), corrupt, "{denied} {owner:?} {hash:?}");
        }
    }
}
