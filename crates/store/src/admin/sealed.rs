//! Sealed secrets one by one: which key sealed how much, whether a ring fits, and a guarded replacement.

use crate::{error::StoreError, key_ring::KeyRing};
use async_trait::async_trait;
use countersign_core::{Secret, Timestamp};
use std::collections::BTreeMap;

/// A sealed secret, and the row that it was sealed for, as [`KeyRing::open`] wants both.
#[derive(Clone, Debug)]
pub struct SealedText {
    /// The row's identity.
    pub row: String,
    /// The secret, sealed.
    pub text: Secret,
}

/// What a secret belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SealedKind {
    /// A client.
    Client,
    /// A client, whose secret before the newest one it is.
    PreviousKey,
    /// Temporary credentials.
    Temporary,
    /// Token credentials.
    Token,
    /// An idempotent request, whose stored answer it is.
    Answer,
}

/// A sealed secret, and where it stands.
#[derive(Clone, Debug)]
pub struct SealedRow {
    /// The number of its row among those of its kind; a token's is the number by which logs name it.
    pub record: i64,
    /// The secret, and the row that it was sealed for.
    pub sealed: SealedText,
}

/// A secret that was sealed anew.
#[derive(Clone, Debug)]
pub struct Replacement {
    /// The row, with the text that is expected there.
    pub row: SealedRow,
    /// The text to replace it with.
    pub text: Secret,
}

/// How many secrets a key sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SealedCount {
    /// Of clients, previous ones too.
    pub clients: u64,
    /// Of temporary credentials that still live.
    pub temporaries: u64,
    /// Of token credentials, revoked and expired ones too.
    pub tokens: u64,
    /// Stored answers to idempotent requests that still count.
    pub answers: u64,
}

impl SealedKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Client, Self::PreviousKey, Self::Token, Self::Temporary, Self::Answer];

    /// What stands before the identifier in a row's name, as [`Sealed`](crate::Sealed) has it.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Answer => "answer:",
            Self::Client | Self::PreviousKey => "client:",
            Self::Temporary => "temporary:",
            Self::Token => "token:",
        }
    }

    /// The identifier in the name of a row of this kind.
    ///
    /// # Errors
    ///
    /// [`StoreError`] for the name of another kind's row.
    pub fn id_of(self, row: &SealedText) -> Result<&str, StoreError> {
        let id = row.row.strip_prefix(self.prefix());
        id.ok_or_else(|| StoreError::corrupt(format!("a row of another kind than {self:?}")))
    }
}

impl SealedCount {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.clients + self.temporaries + self.tokens + self.answers
    }

    fn of(&mut self, kind: SealedKind) -> &mut u64 {
        match kind {
            SealedKind::Answer => &mut self.answers,
            SealedKind::Client | SealedKind::PreviousKey => &mut self.clients,
            SealedKind::Temporary => &mut self.temporaries,
            SealedKind::Token => &mut self.tokens,
        }
    }
}

/// Sealed secrets, for those who keep the keys. Some verbs read or write every row: no request is to wait for them.
#[async_trait]
pub trait SealedRows: Send + Sync {
    /// Sealed secrets that are of use at `now`, among the oldest and the newest of each kind: some hundreds at most, so that it is as
    /// quick in a large database as in a small one. None at all: nothing was ever sealed here, or all of it is gone.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know.
    async fn sealed_sample(&self, now: Timestamp) -> Result<Vec<SealedText>, StoreError>;

    /// The next sealed secrets of a kind behind a row, in an order of the store's own, `limit` at most; none where there are no more.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know.
    async fn sealed_after(
        &self,
        kind: SealedKind,
        after: Option<&SealedRow>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<SealedRow>, StoreError>;

    /// Replaces each secret that still stands as it was read, all of them in one transaction, and tells how many those were; a newer
    /// value is never overwritten.
    ///
    /// What was there may stay in the database's free space for a while.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    async fn reseal(
        &self,
        kind: SealedKind,
        replacements: Vec<Replacement>,
        now: Timestamp,
    ) -> Result<u64, StoreError>;

    /// How many secrets each key sealed, by its identifier; under `None`, those that were never sealed.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know.
    async fn sealed_by_key(
        &self,
        now: Timestamp,
    ) -> Result<BTreeMap<Option<String>, SealedCount>, StoreError> {
        let mut counts: BTreeMap<Option<String>, SealedCount> = BTreeMap::new();
        for kind in SealedKind::ALL {
            let mut last: Option<SealedRow> = None;
            loop {
                let mut rows = self.sealed_after(kind, last.as_ref(), PAGE, now).await?;
                for row in &rows {
                    let key = KeyRing::key_of(row.sealed.text.expose()).map(ToOwned::to_owned);
                    *counts.entry(key).or_default().of(kind) += 1;
                }
                match rows.pop() {
                    Some(row) => last = Some(row),
                    None => break,
                }
            }
        }
        Ok(counts)
    }
}

/// Rows that are read at a time: there may be more than memory holds.
const PAGE: u32 = 1000;
