//! `countersign config`.

use super::{Place, output, serve::Overrides};
use crate::{app::App, config::EXAMPLE, error::Error, sign_in::oidc::Issuers, tls};
use clap::{Args, Subcommand};

/// Write or check a configuration file.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print a configuration file with every key, its default and its meaning
    Init,
    /// Tell whether the configuration can work: file, environment, flags of `serve`, and what follows from them
    Check(Box<Check>),
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    overrides: Overrides,
}

impl ConfigCommand {
    pub(super) fn run(self) -> Result<(), Error> {
        match self {
            Self::Init => output::text(EXAMPLE),
            Self::Check(check) => {
                let config = check.overrides.over(check.place.read()?);
                App::check(&config)?;
                config.check_public()?;
                config.check_tls()?;
                Issuers::open(&config)?;
                tls::acceptor(&config.tls).map_err(|error| config.located(error))?;
                output::line(format_args!("the configuration can work: clients sign {}", config.public_url()))
            }
        }
    }
}
