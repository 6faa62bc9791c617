//! `countersign api-key`.

use super::{administration::Administration, output};
use crate::{
    admin_api::{
        api_keys::{self, Shown},
        scope::Scope,
    },
    error::Error,
    span,
};
use clap::{Args, Subcommand};
use countersign_provider::{Clock, System};
use serde_json::json;

/// Make, list and revoke the keys of programs that administrate.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a key; it is shown once, here
    New(New),
    /// List the keys; never the keys themselves
    List {
        /// Print one JSON object per line
        #[arg(long)]
        json: bool,
    },
    /// Revoke a key, for good
    Revoke {
        /// Its number, as `list` shows it
        number: i64,
    },
}

#[derive(Debug, Args)]
pub(crate) struct New {
    /// What it is for: the audit log names it
    #[arg(long)]
    name: String,
    /// What it allows, such as accounts:read; may be given several times
    #[arg(long, required = true)]
    scope: Vec<Scope>,
    /// When it ends: a number with s, m, h or d, such as 90d; or never
    #[arg(long, value_name = "SPAN", default_value = "90d", value_parser = span::or_never)]
    expires: span::Span,
    /// Only while this account is an administrator's and enabled
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Print {"number": …, "api_key": …}
    #[arg(long)]
    json: bool,
}

impl Command {
    pub(super) fn run(self, at: &dyn Administration) -> Result<(), Error> {
        match self {
            Self::New(new) => new.run(at),
            Self::List { json } => at.keys(&mut |key| print(&key, json)),
            Self::Revoke { number } => {
                at.revoke_key(number)?;
                output::line(format_args!("revoked {number}"))
            }
        }
    }
}

impl New {
    fn run(&self, at: &dyn Administration) -> Result<(), Error> {
        let made = at.make_key(api_keys::New {
            name: self.name.clone(),
            scopes: self.scope.iter().map(|scope| scope.as_str().to_owned()).collect(),
            expires: self.expires.0.map(|seconds| System.now().plus(seconds).seconds()),
            account: self.account.clone(),
        })?;
        made.warnings.iter().for_each(output::complain);
        self.tell(made.number, &made.api_key).or_else(|unshown| {
            at.revoke_key(made.number)?;
            Err(Error::Refused(format!("{unshown}: the key was not shown, so it was revoked")))
        })
    }

    fn tell(&self, number: i64, key: &str) -> Result<(), Error> {
        if self.json {
            return output::line(json!({ "number": number, "api_key": key }));
        }
        output::line(format_args!("number                   {number}\nAPI key, shown this once  {key}"))
    }
}

fn print(key: &Shown, json: bool) -> Result<(), Error> {
    let Shown { number, name, account, scopes, status, created, expires, last_used } = key;
    if json {
        return output::line(json!({
            "number": number, "name": name, "account": account, "scopes": scopes, "status": status,
            "created": created, "expires": expires, "last_used": last_used,
        }));
    }
    output::line(format_args!("{number}  {status}  {}  {name}", scopes.join(" ")))
}

pub(super) fn no_such_key(number: i64) -> Error {
    Error::Refused(format!(
        "there is no key {number} that is not revoked: `countersign api-key list` lists them"
    ))
}

pub(super) const EXAMPLES: &str = "\
Examples:
  countersign api-key new --name Backup --scope applications:read --scope accounts:read
  countersign api-key new --name Deploy --scope applications:write --expires 1h --json
  COUNTERSIGN_API_KEY=csk_… countersign api-key list --remote https://photos.example.net";
