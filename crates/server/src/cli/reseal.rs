//! `countersign keys reseal`.

use super::{Place, block_on, output};
use crate::{
    error::Error,
    reseal::{self, Left, Report},
};
use clap::{Args, value_parser};
use serde_json::json;
use std::io::{IsTerminal, Write};

#[derive(Debug, Args)]
pub(crate) struct Reseal {
    /// Rows of one transaction: fewer hold the database up for less long
    #[arg(long, value_name = "ROWS", default_value_t = 200, value_parser = value_parser!(u32).range(1..=10_000))]
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
        let ring = stores.ring.as_ref().ok_or_else(|| Error::Refused("there is no key ring".into()))?;
        let shown = std::io::stderr().is_terminal();
        let progress = |looked: u64, resealed: u64| {
            if shown {
                // OK because there is nowhere else to say it
                let _ = write!(std::io::stderr(), "\rlooked at {looked}, sealed {resealed} anew");
            }
        };
        let (rows, plain) = (&*stores.rows, self.seal_plain);
        let work = reseal::Reseal { rows, ring, batch: self.batch, plain, progress: &progress };
        let done = block_on(work.run());
        if shown {
            // OK because it ends the line alone
            let _ = writeln!(std::io::stderr());
        }
        self.tell(done?)
    }

    fn tell(&self, report: Report) -> Result<(), Error> {
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
            output::complain(FREE_SPACE);
        }
        if left == 0 {
            return Ok(());
        }
        Err(Error::Refused(format!(
            "{left} secrets were left as they were: put a missing key back into the ring, or register and issue anew what is lost"
        )))
    }
}

fn as_json(left: &Left) -> serde_json::Value {
    json!({ "row": left.row, "key": left.key, "why": left.why })
}

fn complain(left: &Left) {
    let under = left.key.as_ref().map(|key| format!(" under key {key}")).unwrap_or_default();
    output::complain(format_args!("left: {}{under}: {}", left.row, left.why));
}

const FREE_SPACE: &str = "what was in the clear may still stand in free space of the database file, and in backups: stop what \
                          uses it and run `sqlite3 FILE VACUUM`";

pub(super) const EXAMPLES: &str = "\
Examples:
  countersign keys reseal             everything, under the key in front
  countersign keys reseal --batch 20  more slowly, so that a busy server is held up less";
