//! What cannot be done elsewhere, and says so.

use crate::{cli::Cli, error::Error};
use clap::{
    CommandFactory,
    error::{ContextKind, ContextValue, ErrorKind},
};

/// That nobody who works on another server by the environment takes this for a command to it.
pub(in crate::cli) fn only_here() -> Result<(), Error> {
    match std::env::var("COUNTERSIGN_REMOTE") {
        Ok(url) if !url.is_empty() => {
            let told = "COUNTERSIGN_REMOTE names a server, but this command works on this machine alone: unset it, or run the command \
                        on that machine";
            Err(Error::Refused(told.into()))
        }
        _ => Ok(()),
    }
}

/// The same error, in words of our own where `--remote` stands at a command that cannot be remote, or a key in an argument.
///
/// # Security
///
/// What is told does not hold what was given: it may be a key.
pub(in crate::cli) fn explained(error: clap::Error) -> clap::Error {
    let unknown = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) if error.kind() == ErrorKind::UnknownArgument => {
            argument.as_str()
        }
        _ => return error,
    };
    let told = match unknown.split('=').next().unwrap_or_default() {
        "--remote" | "--api-key-file" | "--root-certificates" => {
            "--remote stands behind `user`, `client`, `token`, `api-key`, `usage` or `audit list`: every other command works on this machine alone"
        }
        "--api-key" | "--key" => {
            "an API key is no argument, since every process can read those: put it into COUNTERSIGN_API_KEY, or name a file with \
             --api-key-file"
        }
        _ => return error,
    };
    Cli::command().error(ErrorKind::UnknownArgument, told)
}
