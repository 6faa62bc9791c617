//! The command line: what can be asked of the binary.

mod act;
mod administration;
mod api_key;
mod audit;
mod client;
mod client_key;
mod config;
mod health;
mod identity;
mod import;
mod input;
mod invitation;
mod jwt;
mod keys;
mod local;
mod migrate;
mod moment;
pub(crate) mod output;
mod patience;
mod remote;
mod reseal;
pub(crate) mod serve;
mod session;
pub(crate) mod stop;
mod templates;
mod token;
mod usage;
mod user;

pub use output::complain;

use crate::{config::Config, demo, error::Error, stores::Stores};
use administration::{Administering, Administration};
use clap::{Args, CommandFactory, Parser, Subcommand};
use std::{io::ErrorKind, path::PathBuf, process::ExitCode, sync::OnceLock};
use tokio::runtime::Runtime;

/// An OAuth 1.0a (RFC 5849) provider in one binary: it issues credentials, verifies signed requests, and says why one was
/// refused.
#[derive(Debug, Parser)]
#[command(name = "countersign", version, propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// Which configuration and which database a command works on.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// Read this configuration file [default: countersign.toml, if it is there]
    #[arg(long, global = true, display_order = LAST, value_name = "FILE", env = "COUNTERSIGN_CONFIG")]
    config: Option<PathBuf>,
    /// Work on this database, such as sqlite:countersign.db, postgres://HOST/DATABASE or mysql://HOST/DATABASE; a password does not belong here, where every
    /// process can read it, but into COUNTERSIGN_DATABASE_URL
    #[arg(long, global = true, display_order = LAST, value_name = "URL")]
    database: Option<String>,
}

/// Commands on a database.
#[derive(Debug, Args)]
struct On<T: Subcommand> {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: T,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the server
    #[command(after_help = serve::EXAMPLES)]
    Serve(Box<serve::Serve>),
    /// Walk through the whole protocol on a temporary server, and show every message
    Demo(demo::Demo),
    /// Add and change the accounts of resource owners
    #[command(after_help = remote::HELP)]
    User(Administering<user::User>),
    /// Register and change clients (applications)
    #[command(after_help = remote::HELP)]
    Client(Administering<client::Client>),
    /// Issue, list and revoke token credentials
    #[command(after_help = remote::HELP)]
    Token(Administering<token::Token>),
    /// Make, list and revoke the keys of programs that administrate
    #[command(after_help = api_key::EXAMPLES)]
    ApiKey(Administering<api_key::Command>),
    /// See who signs how, and what of that should end
    #[command(after_help = remote::HELP)]
    Usage(Administering<usage::Usage>),
    /// List what happened, and keep the audit log short
    Audit(On<audit::Audit>),
    #[command(after_help = import::EXAMPLES)]
    Import(import::Import),
    /// List, rotate, reseal and remove the keys that seal secrets in the database
    #[command(after_help = keys::EXAMPLES)]
    Keys(On<keys::Keys>),
    /// List, rotate and remove the keys that sign identity JWTs
    #[command(after_help = jwt::EXAMPLES)]
    Jwt(On<jwt::Jwt>),
    /// Write or check a configuration file
    #[command(subcommand)]
    Config(config::ConfigCommand),
    Health(health::Health),
    /// List, copy and check the templates of pages
    #[command(subcommand, after_help = templates::EXAMPLES)]
    Templates(templates::Templates),
    /// Create or migrate the database, seal what in it was never sealed, and stop
    Migrate(migrate::Migrate),
    /// Print a script that completes commands in your shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

impl Cli {
    /// What the command line asks for. What cannot be read ends the process, as it does with `parse`, but says more where somebody
    /// wants what cannot be elsewhere.
    #[must_use]
    pub fn read() -> Self {
        Self::try_parse().unwrap_or_else(|error| remote::explained(error).exit())
    }

    /// Does what was asked for. Who reads the output may go away: that is the end, not an error.
    ///
    /// # Errors
    ///
    /// [`Error`], to be printed as one line.
    pub fn run(self) -> Result<ExitCode, Error> {
        match self.command.run() {
            Err(Error::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
            other => other,
        }
    }
}

fn administer<T: Subcommand>(
    asked: Administering<T>,
    run: impl FnOnce(T, &dyn Administration) -> Result<(), Error>,
) -> Result<(), Error> {
    let (at, command) = asked.open()?;
    run(command, &*at)
}

impl Command {
    /// Whether it could be taken for a command to another server, and is none.
    fn works_here_alone(&self) -> bool {
        match self {
            Self::Audit(On { command, .. }) => matches!(command, audit::Audit::Forget { .. }),
            _ => matches!(self, Self::Import(_) | Self::Jwt(_) | Self::Keys(_) | Self::Migrate(_)),
        }
    }

    fn run(self) -> Result<ExitCode, Error> {
        if self.works_here_alone() {
            remote::only_here()?;
        }
        match self {
            Self::Serve(serve) => serve.run()?,
            Self::Demo(demo) => return demo.run(),
            Self::User(asked) => administer(asked, user::User::run)?,
            Self::Client(asked) => administer(asked, client::Client::run)?,
            Self::Token(asked) => administer(asked, token::Token::run)?,
            Self::ApiKey(asked) => administer(asked, api_key::Command::run)?,
            Self::Usage(asked) => administer(asked, usage::Usage::run)?,
            Self::Audit(On { place, command }) => command.run(place)?,
            Self::Keys(On { place, command }) => command.run(&place)?,
            Self::Jwt(On { place, command }) => command.run(&place)?,
            Self::Config(config) => config.run()?,
            Self::Import(import) => return import.run(),
            Self::Health(health) => health.run()?,
            Self::Templates(templates) => return templates.run(),
            Self::Migrate(migrate) => migrate.run()?,
            Self::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(shell, &mut Cli::command(), "countersign", &mut script);
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
            config.source.overridden("--database", "database.url");
        }
        Ok(config)
    }

    /// What is there already.
    pub(crate) fn stores(&self) -> Result<Stores, Error> {
        block_on(Stores::open_existing(&self.read()?, keys().as_deref()))
    }

    /// The same, to seal a secret in it.
    pub(crate) fn stores_to_seal(&self) -> Result<Stores, Error> {
        block_on(Stores::open_existing_to_seal(&self.read()?, keys().as_deref())).inspect(notify)
    }

    /// For commands that something may begin with, and that seal nothing.
    pub(crate) fn stores_or_made(&self) -> Result<Stores, Error> {
        block_on(async { Stores::open_or_make(&self.read()?, keys().as_deref()).await }).inspect(notify)
    }

    /// For commands that something may begin with.
    pub(crate) fn stores_or_new(&self) -> Result<Stores, Error> {
        block_on(open(&self.read()?)).inspect(notify)
    }
}

fn notify(stores: &Stores) {
    stores.notices.iter().for_each(output::complain);
}

pub(crate) async fn open(config: &Config) -> Result<Stores, Error> {
    Stores::open(config, keys().as_deref()).await
}

fn keys() -> Option<String> {
    std::env::var("COUNTERSIGN_KEYS").ok()
}

/// Runs to the end on the runtime of the command: one for all of its steps, since a connection to a database lives on it.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = match RUNTIME.get() {
        Some(runtime) => runtime,
        None => {
            let built = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            RUNTIME.get_or_init(|| built)
        }
    };
    runtime.block_on(work)
}

/// After a command's own options.
const LAST: usize = 900;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
