//! `countersign user`.

use super::{Place, act, block_on, check, input, invitation, output};
use crate::{audit::Event, error::Error, password, stores::Stores};
use clap::Subcommand;
use countersign_provider::{Clock, System};
use countersign_store::{Account, AdminStore, Outcome, StoreErrorKind};
use serde_json::json;

/// Add and change the accounts of resource owners.
#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Add an account; the password, of 8 characters or more, is asked for
    #[command(after_help = "Example:\n  countersign user add jane")]
    Add {
        /// The name that is typed at sign-in
        name: String,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
        /// Make it an administrator's account
        #[arg(long)]
        admin: bool,
    },
    /// List all accounts
    List {
        /// Print one JSON object per line
        #[arg(long)]
        json: bool,
    },
    /// Change a password
    Passwd {
        /// Whose
        name: String,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Make a link with which one person may sign up; it is shown once, here
    #[command(after_help = "Example:\n  countersign user invite --note 'Jane of the print shop'")]
    Invite {
        /// For whom, in words of yours
        #[arg(long, default_value = "", hide_default_value = true)]
        note: String,
        /// How many days it is good for
        #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=365))]
        days: u32,
        /// Print {"link": …, "code": …, "expires": …}
        #[arg(long)]
        json: bool,
    },
    /// List invitations; never their links
    Invitations {
        /// Print one JSON object per line
        #[arg(long)]
        json: bool,
    },
    /// Take back an invitation that nobody has used
    Uninvite {
        /// Its number
        record: i64,
    },
    /// Disable an account: its sessions end, its tokens are refused
    Disable {
        /// Whose
        name: String,
    },
    /// Enable a disabled account again
    Enable {
        /// Whose
        name: String,
    },
}

impl User {
    pub(super) fn run(self, place: &Place) -> Result<(), Error> {
        match self {
            Self::Add { name, password_stdin, admin } => add(place, &name, password_stdin, admin),
            Self::List { json } => {
                let rows = place.stores()?.rows;
                let accounts = block_on(async { Ok(rows.accounts().await?) })?;
                accounts.iter().try_for_each(|account| list(account, json))
            }
            Self::Passwd { name, password_stdin } => {
                let stores = place.stores()?;
                block_on(known(&*stores.rows, &name))?;
                let hash = password::hash(input::password(password_stdin)?.expose());
                let changed = block_on(async { Ok(stores.rows.set_password(&name, &hash).await?) })?;
                let told = ("changed the password of", "is no account any more");
                done(&stores, changed, told, &name, Event::PasswordChanged)
            }
            Self::Invite { note, days, json } => invitation::invite(place, &note, days, json),
            Self::Invitations { json } => invitation::list(place, json),
            Self::Uninvite { record } => invitation::withdraw(place, record),
            Self::Disable { name } => {
                let stores = place.stores()?;
                let account = block_on(known(&*stores.rows, &name))?;
                let disabled = block_on(async { Ok(stores.rows.disable_account(&name).await?) })?;
                let otherwise =
                    if account.disabled { "is disabled already" } else { "is the last administrator" };
                done(&stores, disabled, ("disabled", otherwise), &name, Event::AccountDisabled)
            }
            Self::Enable { name } => {
                let stores = place.stores()?;
                block_on(known(&*stores.rows, &name))?;
                let enabled = block_on(async { Ok(stores.rows.enable_account(&name).await?) })?;
                done(&stores, enabled, ("enabled", "is enabled already"), &name, Event::AccountEnabled)
            }
        }
    }
}

fn add(place: &Place, name: &str, password_stdin: bool, admin: bool) -> Result<(), Error> {
    check::account_name(name)?;
    let stores = place.stores_or_made()?;
    let rows = &stores.rows;
    let exists = || Error::Refused(format!("there is an account {name} already"));
    // Before a password is asked for in vain.
    if block_on(async { Ok(rows.account(name).await?) })?.is_some() {
        return Err(exists());
    }
    let password_hash = Some(password::hash(input::password(password_stdin)?.expose()));
    let account = Account { name: name.into(), password_hash, admin, disabled: false, created: System.now() };
    block_on(async {
        rows.add_account(&account).await.map_err(|error| match error.kind() {
            StoreErrorKind::Conflict => exists(),
            _ => error.into(),
        })
    })?;
    let event = if admin { Event::AdministratorAdded } else { Event::AccountAdded };
    act::record(&stores, act::on_account(event, name));
    output::line(format_args!("added {name}"))
}

fn list(account: &Account, json: bool) -> Result<(), Error> {
    if json {
        return output::line(json!({
            "name": account.name, "admin": account.admin, "disabled": account.disabled, "created": account.created.seconds(),
        }));
    }
    let marks = [(account.admin, "  admin"), (account.disabled, "  disabled")];
    let marks: String = marks.iter().filter(|(set, _)| *set).map(|(_, mark)| *mark).collect();
    output::line(format_args!("{}{marks}", account.name))
}

async fn known(rows: &dyn AdminStore, name: &str) -> Result<Account, Error> {
    let found = rows.account(name).await?;
    let unknown =
        || Error::Refused(format!("there is no account {name}: `countersign user list` lists them"));
    found.ok_or_else(unknown)
}

fn done(
    stores: &Stores,
    outcome: Outcome,
    (what, otherwise): (&str, &str),
    name: &str,
    event: Event,
) -> Result<(), Error> {
    match outcome {
        Outcome::Done => {
            act::record(stores, act::on_account(event, name));
            output::line(format_args!("{what} {name}"))
        }
        Outcome::Refused => Err(Error::Refused(format!("{name} {otherwise}"))),
    }
}
