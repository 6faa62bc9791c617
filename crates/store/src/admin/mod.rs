//! What a site needs beside the protocol: accounts, applications, usage, the audit log, keys of its API, and sealed secrets one by one.
//!
//! A provider needs none of it. The turnkey server does, and runs on any store that implements [`AdminStore`]; an application
//! that keeps its own accounts implements [`Store`] alone.

mod accounts;
mod api_keys;
mod applications;
mod audit;
mod challenges;
mod clients;
mod idempotency;
mod identities;
mod invitations;
mod page;
mod sealed;
mod sessions;
mod tokens;
mod usage;

pub use accounts::{Account, AccountFilter, AccountStore};
pub use api_keys::{ApiKey, ApiKeyStore, StoredApiKey};
pub use applications::{Application, ApplicationFilter, ApplicationProfile, ApplicationStore, Edit};
pub use audit::{AuditEntry, AuditFilter, AuditRecord, AuditStore};
pub use challenges::{ChallengeAnswer, ChallengeStore, SignInChallenge};
pub use clients::ClientRegistry;
pub use idempotency::{Claim, IdempotencyStore, IdempotentRequest};
pub use identities::{ExternalIdentity, IdentityStore};
pub use invitations::{Invitation, InvitationStore, SignUp, SignedUp, StoredInvitation};
pub use page::Page;
pub use sealed::{Replacement, SealedCount, SealedKind, SealedRow, SealedRows, SealedText};
pub use sessions::{BadSessionName, SessionName, SessionRecord, SessionStore};
pub use tokens::{Addition, StoredToken, TokenRegistry};
pub use usage::{ClientUsage, TokenUse, UsageBatch, UsageFilter, UsageRecord, UsageStore};

use crate::{Store, error::StoreError, lookups::Lookups, nonce::NonceKey};
use async_trait::async_trait;
use countersign_core::Timestamp;

/// A database that a whole server runs on.
#[async_trait]
pub trait AdminStore:
    Store
    + AccountStore
    + IdentityStore
    + InvitationStore
    + SessionStore
    + AuditStore
    + ClientRegistry
    + ApplicationStore
    + TokenRegistry
    + UsageStore
    + ApiKeyStore
    + IdempotencyStore
    + ChallengeStore
    + SealedRows
{
    /// Whether it can answer, and nobody has migrated it to another version meanwhile.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if not.
    async fn check(&self) -> Result<(), StoreError>;

    /// Whether it can store: by one small change that is really committed, and on the disk after it.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if not: a full disk, a lock that another process holds, a standby.
    async fn check_writable(&self, now: Timestamp) -> Result<(), StoreError>;

    /// What time the database has; `None` where it has no clock but this machine's.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know.
    async fn clock(&self) -> Result<Option<Timestamp>, StoreError>;

    /// Waits until everything that was asked for before is committed, [`append_audit`](AuditStore::append_audit) included.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if some of it could not be committed.
    async fn flush(&self) -> Result<(), StoreError>;

    /// Commits what waits. Nothing is to be changed by this store afterwards; it may refuse to.
    async fn close(&self);

    /// Tells a cache at once, for as long as it is there, what others change here: [`Lookups`]. It returns as soon as it listens, or has
    /// found that it cannot yet; where it is cut off it goes on by itself, and tells the cache that anything may have changed.
    ///
    /// Without it, as where the database has no way to tell, a lookup is as old as its cache allows: five seconds.
    async fn tell_changes(&self, lookups: Lookups) {
        drop(lookups);
    }

    /// Notes that nonces will be claimed from now on, and tells since when they may have been: `None` where this call is the first in
    /// the life of the database. It is on the disk before it is told.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it could not be noted, or nobody knows whether it was.
    ///
    /// # Security
    ///
    /// Of many calls at once one is told `None`, and after an error none may be. An older version's database may hold claims, and tells
    /// `Some`. What was told `None` may let a cache accept all timestamps: see `RedisStore::nothing_claimed_before`.
    async fn begin_claims(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError>;

    /// Notes where nonces are claimed from now on, and tells since when they are no longer claimed elsewhere: `None` where they never were. It
    /// is on the disk before it is told. `place` is short text, compared byte by byte.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it could not be noted, or nobody knows whether it was.
    ///
    /// # Security
    ///
    /// What was claimed elsewhere is not known in the new place: see [`Moved`](crate::Moved).
    async fn nonces_at(&self, place: &str, now: Timestamp) -> Result<Option<Timestamp>, StoreError>;

    /// The key of the nonces' hashes, made with the database: for a cache beside it, which its nodes share as they share this.
    fn nonce_key(&self) -> NonceKey;
}
