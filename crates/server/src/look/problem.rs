//! What is wrong with an override, and where.

use crate::{config::config_error, error::Error, words::BadFile};
use serde::Serialize;
use std::{fmt, path::PathBuf};

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Problem {
    pub(crate) path: PathBuf,
    pub(crate) line: usize,
    pub(crate) message: String,
    /// Whether pages can be served all the same.
    pub(crate) warning: bool,
}

impl Problem {
    pub(super) fn new(path: impl Into<PathBuf>, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.into(), line, message: message.into(), warning: false }
    }

    /// Whether it is on the line of another one that is no warning.
    pub(super) fn is_at(&self, other: &Self) -> bool {
        !self.warning && self.path == other.path && self.line == other.line
    }

    /// Whether a template or a message asks for a value that is not there.
    pub(super) fn is_undefined(&self) -> bool {
        self.message.ends_with("is undefined")
            || self.message.starts_with("there is no message")
            || self.message.contains("cannot be said: ")
    }

    pub(super) fn warning(self) -> Self {
        Self { warning: true, ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.warning { "warning: " } else { "" };
        write!(f, "{}:{}: {kind}{}", self.path.display(), self.line, self.message)
    }
}

impl From<BadFile> for Problem {
    fn from(bad: BadFile) -> Self {
        Self::new(bad.path, bad.line, bad.message)
    }
}

/// The first of them that no page can be served with, as an error of the start.
///
/// # Errors
///
/// [`Error::Config`], if there is one.
pub(crate) fn first(problems: &[Problem]) -> Result<(), Error> {
    let broken: Vec<_> = problems.iter().filter(|problem| !problem.warning).collect();
    let Some(problem) = broken.first() else { return Ok(()) };
    let more = match broken.len() - 1 {
        0 => String::new(),
        more => format!("; {more} more: `countersign templates check` lists them"),
    };
    let place = format!("{}:{}", problem.path.display(), problem.line);
    Err(config_error(&place, &format!("{}{more}", problem.message)))
}
