//! `countersign token`.

use super::{administration::Administration, input, output};
use crate::{
    admin_api::tokens::{Issued, New, Shown},
    error::Error,
};
use clap::{Args, Subcommand};
use countersign_core::{ClientId, TokenId};
use serde_json::json;

/// Issue, list and revoke token credentials.
#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Issue token credentials without the dance; the secret is shown once, here
    #[command(after_help = EXAMPLES)]
    Issue(Box<Issue>),
    /// List token credentials; never their secrets
    List {
        /// Only those of this client
        #[arg(long, value_name = "ID")]
        client: Option<ClientId>,
        /// Only those of this account
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        /// Print one JSON object per line
        #[arg(long)]
        json: bool,
    },
    /// Revoke token credentials, for good
    Revoke {
        /// Their identifier
        id: TokenId,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Issue {
    /// Who may use them
    #[arg(long, value_name = "ID")]
    client: ClientId,
    /// On whose behalf
    #[arg(long, value_name = "NAME")]
    user: String,
    /// A scope; may be given several times
    #[arg(long)]
    scope: Vec<String>,
    /// Keep the identifier that another provider issued
    #[arg(long, value_name = "ID")]
    token_id: Option<TokenId>,
    /// Keep the secret that another provider issued: read it from standard input
    #[arg(long, requires = "token_id")]
    token_secret_stdin: bool,
    /// Print {"token": …, "token_secret": …}
    #[arg(long)]
    json: bool,
}

impl Token {
    pub(super) fn run(self, at: &dyn Administration) -> Result<(), Error> {
        match self {
            Self::Issue(issue) => issue.run(at),
            Self::List { client, user, json } => {
                at.tokens(client.as_ref(), user.as_deref(), &mut |token| print(&token, json))
            }
            Self::Revoke { id } => {
                at.revoke(&id)?;
                output::line("revoked; a server that runs sees it within 5 seconds")
            }
        }
    }
}

impl Issue {
    fn run(self, at: &dyn Administration) -> Result<(), Error> {
        let secret = self.token_secret_stdin.then(|| input::from_stdin("token secret")).transpose()?;
        let issued = at.issue(New {
            client_id: self.client.as_str().into(),
            owner: self.user.clone(),
            scopes: self.scope.clone(),
            any_scope: true,
            token: self.token_id.as_ref().map(|id| id.as_str().to_owned()),
            token_secret: secret.map(|secret| secret.expose().into()),
        })?;
        issued.warnings.iter().for_each(output::complain);
        self.tell(&issued).or_else(|unshown| {
            let came_of_it = at.take_back(&issued.token)?;
            Err(Error::Refused(format!("{unshown}: the token's secret was not shown, {came_of_it}")))
        })
    }

    fn tell(&self, Issued { token, token_secret, .. }: &Issued) -> Result<(), Error> {
        if self.json {
            return output::line(json!({ "token": token, "token_secret": token_secret }));
        }
        output::line(format_args!(
            "token (oauth_token)            {token}\ntoken secret, shown this once  {token_secret}"
        ))
    }
}

fn print(token: &Shown, json: bool) -> Result<(), Error> {
    let Shown { record, token, client_id, owner, scopes, status, issued, .. } = token;
    if json {
        return output::line(json!({
            "record": record, "token": token, "client": client_id, "owner": owner,
            "scopes": scopes, "issued": issued, "status": status,
        }));
    }
    output::line(format_args!("{token}  {status}  {client_id}  {owner}  {}", scopes.join(" ")))
}

pub(super) fn exists(id: &str) -> Error {
    Error::Refused(format!("there is a token {id} already"))
}

pub(super) fn no_account(name: &str) -> Error {
    Error::Refused(format!("there is no account {name}: add it with `countersign user add`"))
}

pub(super) fn no_token(id: &TokenId) -> Error {
    Error::Refused(format!("there is no token {}: `countersign token list` lists them", id.as_str()))
}

pub(super) fn was_revoked(id: &TokenId) -> Error {
    Error::Refused(format!("the token {} was revoked before", id.as_str()))
}

const EXAMPLES: &str = "\
Examples:
  countersign token issue --client CLIENT --user jane --scope photos

Bring a token over from another provider, its identifier and secret unchanged:
  countersign token issue --client CLIENT --user jane --token-id old-token --token-secret-stdin < secret.txt";
