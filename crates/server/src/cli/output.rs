//! What commands print: a reader that went away or a full disk is an error to be told, never a panic.

use crate::{error::Error, names};
use std::{
    fmt::Display,
    io::{self, Write},
};

/// Writes text to standard output, at once.
pub(crate) fn text(text: impl Display) -> Result<(), Error> {
    bytes(text.to_string().as_bytes())
}

/// The same, and ends the line.
pub(crate) fn line(text: impl Display) -> Result<(), Error> {
    bytes(format!("{text}\n").as_bytes())
}

pub(crate) fn bytes(bytes: &[u8]) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(Error::Output)
}

/// A text without what would steer a terminal, or make it read as another.
pub(super) fn plain(text: &str) -> String {
    names::each(text).map(|(char, hides)| if hides { '\u{fffd}' } else { char }).collect()
}

/// Writes a line to standard error.
pub fn complain(text: impl Display) {
    // OK because there is nowhere else to say it
    let _ = writeln!(io::stderr().lock(), "countersign: {text}");
}
