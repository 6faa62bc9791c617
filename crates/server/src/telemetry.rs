//! Logs: to standard error, as text or JSON.

use crate::{
    config::{Log, LogFormat, config_error},
    error::Error,
};
use std::io::IsTerminal;
use tracing_subscriber::{EnvFilter, fmt};

/// Starts the log; a second call changes nothing.
pub(crate) fn start(log: &Log) -> Result<(), Error> {
    let filter =
        EnvFilter::try_new(&log.level).map_err(|error| config_error("log.level", &error.to_string()))?;
    // Otherwise a standard error that takes nothing more would end whoever writes a line.
    let lines = fmt()
        .log_internal_errors(false)
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let _ = match log.format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
    Ok(())
}
