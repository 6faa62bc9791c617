//! Rotating keys: which key sealed how much, every sealed secret one after the other, and a guarded replacement.

use crate::{
    SqliteStore,
    rows::{atomically, change, list, seconds},
    sealed::SealedText,
};
use countersign_core::{Secret, Timestamp};
use countersign_store::{KeyRing, StoreError};
use std::collections::BTreeMap;

/// What a secret belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SealedKind {
    /// A client.
    Client,
    /// Temporary credentials.
    Temporary,
    /// Token credentials.
    Token,
}

/// A sealed secret, and where it stands.
#[derive(Clone, Debug)]
#[non_exhaustive]
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
    /// Of clients.
    pub clients: u64,
    /// Of temporary credentials that still live.
    pub temporaries: u64,
    /// Of token credentials, revoked and expired ones too.
    pub tokens: u64,
}

impl SealedKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Client, Self::Token, Self::Temporary];

    /// What stands before the identifier in a row's name, as `Sealed` in countersign-store has it.
    fn prefix(self) -> &'static str {
        match self {
            Self::Client => "client:",
            Self::Temporary => "temporary:",
            Self::Token => "token:",
        }
    }
}

impl SealedCount {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.clients + self.temporaries + self.tokens
    }

    fn of(&mut self, kind: SealedKind) -> &mut u64 {
        match kind {
            SealedKind::Client => &mut self.clients,
            SealedKind::Temporary => &mut self.temporaries,
            SealedKind::Token => &mut self.tokens,
        }
    }
}

/// Sealed secrets, for those who rotate keys. These verbs read or write every row: no request is to wait for them.
impl SqliteStore {
    /// How many secrets each key sealed, by its identifier; under `None`, those that were never sealed.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know.
    pub fn sealed_by_key(&self, now: Timestamp) -> Result<BTreeMap<Option<String>, SealedCount>, StoreError> {
        let mut counts: BTreeMap<Option<String>, SealedCount> = BTreeMap::new();
        for kind in SealedKind::ALL {
            let mut after = i64::MIN;
            loop {
                let rows = self.sealed_after(kind, after, PAGE, now)?;
                for row in &rows {
                    let key = KeyRing::key_of(row.sealed.text.expose()).map(ToOwned::to_owned);
                    *counts.entry(key).or_default().of(kind) += 1;
                }
                match rows.last() {
                    Some(last) => after = last.record,
                    None => break,
                }
            }
        }
        Ok(counts)
    }

    /// The next sealed secrets of a kind behind a record, `limit` at most; none where there are no more.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know.
    pub fn sealed_after(
        &self,
        kind: SealedKind,
        after: i64,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<SealedRow>, StoreError> {
        let sql = match kind {
            SealedKind::Client => CLIENTS,
            SealedKind::Temporary => TEMPORARIES,
            SealedKind::Token => TOKENS,
        };
        self.read(|connection| {
            list(connection, sql, (after, limit, seconds(now)), |columns| {
                let record = columns.value()?;
                let row = [kind.prefix(), columns.text()?].concat();
                Ok(SealedRow { record, sealed: SealedText { row, text: columns.secret()? } })
            })
        })
    }

    /// Replaces each secret that still stands as it was read, all of them in one transaction, and tells how many those were; a newer
    /// value is never overwritten.
    ///
    /// What was there may stay in the file's free space until `VACUUM`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    pub async fn reseal(
        &self,
        kind: SealedKind,
        replacements: Vec<Replacement>,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let sql = match kind {
            SealedKind::Client => "UPDATE clients SET secret = ?3 WHERE id = ?1 AND secret = ?2",
            SealedKind::Temporary => "UPDATE temporaries SET secret = ?3 WHERE id = ?1 AND secret = ?2",
            SealedKind::Token => "UPDATE tokens SET secret = ?3 WHERE id = ?1 AND secret = ?2",
        };
        self.change_at(now, move |connection| {
            atomically(connection, |connection| {
                let mut changed = 0;
                for Replacement { row: SealedRow { sealed, .. }, text } in &replacements {
                    let id = sealed
                        .row
                        .strip_prefix(kind.prefix())
                        .ok_or_else(|| StoreError::corrupt(format!("a row of another kind than {kind:?}")))?;
                    changed += change(connection, sql, [id, sealed.text.expose(), text.expose()])?;
                }
                Ok(changed as u64)
            })
        })
        .await
    }
}

/// Rows that are read at a time: there may be more than memory holds.
const PAGE: u32 = 1000;

const CLIENTS: &str = "SELECT record, id, secret FROM clients
    WHERE record > ?1 AND secret IS NOT NULL AND ?3 IS NOT NULL ORDER BY record LIMIT ?2";
const TEMPORARIES: &str = "SELECT rowid, id, secret FROM temporaries
    WHERE rowid > ?1 AND expires > ?3 ORDER BY rowid LIMIT ?2";
const TOKENS: &str = "SELECT record, id, secret FROM tokens
    WHERE record > ?1 AND ?3 IS NOT NULL ORDER BY record LIMIT ?2";
