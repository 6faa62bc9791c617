//! `countersign user`.

use super::{administration::Administration, identity, input, invitation, output, session};
use crate::{admin_api::accounts::Shown, error::Error};
use clap::Subcommand;
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
    /// Change a password; the account's sessions end
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
    /// List where an account is signed in, or end all its sessions: whoever is signed in must do it again
    #[command(
        after_help = "Examples:\n  countersign user sessions jane\n  countersign user sessions jane --end"
    )]
    Sessions {
        /// Whose
        name: String,
        /// End them all
        #[arg(long)]
        end: bool,
        /// Print one JSON object per line
        #[arg(long, conflicts_with = "end")]
        json: bool,
    },
    /// List who an account is elsewhere, such as at an issuer of OpenID Connect
    Identities {
        /// Whose
        name: String,
        /// Print one JSON object per line
        #[arg(long)]
        json: bool,
    },
    /// Let whoever is that at an issuer sign in as this account
    #[command(after_help = identity::EXAMPLES)]
    Connect(identity::Which),
    /// Take that back; the account's sessions go on
    #[command(after_help = identity::EXAMPLES)]
    Disconnect(identity::Which),
    /// Make it an administrator's account
    #[command(after_help = "Example:\n  countersign user promote jane")]
    Promote {
        /// Whose
        name: String,
    },
    /// Take the role of an administrator from an account; the last one that may sign in keeps it
    #[command(after_help = "Example:\n  countersign user demote jane")]
    Demote {
        /// Whose
        name: String,
    },
}

impl User {
    pub(super) fn run(self, at: &dyn Administration) -> Result<(), Error> {
        match self {
            Self::Add { name, password_stdin, admin } => {
                at.add_account(&name, admin, &|| input::password(password_stdin))?;
                output::line(format_args!("added {name}"))
            }
            Self::List { json } => at.accounts(&mut |account| print(&account, json)),
            Self::Passwd { name, password_stdin } => {
                at.set_password(&name, &|| input::password(password_stdin))?;
                output::line(format_args!("changed the password of {name}"))
            }
            Self::Invite { note, days, json } => invitation::invite(at, note, days, json),
            Self::Invitations { json } => invitation::list(at, json),
            Self::Uninvite { record } => invitation::withdraw(at, record),
            Self::Disable { name } => {
                at.disable_account(&name)?;
                output::line(format_args!("disabled {name}"))
            }
            Self::Enable { name } => {
                at.enable_account(&name)?;
                output::line(format_args!("enabled {name}"))
            }
            Self::Sessions { name, end, json } => session::run(at, &name, end, json),
            Self::Identities { name, json } => identity::list(at, &name, json),
            Self::Connect(which) => identity::connect(at, which),
            Self::Disconnect(which) => identity::disconnect(at, which),
            Self::Promote { name } => {
                at.set_role(&name, true)?;
                output::line(format_args!("{name} is an administrator"))
            }
            Self::Demote { name } => {
                at.set_role(&name, false)?;
                output::line(format_args!("{name} is no administrator"))
            }
        }
    }
}

fn print(account: &Shown, json: bool) -> Result<(), Error> {
    let Shown { name, admin, disabled, created, .. } = account;
    if json {
        return output::line(
            json!({ "name": name, "admin": admin, "disabled": disabled, "created": created }),
        );
    }
    let marks = [(*admin, "  admin"), (*disabled, "  disabled")];
    let marks: String = marks.iter().filter(|(set, _)| *set).map(|(_, mark)| *mark).collect();
    output::line(format_args!("{name}{marks}"))
}

pub(super) fn unknown(name: &str) -> Error {
    Error::Refused(format!("there is no account {name}: `countersign user list` lists them"))
}

pub(super) fn exists(name: &str) -> Error {
    Error::Refused(format!("there is an account {name} already"))
}
