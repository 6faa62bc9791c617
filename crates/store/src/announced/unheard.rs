//! What no lookup tells: it is handed on, and announced to nobody.

use super::{Announced, Announcer};
use crate::{
    admin::{
        Account, ApiKey, ApiKeyStore, AuditEntry, AuditFilter, AuditRecord, AuditStore, ChallengeAnswer,
        ChallengeStore, Claim, ExternalIdentity, IdempotencyStore, IdempotentRequest, IdentityStore,
        Invitation, InvitationStore, Page, Replacement, SealedCount, SealedKind, SealedRow, SealedRows,
        SealedText, SessionName, SessionRecord, SessionStore, SignInChallenge, SignUp, SignedUp,
        StoredApiKey, StoredInvitation, UsageBatch, UsageFilter, UsageRecord, UsageStore,
    },
    credentials::Outcome,
    error::StoreError,
};
use async_trait::async_trait;
use countersign_core::{Secret, Timestamp};
use std::{collections::BTreeMap, sync::Arc};

/// Implements a trait by handing its verbs on.
macro_rules! hand_on {
    ($trait:ident { $(async fn $verb:ident($($argument:ident: $type:ty),*) -> $told:ty;)+ }) => {
        #[async_trait]
        impl<S: $trait + ?Sized, A: Announcer> $trait for Announced<Arc<S>, A> {
            $(
                async fn $verb(&self, $($argument: $type),*) -> Result<$told, StoreError> {
                    self.store.$verb($($argument),*).await
                }
            )+
        }
    };
}

hand_on!(SessionStore {
    async fn put_session(session: &SessionRecord) -> Outcome;
    async fn session(id_hash: &[u8; 32], now: Timestamp) -> Option<SessionRecord>;
    async fn end_session(id_hash: &[u8; 32]) -> Outcome;
    async fn end_sessions_of(account: &str) -> usize;
    async fn sessions_of(account: &str, now: Timestamp) -> Vec<SessionRecord>;
    async fn end_session_named(account: &str, name: SessionName) -> Outcome;
    async fn see_session(id_hash: &[u8; 32], at: Timestamp) -> ();
});

hand_on!(IdentityStore {
    async fn add_identity(identity: &ExternalIdentity) -> Outcome;
    async fn account_of(issuer: &str, subject: &str) -> Option<Account>;
    async fn identities(account: &str) -> Vec<ExternalIdentity>;
    async fn remove_identity(issuer: &str, subject: &str, account: &str) -> Outcome;
});

hand_on!(InvitationStore {
    async fn add_invitation(invitation: &Invitation) -> ();
    async fn invitations(page: Page) -> Vec<StoredInvitation>;
    async fn withdraw_invitation(record: i64) -> Outcome;
    async fn sign_up(who: &SignUp, now: Timestamp) -> SignedUp;
});

hand_on!(UsageStore {
    async fn add_usage(batch: UsageBatch) -> ();
    async fn usage(filter: &UsageFilter, page: Page) -> Vec<UsageRecord>;
});

hand_on!(ApiKeyStore {
    async fn add_api_key(key: &ApiKey) -> i64;
    async fn api_key(hash: &[u8; 32], now: Timestamp) -> Option<StoredApiKey>;
    async fn api_keys(account: Option<&str>, page: Page) -> Vec<StoredApiKey>;
    async fn use_api_key(record: i64, at: Timestamp) -> ();
    async fn revoke_api_key(record: i64, now: Timestamp) -> Outcome;
});

hand_on!(IdempotencyStore {
    async fn claim_request(request: &IdempotentRequest, now: Timestamp) -> Claim;
    async fn answer_request(request: &IdempotentRequest, answer: &Secret) -> Outcome;
    async fn release_request(request: &IdempotentRequest) -> Outcome;
});

hand_on!(ChallengeStore {
    async fn add_challenge(challenge: &SignInChallenge) -> ();
    async fn challenge(id_hash: &[u8; 32], now: Timestamp) -> Option<SignInChallenge>;
    async fn answer_challenge(id_hash: &[u8; 32], answer: &ChallengeAnswer, now: Timestamp) -> Outcome;
});

hand_on!(SealedRows {
    async fn sealed_sample(now: Timestamp) -> Vec<SealedText>;
    async fn sealed_after(kind: SealedKind, after: Option<&SealedRow>, limit: u32, now: Timestamp) -> Vec<SealedRow>;
    async fn reseal(kind: SealedKind, replacements: Vec<Replacement>, now: Timestamp) -> u64;
    async fn sealed_by_key(now: Timestamp) -> BTreeMap<Option<String>, SealedCount>;
});

#[async_trait]
impl<S: AuditStore + ?Sized, A: Announcer> AuditStore for Announced<Arc<S>, A> {
    fn append_audit(&self, entries: Vec<AuditEntry>) {
        self.store.append_audit(entries);
    }

    async fn audit(&self, filter: &AuditFilter, page: Page) -> Result<Vec<AuditRecord>, StoreError> {
        self.store.audit(filter, page).await
    }

    async fn forget_audit(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.store.forget_audit(before).await
    }
}
