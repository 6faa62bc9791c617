//! Sealing every secret anew under the key that seals now, or those that never were, while servers go on.
//!
//! Rounds over all rows, until one finds nothing to do. A batch is one transaction, and each row of it is replaced only where it
//! still holds the text that was read: interrupted anywhere, every row is whole under the old key or the new one.

use crate::{error::Error, ring::Ring};
use countersign_core::Secret;
use countersign_provider::{Clock, System};
use countersign_store::{AdminStore, BadKeyRing, KeyRing, Replacement, SealedCount, SealedKind, SealedRow};
use std::time::Instant;

/// What to do, and on what.
pub(crate) struct Reseal<'a> {
    pub(crate) rows: &'a dyn AdminStore,
    pub(crate) ring: &'a Ring,
    /// Rows of one transaction.
    pub(crate) batch: u32,
    pub(crate) which: Which,
    /// Is told how many rows were looked at in this round, and how many were sealed anew so far.
    pub(crate) progress: &'a dyn Fn(u64, u64),
}

/// Which secrets are sealed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// Those that another key sealed.
    Sealed,
    /// Those too that were never sealed.
    All,
    /// Those alone that were never sealed; the others are not opened.
    Plain,
}

/// What came of it.
#[derive(Default)]
pub(crate) struct Report {
    /// The key that everything is under now.
    pub(crate) key: String,
    /// Secrets that were sealed anew.
    pub(crate) resealed: u64,
    /// Secrets that open under the key.
    pub(crate) sealed: u64,
    /// Secrets that were left as they were.
    pub(crate) left: u64,
    /// The first of them.
    pub(crate) first_left: Vec<Left>,
}

/// A secret that was left as it was.
pub(crate) struct Left {
    /// A client by its identifier; else a kind and a record, since identifiers of tokens are not for logs.
    pub(crate) row: String,
    /// The key that sealed it, if one did.
    pub(crate) key: Option<String>,
    /// Why.
    pub(crate) why: String,
}

/// How many secrets were never sealed.
pub(crate) async fn never_sealed(rows: &dyn AdminStore) -> Result<u64, Error> {
    let counts = rows.sealed_by_key(System.now()).await?;
    Ok(counts.get(&None).map_or(0, SealedCount::all))
}

enum Decision {
    Fits,
    Anew(Secret),
    Left(String),
}

impl Reseal<'_> {
    /// Round after round.
    pub(crate) async fn run(&self) -> Result<Report, Error> {
        let mut resealed = 0;
        for _ in 0..ROUNDS {
            let mut report = Report { resealed, ..Report::default() };
            if !self.round(&mut report).await? {
                self.ring.now().active().clone_into(&mut report.key);
                return Ok(report);
            }
            resealed = report.resealed;
        }
        Err(Error::Refused(format!(
            "after {ROUNDS} rounds secrets are still sealed under other keys: does a server run with another key ring?"
        )))
    }

    /// Every row once; tells whether there was something to do.
    async fn round(&self, report: &mut Report) -> Result<bool, Error> {
        let (mut looked, mut found) = (0, false);
        for kind in SealedKind::ALL {
            let mut after: Option<SealedRow> = None;
            loop {
                let rows = self.rows.sealed_after(kind, after.as_ref(), self.batch, System.now()).await?;
                let Some(last) = rows.last() else { break };
                (after, looked) = (Some(last.clone()), looked + rows.len() as u64);
                let replacements = self.decide_all(kind, rows, report);
                if !replacements.is_empty() {
                    found = true;
                    report.resealed += self.write(kind, replacements).await?;
                }
                (self.progress)(looked, report.resealed);
            }
        }
        Ok(found)
    }

    fn decide_all(&self, kind: SealedKind, rows: Vec<SealedRow>, report: &mut Report) -> Vec<Replacement> {
        let (ring, mut replacements) = (self.ring.now(), Vec::new());
        for row in rows {
            match decide(&ring, &row, self.which) {
                Decision::Fits => report.sealed += 1,
                Decision::Anew(text) => replacements.push(Replacement { row, text }),
                Decision::Left(why) => report.leave(kind, &row, why),
            }
        }
        replacements
    }

    /// One transaction; then a pause of the same length, so that those who wait for the database come first.
    async fn write(&self, kind: SealedKind, replacements: Vec<Replacement>) -> Result<u64, Error> {
        let start = Instant::now();
        let replaced = self.rows.reseal(kind, replacements, System.now()).await?;
        tokio::time::sleep(start.elapsed()).await;
        Ok(replaced)
    }
}

/// What becomes of a row. What the key sealed already is opened too: in the end, all was.
fn decide(ring: &KeyRing, row: &SealedRow, which: Which) -> Decision {
    let (name, text) = (&row.sealed.row, row.sealed.text.expose());
    let anew = |secret: &Secret| ring.seal(name, secret).map(|text| Decision::Anew(text.into()));
    let decided = match (KeyRing::key_of(text), which) {
        (None, Which::Sealed) => return Decision::Left("it was never sealed".into()),
        (None, Which::All | Which::Plain) => anew(&row.sealed.text),
        (Some(_), Which::Plain) => return Decision::Fits,
        (Some(key), Which::Sealed | Which::All) => ring
            .open(name, text)
            .and_then(|secret| if key == ring.active() { Ok(Decision::Fits) } else { anew(&secret) }),
    };
    decided.unwrap_or_else(|bad| Decision::Left(told(&bad)))
}

fn told(bad: &BadKeyRing) -> String {
    match bad {
        BadKeyRing::UnknownKey(_) => "its key is missing".into(),
        BadKeyRing::Open => "it does not open: it is damaged, or of another row".into(),
        other => other.to_string(),
    }
}

impl Report {
    fn leave(&mut self, kind: SealedKind, row: &SealedRow, why: String) {
        self.left += 1;
        if self.first_left.len() < MOST_TOLD {
            let key = KeyRing::key_of(row.sealed.text.expose()).map(ToOwned::to_owned);
            self.first_left.push(Left { row: named(kind, row), key, why });
        }
    }
}

fn named(kind: SealedKind, row: &SealedRow) -> String {
    let id = row.sealed.row.split_once(':').map_or("", |(_, id)| id);
    match kind {
        SealedKind::Answer => format!("stored answer of record {}", row.record),
        SealedKind::Client => format!("client {id}"),
        SealedKind::PreviousKey => format!("client {id}, its previous secret"),
        SealedKind::Temporary => format!("temporary credentials of record {}", row.record),
        SealedKind::Token => format!("token of record {}", row.record),
    }
}

/// Each round leaves only what was sealed meanwhile: more of them say that somebody seals under another key.
const ROUNDS: u32 = 20;
/// Rows that are told one by one.
const MOST_TOLD: usize = 1000;
