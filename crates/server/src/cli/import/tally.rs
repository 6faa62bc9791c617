//! What became of the rows: counted, shown on the way, and the refused ones told.

use super::{super::output, record::Fate};
use crate::error::Error;
use serde_json::json;
use std::{
    fs::File,
    io::{BufWriter, IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

/// The numbers so far.
pub(super) struct Tally {
    file: PathBuf,
    report: Option<(PathBuf, BufWriter<File>)>,
    dry_run: bool,
    added: u64,
    known: u64,
    refused: u64,
    began: Instant,
    /// When progress was shown, where somebody looks.
    shown: Option<Instant>,
}

impl Tally {
    pub(super) fn new(file: &Path, report: Option<&Path>, dry_run: bool) -> Result<Self, Error> {
        let create = |path: &Path| {
            let made = File::create(path).map_err(|source| Error::File { path: path.into(), source })?;
            Ok::<_, Error>((path.to_owned(), BufWriter::new(made)))
        };
        let (report, now) = (report.map(create).transpose()?, Instant::now());
        let shown = std::io::stderr().is_terminal().then_some(now);
        Ok(Self { file: file.into(), report, dry_run, added: 0, known: 0, refused: 0, began: now, shown })
    }

    pub(super) fn settled(&mut self, line: u64, fate: Fate) -> Result<(), Error> {
        match fate {
            Fate::Added => self.added += 1,
            Fate::Known => self.known += 1,
            Fate::Refused(reason) => self.refused(line, &reason)?,
        }
        if self.shown.is_some_and(|shown| shown.elapsed() > OFTEN) {
            self.shown = Some(Instant::now());
            let rows = self.added + self.known + self.refused;
            let rate = rows as f64 / self.began.elapsed().as_secs_f64();
            eprint!("\r{rows} rows, {rate:.0} a second, {} refused ", self.refused);
        }
        Ok(())
    }

    /// How many rows were stored, if any were.
    pub(super) fn stored(&self) -> Option<u64> {
        Some(self.added).filter(|added| *added > 0 && !self.dry_run)
    }

    pub(super) fn refused(&mut self, line: u64, reason: &str) -> Result<(), Error> {
        self.refused += 1;
        if let Some((path, report)) = &mut self.report {
            let told = json!({ "line": line, "reason": reason });
            writeln!(report, "{told}").map_err(|source| Error::File { path: path.clone(), source })?;
        } else if self.refused <= TOLD {
            output::complain(format_args!("{}:{line}: {reason}", self.file.display()));
        }
        Ok(())
    }

    /// Tells the numbers; a failure where a row was refused.
    pub(super) fn close(mut self, json: bool) -> Result<ExitCode, Error> {
        if self.shown.is_some() {
            eprintln!();
        }
        if let Some((path, report)) = &mut self.report {
            report.flush().map_err(|source| Error::File { path: path.clone(), source })?;
        } else if self.refused > TOLD {
            output::complain(format_args!(
                "{} more were refused: --report FILE lists all",
                self.refused - TOLD
            ));
        }
        let Self { added, known, refused, dry_run, .. } = self;
        if json {
            output::line(json!({ "added": added, "known": known, "refused": refused, "dry_run": dry_run }))?;
        } else {
            let added_or_not = if dry_run { "would be added" } else { "added" };
            output::line(format_args!("{added} {added_or_not}, {known} there already, {refused} refused"))?;
        }
        Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// How many refused rows are told where no report is written.
const TOLD: u64 = 20;
const OFTEN: Duration = Duration::from_millis(500);
