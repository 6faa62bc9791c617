//! The command line: what can be asked of the binary.

mod client;
mod config;
mod input;
pub(crate) mod output;
pub(crate) mod serve;
pub(crate) mod stop;
mod token;
mod user;

pub use output::complain;

use crate::{config::Config, demo, error::Error, stores::Stores};
use clap::{Args, CommandFactory, Parser, Subcommand};
use std::{io::ErrorKind, path::PathBuf, process::ExitCode};

/// An OAuth 1.0a (RFC 5849) provider in one binary: it issues credentials, verifies signed requests, and says why one was
/// refused.
#[derive(Debug, Parser)]
#[command(name = "countersign", version, propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Command,
}

/// Which configuration and which database a command works on.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// Read this configuration file [default: countersign.toml, if it is there]
    #[arg(long, global = true, value_name = "FILE", env = "COUNTERSIGN_CONFIG")]
    config: Option<PathBuf>,
    /// Work on this database, such as sqlite:countersign.db
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the server
    #[command(after_help = serve::EXAMPLES)]
    Serve(serve::Serve),
    /// Walk through the whole protocol on a temporary server, and show every message
    Demo(demo::Demo),
    /// Add and change the accounts of resource owners
    #[command(subcommand)]
    User(user::User),
    /// Register and change clients (applications)
    #[command(subcommand)]
    Client(client::Client),
    /// Issue, list and revoke token credentials
    #[command(subcommand)]
    Token(token::Token),
    /// Write or check a configuration file
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Create or migrate the database, and stop
    Migrate,
    /// Print a script that completes commands in your shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

impl Cli {
    /// Does what was asked for. Who reads the output may go away: that is the end, not an error.
    ///
    /// # Errors
    ///
    /// [`Error`], to be printed as one line.
    pub fn run(self) -> Result<ExitCode, Error> {
        match self.command() {
            Err(Error::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
            other => other,
        }
    }

    fn command(self) -> Result<ExitCode, Error> {
        let place = self.place;
        match self.command {
            Command::Serve(serve) => serve.run(&place)?,
            Command::Demo(demo) => return demo.run(),
            Command::User(user) => user.run(&place)?,
            Command::Client(client) => client.run(&place)?,
            Command::Token(token) => token.run(&place)?,
            Command::Config(config) => config.run(&place)?,
            Command::Migrate => {
                let stores = place.stores()?;
                output::line(format_args!("{} is up to date", stores.path.display()))?;
            }
            Command::Completions { shell } => {
                let mut script = Vec::new();
                let mut command = <Self as CommandFactory>::command();
                clap_complete::generate(shell, &mut command, "countersign", &mut script);
                output::bytes(&script)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Place {
    /// File, then environment, then `--database`.
    pub(crate) fn read(&self) -> Result<Config, Error> {
        let environment: Vec<_> = std::env::vars().collect();
        let mut config = Config::read(self.config.as_deref(), &environment)?;
        if let Some(database) = &self.database {
            config.database.url.clone_from(database);
        }
        Ok(config)
    }

    pub(crate) fn stores(&self) -> Result<Stores, Error> {
        let stores = open(&self.read()?)?;
        for notice in &stores.notices {
            complain(notice);
        }
        Ok(stores)
    }
}

pub(crate) fn open(config: &Config) -> Result<Stores, Error> {
    Stores::open(config, std::env::var("COUNTERSIGN_KEYS").ok().as_deref())
}

/// Runs to the end on a small runtime of its own: a command is one task.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

/// One JSON object on a line of its own.
pub(crate) fn print_json(value: &serde_json::Value) {
    println!("{value}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        <Cli as CommandFactory>::command().debug_assert();
    }
}
