//! `countersign token`.

use super::{Place, block_on, input, print_json};
use crate::{error::Error, stores::Stores};
use clap::{Args, Subcommand};
use countersign_core::{ClientId, Secret, TokenId};
use countersign_provider::{Clock, System, token};
use countersign_store::{Outcome, ResourceOwner, StoreErrorKind, TokenRecord, TokenStatus, TokenStore};
use countersign_store_sqlite::{Page, StoredToken};
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
    pub(super) fn run(self, place: &Place) -> Result<(), Error> {
        let stores = place.stores()?;
        match self {
            Self::Issue(issue) => issue.run(&stores),
            Self::List { client, user, json } => list(&stores, client.as_ref(), user.as_deref(), json),
            Self::Revoke { id } => {
                match block_on(async { Ok(stores.rows.revoke(&id, System.now()).await?) })? {
                    Outcome::Done => {
                        println!("revoked; a server that runs sees it within 5 seconds");
                        Ok(())
                    }
                    Outcome::Refused => {
                        Err(Error::Refused("there is no such token, or it was revoked before".into()))
                    }
                }
            }
        }
    }
}

impl Issue {
    fn run(self, stores: &Stores) -> Result<(), Error> {
        let id = self.token_id.clone().map_or_else(|| TokenId::new(&token(&System, 24)), Ok);
        let secret: Secret = if self.token_secret_stdin {
            input::from_stdin("token secret")?
        } else {
            token(&System, 43).into()
        };
        let record = TokenRecord {
            id: id.map_err(|bad| Error::Refused(bad.to_string()))?,
            secret,
            client: self.client.clone(),
            owner: self.user.as_str().into(),
            scopes: self.scope.clone(),
            issued: System.now(),
            expires: None,
            status: TokenStatus::Active,
        };
        block_on(self.store(stores, &record))?;
        let (id, secret) = (record.id.as_str(), record.secret.expose());
        if self.json {
            print_json(&json!({ "token": id, "token_secret": secret }));
        } else {
            println!("token (oauth_token)            {id}\ntoken secret, shown this once  {secret}");
        }
        Ok(())
    }

    async fn store(&self, stores: &Stores, record: &TokenRecord) -> Result<(), Error> {
        let refused = |message: String| Err(Error::Refused(message));
        if countersign_store::ClientStore::client(&stores.rows, &self.client).await?.is_none() {
            return refused(format!("there is no client {}", self.client));
        }
        if stores.rows.account(&self.user).await?.is_none() {
            return refused(format!("there is no account {}: add it with `countersign user add`", self.user));
        }
        match stores.sealed.issue(record).await {
            Err(error) if error.kind() == StoreErrorKind::Conflict => {
                refused("there is such a token already".into())
            }
            other => Ok(other?),
        }
    }
}

fn list(stores: &Stores, client: Option<&ClientId>, user: Option<&str>, json: bool) -> Result<(), Error> {
    let owner = user.map(ResourceOwner::from);
    let mut page = Page::first(PAGE);
    loop {
        let stored = block_on(async { Ok(stores.rows.tokens(client, owner.as_ref(), page).await?) })?;
        stored.iter().for_each(|stored| print(stored, json));
        match stored.last() {
            Some(last) if stored.len() == PAGE as usize => page.before = Some(last.record),
            _ => return Ok(()),
        }
    }
}

fn print(stored: &StoredToken, json: bool) {
    let token = &stored.token;
    let status = if token.status == TokenStatus::Revoked { "revoked" } else { "active" };
    if json {
        print_json(&json!({
            "record": stored.record, "token": token.id.as_str(), "client": token.client.as_str(), "owner": token.owner.as_str(),
            "scopes": token.scopes, "issued": token.issued.seconds(), "status": status,
        }));
    } else {
        println!(
            "{}  {status}  {}  {}  {}",
            token.id.as_str(),
            token.client,
            token.owner,
            token.scopes.join(" ")
        );
    }
}

/// Rows that are read at a time: a list may be longer than memory.
const PAGE: u32 = 1000;
const EXAMPLES: &str = "\
Examples:
  countersign token issue --client CLIENT --user jane --scope photos

Bring a token over from another provider, its identifier and secret unchanged:
  countersign token issue --client CLIENT --user jane --token-id old-token --token-secret-stdin < secret.txt";
