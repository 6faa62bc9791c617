//! `countersign config`.

use super::{Place, output};
use crate::{app::App, config::EXAMPLE, error::Error};
use clap::Subcommand;

/// Write or check a configuration file.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print a configuration file with every key, its default and its meaning
    Init,
    /// Tell whether the configuration can work: file, environment, and what follows from both
    Check,
}

impl ConfigCommand {
    pub(super) fn run(&self, place: &Place) -> Result<(), Error> {
        match self {
            Self::Init => output::text(EXAMPLE)?,
            Self::Check => {
                let config = place.read()?;
                config.check()?;
                App::check(&config)?;
                output::line(format_args!(
                    "the configuration can work: clients sign {}",
                    config.public_url()
                ))?;
            }
        }
        Ok(())
    }
}
