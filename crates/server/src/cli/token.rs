//! `countersign token`.

use super::{Place, act, block_on, check, input, output};
use crate::{audit::Event, error::Error, stores::Stores};
use clap::{Args, Subcommand};
use countersign_core::{ClientId, Secret, TokenId};
use countersign_provider::{Clock, System, token};
use countersign_store::{
    AuditEntry, ClientRecord, ClientStore, Outcome, Page, ResourceOwner, StoreErrorKind, StoredToken,
    TokenRecord, TokenStatus, TokenStore,
};
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
        match self {
            Self::Issue(issue) => issue.run(&place.stores_to_seal()?),
            Self::List { client: id, user, json } => {
                let stores = place.stores()?;
                if let Some(id) = &id {
                    block_on(client(&stores, id))?;
                }
                if let Some(name) = &user {
                    block_on(account(&stores, name))?;
                }
                list(&stores, id.as_ref(), user.as_deref(), json)
            }
            Self::Revoke { id } => revoke(&place.stores()?, &id),
        }
    }
}

impl Issue {
    fn run(self, stores: &Stores) -> Result<(), Error> {
        let client = block_on(client(stores, &self.client))?;
        block_on(account(stores, &self.user))?;
        let scopes = check::scopes(&self.scope)?;
        if let Some(bad) = scopes.iter().find(|scope| !client.scopes.contains(scope)) {
            let may = if client.scopes.is_empty() { "none".into() } else { client.scopes.join(", ") };
            let id = &self.client;
            output::complain(format_args!(
                "client {id} may not ask for the scope {bad} itself; it may for: {may}. You give it all the same"
            ));
        }
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
            scopes,
            issued: System.now(),
            expires: None,
            status: TokenStatus::Active,
        };
        block_on(store(stores, &record))?;
        self.tell(&record).or_else(|unshown| {
            // OK because it is gone, whoever removed it
            let _ = block_on(async { Ok(stores.rows.withdraw(&record.id).await?) })?;
            Err(Error::Refused(format!("{unshown}: the token's secret was not shown, so it was not issued")))
        })?;
        act::record(stores, about(Event::Issued, &record));
        Ok(())
    }

    fn tell(&self, record: &TokenRecord) -> Result<(), Error> {
        let (id, secret) = (record.id.as_str(), record.secret.expose());
        if self.json {
            return output::line(json!({ "token": id, "token_secret": secret }));
        }
        output::line(format_args!(
            "token (oauth_token)            {id}\ntoken secret, shown this once  {secret}"
        ))
    }
}

async fn client(stores: &Stores, id: &ClientId) -> Result<ClientRecord, Error> {
    stores.rows.client(id).await?.ok_or_else(|| super::client::unknown(id))
}

async fn account(stores: &Stores, name: &str) -> Result<(), Error> {
    let unknown =
        || Error::Refused(format!("there is no account {name}: add it with `countersign user add`"));
    stores.rows.account(name).await?.map(drop).ok_or_else(unknown)
}

async fn store(stores: &Stores, record: &TokenRecord) -> Result<(), Error> {
    match stores.sealed.issue(record).await {
        Err(error) if error.kind() == StoreErrorKind::Conflict => {
            Err(Error::Refused(format!("there is a token {} already", record.id.as_str())))
        }
        other => Ok(other?),
    }
}

fn revoke(stores: &Stores, id: &TokenId) -> Result<(), Error> {
    // Any client will do: the token is looked up by its own identifier.
    let any = ClientId::new("-").map_err(|bad| Error::Refused(bad.to_string()))?;
    let loaded = block_on(async { Ok(stores.rows.load(&any, Some(id)).await?) })?;
    let Some(known) = loaded.token() else {
        let id = id.as_str();
        return Err(Error::Refused(format!("there is no token {id}: `countersign token list` lists them")));
    };
    if block_on(async { Ok(stores.rows.revoke(id, System.now()).await?) })? == Outcome::Refused {
        return Err(Error::Refused(format!("the token {} was revoked before", id.as_str())));
    }
    act::record(stores, about(Event::Revoked, known));
    output::line("revoked; a server that runs sees it within 5 seconds")
}

fn about(event: Event, token: &TokenRecord) -> AuditEntry {
    AuditEntry {
        client: Some(token.client.clone()),
        owner: Some(token.owner.clone()),
        token: Some(token.id.clone()),
        ..act::did(event)
    }
}

fn list(stores: &Stores, client: Option<&ClientId>, user: Option<&str>, json: bool) -> Result<(), Error> {
    let owner = user.map(ResourceOwner::from);
    let mut page = Page::first(PAGE);
    loop {
        let stored = block_on(async { Ok(stores.rows.tokens(client, owner.as_ref(), page).await?) })?;
        stored.iter().try_for_each(|stored| print(stored, json))?;
        match stored.last() {
            Some(last) if stored.len() == PAGE as usize => page.before = Some(last.record),
            _ => return Ok(()),
        }
    }
}

fn print(stored: &StoredToken, json: bool) -> Result<(), Error> {
    let token = &stored.token;
    let status = if token.status == TokenStatus::Revoked { "revoked" } else { "active" };
    if json {
        output::line(json!({
            "record": stored.record, "token": token.id.as_str(), "client": token.client.as_str(), "owner": token.owner.as_str(),
            "scopes": token.scopes, "issued": token.issued.seconds(), "status": status,
        }))
    } else {
        let (id, scopes) = (token.id.as_str(), token.scopes.join(" "));
        output::line(format_args!("{id}  {status}  {}  {}  {scopes}", token.client, token.owner))
    }
}

/// Rows that are read at a time: a list may be longer than memory.
const PAGE: u32 = 1000;
const EXAMPLES: &str = "\
Examples:
  countersign token issue --client CLIENT --user jane --scope photos

Bring a token over from another provider, its identifier and secret unchanged:
  countersign token issue --client CLIENT --user jane --token-id old-token --token-secret-stdin < secret.txt";
