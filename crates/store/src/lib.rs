//! What a provider remembers: clients, temporary and token credentials, nonces.
//!
//! Store authors depend on this crate alone. **A method is one atomic verb of the protocol**, never get-then-set: guard
//! the change in the `WHERE` clause or the script, and tell from the row count whether it happened.
//!
//! # Writing a store
//!
//! 1. Implement [`ClientStore`] (one method), [`TemporaryStore`] and [`TokenStore`]; where both live in one database,
//!    also [`CredentialStore::redeem`] in one transaction. [`Split`] composes two halves that do not share one,
//!    [`WithClients`] a list of clients from elsewhere with a store for the rest.
//! 2. Implement [`NonceStore`] (one method) where an insert can fail on a row that exists.
//! 3. Compare identifiers byte by byte: no collation that folds case or trailing spaces. Refuse what is too long.
//! 4. Answer [`StoreError::unavailable`] when you do not know: the provider fails closed.
//! 5. Wrap it in [`Sealed`], so that no secret rests in the clear, and in [`Cached`], so that the hot path rarely asks. Where
//!    others change the same rows and the store hears of it, tell the cache's [`Lookups`];
//!    where it does not, [`Announced`] brings word by another channel.
//! 6. Run [`contract!`] against it (feature `contract`).
//! 7. For a whole server on it, implement [`AdminStore`] too, and run [`admin_contract!`].
//!
//! # Examples
//!
//! ```
//! use countersign_core::ClientId;
//! use countersign_store::{ClientStore, MemoryStore};
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let store = MemoryStore::default().with_client("dpf43f3p2l4k3l03", "kd94hf93k423kf44", "Printer");
//! let client = store.client(&ClientId::new("dpf43f3p2l4k3l03")?).await?;
//! assert_eq!(client.map(|client| client.name), Some("Printer".into()));
//! # Ok::<_, Box<dyn std::error::Error>>(()) })?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod admin;
mod announced;
mod cached;
mod client;
#[cfg(feature = "contract")]
pub mod contract;
mod credentials;
mod error;
mod forward;
mod key_file;
mod key_ring;
mod loaded;
mod lookups;
mod memory;
mod moved;
mod nonce;
mod nonce_index;
mod prepared_keys;
mod sealed;
mod shared;
mod split;
mod with_clients;
mod with_nonces;

pub use admin::{
    Account, AccountFilter, AccountStore, Addition, AdminStore, ApiKey, ApiKeyStore, Application,
    ApplicationFilter, ApplicationProfile, ApplicationStore, AuditEntry, AuditFilter, AuditRecord,
    AuditStore, BadSessionName, ChallengeAnswer, ChallengeStore, Claim, ClientRegistry, ClientUsage, Edit,
    ExternalIdentity, IdempotencyStore, IdempotentRequest, IdentityStore, Invitation, InvitationStore, Page,
    Replacement, SealedCount, SealedKind, SealedRow, SealedRows, SealedText, SessionName, SessionRecord,
    SessionStore, SignInChallenge, SignUp, SignedUp, StoredApiKey, StoredInvitation, StoredToken,
    TokenRegistry, TokenUse, UsageBatch, UsageFilter, UsageRecord, UsageStore,
};
pub use announced::{Announced, Announcer};
pub use cached::Cached;
pub use client::{ClientKey, ClientRecord, ClientStatus, ClientStore, KeySlot, PreviousKey};
pub use credentials::{
    Callback, CredentialStore, Grant, Outcome, ResourceOwner, TemporaryRecord, TemporaryState,
    TemporaryStore, TokenRecord, TokenStatus, TokenStore, VerifierHash,
};
pub use error::{StoreError, StoreErrorKind};
pub use key_file::KeyFile;
pub use key_ring::{BadKeyRing, KeyRing};
pub use loaded::Loaded;
pub use lookups::{Change, Lookups};
pub use memory::{MemoryNonces, MemoryStore};
pub use moved::Moved;
pub use nonce::{Freshness, NonceKey, NonceStore, NonceUse};
pub use nonce_index::NonceIndex;
pub use prepared_keys::PreparedKeys;
pub use sealed::{Seal, Sealed};
pub use split::Split;
pub use with_clients::WithClients;
pub use with_nonces::WithNonces;

/// Everything that a provider needs, in one place.
pub trait Store: ClientStore + CredentialStore + NonceStore {}

impl<S: ClientStore + CredentialStore + NonceStore> Store for S {}
