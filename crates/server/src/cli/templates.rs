//! `countersign templates`: ours as a beginning, and the proof of an operator's own.

use super::{Place, output};
use crate::{
    error::Error,
    look::{self, Look},
    pages::{Setting, sources},
};
use clap::{Args, Subcommand};
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// List, copy and check the templates of pages.
#[derive(Debug, Subcommand)]
pub(crate) enum Templates {
    /// List the templates of the pages, whose names yours take to stand in for them
    List,
    /// Write templates of ours into a folder, to begin with; what is there already stays
    Export(Export),
    /// Tell whether templates, messages and colours of your own can work: each page is rendered with them in each language
    #[command(after_help = CHECK_EXAMPLES)]
    Check(Box<Check>),
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Into this folder, made if it is not there
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// These templates, such as login.html; all of them where none is named
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    place: Place,
    /// This folder [default: look.templates of the configuration]
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// Print a list of objects with path, line, message and warning
    #[arg(long)]
    json: bool,
}

impl Templates {
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        match self {
            Self::List => sources().try_for_each(|(name, _)| output::line(name)).map(|()| ExitCode::SUCCESS),
            Self::Export(export) => export.run().map(|()| ExitCode::SUCCESS),
            Self::Check(check) => check.run(),
        }
    }
}

impl Export {
    fn run(self) -> Result<(), Error> {
        let is_ours = |name: &String| sources().any(|(known, _)| known == name);
        if let Some(unknown) = self.names.iter().find(|name| !is_ours(name)) {
            let told = format!("{unknown} is no template of ours: `countersign templates list` names them");
            return Err(Error::Refused(told));
        }
        for (name, source) in sources() {
            if self.names.is_empty() || self.names.iter().any(|asked| asked == name) {
                write_new(&self.folder.join(name), source)?;
            }
        }
        Ok(())
    }
}

/// Writes a file that is not there; one that is has somebody's work in it.
fn write_new(path: &Path, source: &str) -> Result<(), Error> {
    let failed = |source| Error::File { path: path.into(), source };
    if path.exists() {
        output::complain(format_args!("{} is there already and stays as it is", path.display()));
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    fs::write(path, source).map_err(failed)?;
    output::line(path.display())
}

impl Check {
    fn run(self) -> Result<ExitCode, Error> {
        let mut config = self.place.read()?;
        if let Some(folder) = self.folder {
            config.source.overridden("FOLDER", "look.templates");
            config.look.templates = folder;
        }
        let look = Look::read(&config).map_err(|error| config.located(error))?;
        let problems = look::problems(&look, &Setting { site_name: &config.name, base: "" });
        if self.json {
            // OK because a problem is text and numbers
            output::line(serde_json::to_string_pretty(&problems).unwrap_or_default())?;
        } else {
            problems.iter().try_for_each(output::line)?;
        }
        if problems.iter().any(|problem| !problem.warning) {
            return Ok(ExitCode::FAILURE);
        }
        if !self.json {
            let yours = match look.templates.len() {
                1 => "1 template is yours".to_owned(),
                count => format!("{count} templates are yours"),
            };
            output::line(format_args!("pages can be served: {yours}"))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

pub(super) const EXAMPLES: &str = "\
Examples:
  countersign templates list
  countersign templates export look login.html base.html     begin with ours
  countersign templates check look                           prove yours
  COUNTERSIGN_LOOK_TEMPLATES=look countersign serve          serve them";

const CHECK_EXAMPLES: &str = "\
It prints a line FILE:LINE: MESSAGE for each problem and ends with 1 if pages could not be served; a warning alone ends with 0.

Examples:
  countersign templates check look
  countersign templates check --json | jq -r '.[] | select(.warning | not) | .message'";
