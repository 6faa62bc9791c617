//! `countersign keys reseal`.

use super::{Place, act, block_on, output};
use crate::{
    audit::Event,
    error::Error,
    reseal::{self, Left, Report, Which},
    stores::Stores,
};
use clap::{Args, value_parser};
use serde_json::json;
use std::io::{IsTerminal, Write};

#[derive(Debug, Args)]
pub(crate) struct Reseal {
    /// Rows of one transaction: fewer hold the database up for less long
    #[arg(long, value_name = "ROWS", default_value_t = BATCH, value_parser = value_parser!(u32).range(1..=10_000))]
    batch: u32,
    /// Seal secrets, too, that were put into the database in the clear by other means than this program
    #[arg(long)]
    seal_plain: bool,
    /// Print {"key": …, "resealed": …, "sealed": …, "left": …, "rows": […]}
    #[arg(long)]
    json: bool,
}

impl Reseal {
    pub(super) fn run(&self, place: &Place) -> Result<(), Error> {
        let stores = place.stores_to_seal()?;
        let which = if self.seal_plain { Which::All } else { Which::Sealed };
        let report = watched(&stores, which, self.batch)?;
        if report.resealed > 0 {
            let detail = format!("{} secrets, under {}", report.resealed, report.key);
            act::record(&stores, act::telling(Event::SecretsResealed, detail));
        }
        self.tell(report, stores.database.clean_up())
    }

    fn tell(&self, report: Report, clean_up: &str) -> Result<(), Error> {
        let Report { key, resealed, sealed, left, first_left: rows } = report;
        if self.json {
            let rows: Vec<_> = rows.iter().map(as_json).collect();
            output::line(
                json!({ "key": key, "resealed": resealed, "sealed": sealed, "left": left, "rows": rows }),
            )?;
        } else {
            rows.iter().for_each(complain);
            output::line(format_args!(
                "{sealed} secrets are under {key}, {resealed} of them sealed anew just now"
            ))?;
        }
        if self.seal_plain && resealed > 0 {
            output::complain(left_over(clean_up));
        }
        if left == 0 {
            return Ok(());
        }
        Err(Error::Refused(format!(
            "{left} secrets were left as they were: put a missing key back into the ring, or register and issue anew what is lost"
        )))
    }
}

/// Seals, and shows on a terminal how far it has come.
pub(super) fn watched(stores: &Stores, which: Which, batch: u32) -> Result<Report, Error> {
    let ring = stores.ring.as_ref().ok_or_else(|| Error::Refused("there is no key ring".into()))?;
    let shown = std::io::stderr().is_terminal();
    let progress = |looked: u64, sealed: u64| {
        if shown {
            // OK because there is nowhere else to say it
            let _ = write!(std::io::stderr(), "\rlooked at {looked}, sealed {sealed} of them");
        }
    };
    let work = reseal::Reseal { rows: &*stores.rows, ring, batch, which, progress: &progress };
    let done = block_on(work.run());
    if shown {
        // OK because it ends the line alone
        let _ = writeln!(std::io::stderr());
    }
    done
}

/// What sealing leaves behind of a secret that was in the clear.
pub(super) fn left_over(clean_up: &str) -> String {
    format!(
        "what was in the clear may still stand in free space of the database, in its logs and in backups: {clean_up}"
    )
}

fn as_json(left: &Left) -> serde_json::Value {
    json!({ "row": left.row, "key": left.key, "why": left.why })
}

pub(super) fn complain(left: &Left) {
    let under = left.key.as_ref().map(|key| format!(" under key {key}")).unwrap_or_default();
    output::complain(format_args!("left: {}{under}: {}", left.row, left.why));
}

/// Rows of one transaction, where nothing else is said.
pub(super) const BATCH: u32 = 200;

pub(super) const EXAMPLES: &str = "\
Examples:
  countersign keys reseal             everything, under the key in front
  countersign keys reseal --batch 20  more slowly, so that a busy server is held up less";
