//! `countersign user`.

use super::{Place, block_on, input, print_json};
use crate::{error::Error, password};
use clap::Subcommand;
use countersign_provider::{Clock, System};
use countersign_store::Outcome;
use countersign_store_sqlite::Account;
use serde_json::json;

/// Add and change the accounts of resource owners.
#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Add an account; the password is asked for
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
        let rows = place.stores()?.rows;
        match self {
            Self::Add { name, password_stdin, admin } => {
                check_name(&name)?;
                let password_hash = password::hash(input::password(password_stdin)?.expose());
                let account = Account {
                    name: name.clone(),
                    password_hash,
                    admin,
                    disabled: false,
                    created: System.now(),
                };
                block_on(async { rows.add_account(&account).await.map_err(|error| exists(error, &name)) })?;
                println!("added {name}");
            }
            Self::List { json } => {
                for account in block_on(async { Ok(rows.accounts().await?) })? {
                    list(&account, json);
                }
            }
            Self::Passwd { name, password_stdin } => {
                let hash = password::hash(input::password(password_stdin)?.expose());
                done(block_on(async { Ok(rows.set_password(&name, &hash).await?) })?, &name)?;
                println!("changed the password of {name}");
            }
            Self::Disable { name } => {
                done(block_on(async { Ok(rows.disable_account(&name).await?) })?, &name)?;
                println!("disabled {name}");
            }
            Self::Enable { name } => {
                done(block_on(async { Ok(rows.enable_account(&name).await?) })?, &name)?;
                println!("enabled {name}");
            }
        }
        Ok(())
    }
}

fn list(account: &Account, json: bool) {
    if json {
        print_json(&json!({
            "name": account.name, "admin": account.admin, "disabled": account.disabled, "created": account.created.seconds(),
        }));
    } else {
        let marks = [(account.admin, "  admin"), (account.disabled, "  disabled")];
        let marks: String = marks.iter().filter(|(set, _)| *set).map(|(_, mark)| *mark).collect();
        println!("{}{marks}", account.name);
    }
}

fn check_name(name: &str) -> Result<(), Error> {
    let plain =
        !name.is_empty() && name.len() <= 255 && !name.chars().any(char::is_control) && name.trim() == name;
    if plain {
        Ok(())
    } else {
        Err(Error::Refused("a name is 1 to 255 bytes without control characters or spaces around it".into()))
    }
}

fn exists(error: countersign_store::StoreError, name: &str) -> Error {
    if error.kind() == countersign_store::StoreErrorKind::Conflict {
        Error::Refused(format!("there is an account {name} already"))
    } else {
        error.into()
    }
}

fn done(outcome: Outcome, name: &str) -> Result<(), Error> {
    match outcome {
        Outcome::Done => Ok(()),
        Outcome::Refused => {
            Err(Error::Refused(format!("there is no account {name}, or it is in that state already")))
        }
    }
}
