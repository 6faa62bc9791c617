//! `countersign api-key`.

use super::{Place, act, block_on, check, output, span};
use crate::{
    admin_api::{key, scope::Scope},
    audit::Event,
    error::Error,
    stores::Stores,
};
use clap::{Args, Subcommand};
use countersign_core::{Secret, Timestamp};
use countersign_provider::{Clock, System};
use countersign_store::{ApiKey, AuditEntry, Outcome, Page, StoredApiKey};
use serde_json::json;

/// Make, list and revoke the keys of programs that administrate.
#[derive(Debug, Subcommand)]
pub(crate) enum ApiKeys {
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

impl ApiKeys {
    pub(super) fn run(self, place: &Place) -> Result<(), Error> {
        match self {
            Self::New(new) => new.run(&place.stores_or_made()?),
            Self::List { json } => list(&place.stores()?, json),
            Self::Revoke { number } => {
                let stores = place.stores()?;
                match block_on(async { Ok(stores.rows.revoke_api_key(number, System.now()).await?) })? {
                    Outcome::Done => {
                        act::record(&stores, about(Event::ApiKeyRevoked, number, None));
                        output::line(format_args!("revoked {number}"))
                    }
                    Outcome::Refused => Err(Error::Refused(format!(
                        "there is no key {number} that is not revoked: `countersign api-key list` lists them"
                    ))),
                }
            }
        }
    }
}

impl New {
    fn run(&self, stores: &Stores) -> Result<(), Error> {
        check::client_name(&self.name)?;
        if self.name.len() > LONGEST_NAME {
            return Err(Error::Refused(format!("a name is {LONGEST_NAME} bytes at most")));
        }
        if let Some(account) = &self.account {
            block_on(administrator(stores, account))?;
        }
        let (key, now) = (key::new(), System.now());
        let record = ApiKey {
            hash: key::hash(key.expose()),
            name: self.name.clone(),
            account: self.account.clone(),
            scopes: check::unique(
                &self.scope.iter().map(|scope| scope.as_str().to_owned()).collect::<Vec<_>>(),
            ),
            created: now,
            expires: self.expires.0.map(|seconds| now.plus(seconds)),
        };
        let number = block_on(async { Ok(stores.rows.add_api_key(&record).await?) })?;
        self.tell(number, &key).or_else(|unshown| {
            // OK because it ends here, whoever revoked it
            let _ = block_on(async { Ok(stores.rows.revoke_api_key(number, System.now()).await?) })?;
            Err(Error::Refused(format!("{unshown}: the key was not shown, so it was revoked")))
        })?;
        act::record(stores, about(Event::ApiKeyAdded, number, Some(&record)));
        Ok(())
    }

    fn tell(&self, number: i64, key: &Secret) -> Result<(), Error> {
        if self.json {
            return output::line(json!({ "number": number, "api_key": key.expose() }));
        }
        output::line(format_args!(
            "number                   {number}\nAPI key, shown this once  {}",
            key.expose()
        ))
    }
}

fn about(event: Event, number: i64, made: Option<&ApiKey>) -> AuditEntry {
    let detail = match made {
        Some(key) => format!("API key {number} ({}): {}", key.name, key.scopes.join(" ")),
        None => format!("API key {number}"),
    };
    act::telling(event, detail)
}

async fn administrator(stores: &Stores, name: &str) -> Result<(), Error> {
    match stores.rows.account(name).await? {
        Some(account) if account.admin && !account.disabled => Ok(()),
        Some(_) => Err(Error::Refused(format!("{name} is no administrator who may sign in"))),
        None => {
            Err(Error::Refused(format!("there is no account {name}: `countersign user list` lists them")))
        }
    }
}

fn list(stores: &Stores, json: bool) -> Result<(), Error> {
    let (mut page, now) = (Page::first(PAGE), System.now());
    loop {
        let keys = block_on(async { Ok(stores.rows.api_keys(None, page).await?) })?;
        keys.iter().try_for_each(|key| print(key, now, json))?;
        match keys.last() {
            Some(last) if keys.len() == PAGE as usize => page.before = Some(last.record),
            _ => return Ok(()),
        }
    }
}

fn print(stored: &StoredApiKey, now: Timestamp, json: bool) -> Result<(), Error> {
    let (key, seconds) = (&stored.key, |time: Option<Timestamp>| time.map(Timestamp::seconds));
    let status = match (stored.revoked, key.expires) {
        (Some(_), _) => "revoked",
        (None, Some(end)) if end <= now => "expired",
        _ => "active",
    };
    if json {
        return output::line(json!({
            "number": stored.record, "name": key.name, "account": key.account, "scopes": key.scopes, "status": status,
            "created": key.created.seconds(), "expires": seconds(key.expires), "last_used": seconds(stored.last_used),
        }));
    }
    output::line(format_args!("{}  {status}  {}  {}", stored.record, key.scopes.join(" "), key.name))
}

/// Rows that are read at a time.
const PAGE: u32 = 1000;
/// Bytes: the audit log holds it in each event.
const LONGEST_NAME: usize = 100;
pub(super) const EXAMPLES: &str = "\
Examples:
  countersign api-key new --name Backup --scope applications:read --scope accounts:read
  countersign api-key new --name Deploy --scope applications:write --expires 1h --json";
