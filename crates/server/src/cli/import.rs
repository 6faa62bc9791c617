//! `countersign import`: accounts, clients and tokens of another provider, their identifiers and secrets unchanged.

mod record;
mod row;
mod source;
mod tally;

use super::{Place, act, block_on};
use crate::{audit::Event, error::Error, stores::Stores};
use clap::{Args, ValueEnum};
use record::{Batch, Fate, Known};
use row::Row;
use source::Source;
use std::{mem, path::PathBuf, process::ExitCode, sync::Arc};
use tally::Tally;
use tokio::task::JoinSet;

/// Bring accounts, clients and tokens over from another provider
#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(flatten)]
    place: Place,
    /// What to read, or - for standard input; accounts and clients before the tokens that name them
    file: PathBuf,
    /// How it is written; by default what the end of its name says
    #[arg(long)]
    format: Option<Format>,
    /// Store nothing: tell which rows would be refused
    #[arg(long)]
    dry_run: bool,
    /// Write every refused row's number and reason here, a JSON object per line
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Print the numbers as JSON
    #[arg(long)]
    json: bool,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A JSON object per line
    Jsonl,
    /// A line of names, then a line per row; lists are separated by spaces
    Csv,
}

impl Import {
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        let source = Source::open(&self.file, self.format)?;
        let mut tally = Tally::new(&self.file, self.report.as_deref(), self.dry_run)?;
        let stores = self.place.stores_or_new()?;
        let ended = block_on(async {
            if self.dry_run {
                tried(&stores, source, &mut tally).await
            } else {
                taken(&stores, source, &mut tally).await
            }
        });
        if let Some(added) = tally.stored() {
            let detail = format!("{added} accounts, clients and tokens");
            act::record(&stores, act::telling(Event::Imported, detail));
        }
        // What was acknowledged is in the file alone once nothing else has the database open.
        block_on(async {
            stores.rows.close().await;
            Ok(())
        })?;
        ended?;
        tally.close(self.json)
    }
}

/// Stores every row that can be, many by one change of the database, and a few such changes at a time.
async fn taken(stores: &Stores, source: Source, tally: &mut Tally) -> Result<(), Error> {
    let (mut open, mut batch) =
        (Open { stores: Arc::new(stores.clone()), tasks: JoinSet::new() }, Batch::new());
    for (line, row) in source {
        let record = match row.and_then(Row::into_record) {
            Ok(record) => record,
            Err(reason) => {
                tally.refused(line, &reason)?;
                continue;
            }
        };
        // A token may name the client of the line before it.
        if batch.first().is_some_and(|(_, first)| first.kind() != record.kind()) {
            open.send(mem::take(&mut batch));
            open.settle(0, tally).await?;
        }
        batch.push((line, record));
        if batch.len() == BATCH {
            open.send(mem::take(&mut batch));
            open.settle(AT_ONCE, tally).await?;
        }
    }
    open.send(batch);
    open.settle(0, tally).await
}

/// Batches that are being stored.
struct Open {
    stores: Arc<Stores>,
    tasks: JoinSet<Result<Vec<(u64, Fate)>, Error>>,
}

impl Open {
    fn send(&mut self, batch: Batch) {
        let stores = Arc::clone(&self.stores);
        self.tasks.spawn(async move { record::store(batch, &stores).await });
    }

    /// Waits until no more than `most` are left.
    async fn settle(&mut self, most: usize, tally: &mut Tally) -> Result<(), Error> {
        while self.tasks.len() > most {
            match self.tasks.join_next().await {
                Some(Ok(fates)) => {
                    for (line, fate) in fates? {
                        tally.settled(line, fate)?;
                    }
                }
                // OK because a task that panicked has told so itself
                Some(Err(_)) => return Err(Error::Refused("a row could not be stored: a bug".into())),
                None => {}
            }
        }
        Ok(())
    }
}

/// The same, as far as it goes without changing anything.
async fn tried(stores: &Stores, source: Source, tally: &mut Tally) -> Result<(), Error> {
    let mut known = Known::default();
    for (line, row) in source {
        let fate = match row.and_then(Row::into_record) {
            Ok(row) => row.try_out(stores, &mut known).await?,
            Err(reason) => Fate::Refused(reason),
        };
        tally.settled(line, fate)?;
    }
    Ok(())
}

/// Rows of one change.
const BATCH: usize = 500;
/// Changes at a time: each that waits for the disk leaves room for another.
const AT_ONCE: usize = 8;

pub(super) const EXAMPLES: &str = "\
A row says what it is by `type`; a file of CSV has the same names in its first line:
  {\"type\":\"account\",\"name\":\"jane\",\"password_hash\":\"$argon2id$v=19$…\"}
  {\"type\":\"client\",\"client_id\":\"old-key\",\"client_secret\":\"…\",\"name\":\"Printer\",\"callbacks\":[\"https://printer.example.com/ready\"],\"scopes\":[\"photos\"]}
  {\"type\":\"token\",\"token\":\"old-token\",\"token_secret\":\"…\",\"client\":\"old-key\",\"owner\":\"jane\",\"scopes\":[\"photos\"]}

Examples:
  countersign import --dry-run everything.jsonl           what would be refused, and why
  countersign import everything.jsonl --report refused.jsonl

What is there already, and the same, is left alone: run it again after an interruption, or with the mended rows.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_debugged_without_its_secret() {
        let row: Row = serde_json::from_str(
            r#"{"type":"token","token":"t","token_secret":"canary","client":"c","owner":"o"}"#,
        )
        .unwrap();
        let record = row.into_record().unwrap();
        assert!(!format!("{record:?}").contains("canary"));
    }
}
