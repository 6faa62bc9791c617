//! `countersign client`.

use super::{Place, block_on, input, print_json};
use crate::{error::Error, stores::Stores};
use clap::{Args, Subcommand};
use countersign_core::{ClientId, Methods, Secret, signature::rsa};
use countersign_provider::{Clock, System, callback, token};
use countersign_store::{ClientKey, ClientRecord, ClientStatus, Outcome, StoreErrorKind};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Register and change clients (applications).
#[derive(Debug, Subcommand)]
pub(crate) enum Client {
    /// Register a client; its secret is shown once, here
    #[command(after_help = EXAMPLES)]
    Add(Box<Add>),
    /// List all clients
    List {
        /// Print one JSON object per line
        #[arg(long)]
        json: bool,
    },
    /// Show one client; never its secret
    Show {
        /// Its identifier
        id: ClientId,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Suspend a client: its requests are refused
    Disable {
        /// Its identifier
        id: ClientId,
    },
    /// Let a suspended client go on
    Enable {
        /// Its identifier
        id: ClientId,
    },
    /// Remove a client with all its tokens
    Remove {
        /// Its identifier
        id: ClientId,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The name that resource owners read
    #[arg(long)]
    name: String,
    /// A callback: scheme, host, port and path must be the same; any port on loopback
    #[arg(long, value_name = "URL")]
    callback: Vec<String>,
    /// A callback below which any path may be named
    #[arg(long, value_name = "URL")]
    callback_prefix: Vec<String>,
    /// Let it show the verifier to be typed in (oob)
    #[arg(long)]
    allow_oob: bool,
    /// Let it call without a token
    #[arg(long)]
    two_legged: bool,
    /// Verify its signatures with this public key (PEM) instead of a secret
    #[arg(long, value_name = "FILE", conflicts_with = "client_secret_stdin")]
    rsa_public_key: Option<PathBuf>,
    /// Accept a public key under 2048 bits
    #[arg(long, requires = "rsa_public_key")]
    allow_small_key: bool,
    /// Accept this signature method alone; may be given several times
    #[arg(long, value_name = "METHOD")]
    method: Vec<String>,
    /// A scope that it may ask for, and gets if it asks for none; may be given several times
    #[arg(long)]
    scope: Vec<String>,
    /// Keep the identifier that another provider issued
    #[arg(long, value_name = "ID")]
    client_id: Option<ClientId>,
    /// Keep the secret that another provider issued: read it from standard input
    #[arg(long, requires = "client_id")]
    client_secret_stdin: bool,
    /// Print {"client_id": …, "client_secret": …}
    #[arg(long)]
    json: bool,
}

impl Client {
    pub(super) fn run(self, place: &Place) -> Result<(), Error> {
        let stores = place.stores()?;
        match self {
            Self::Add(add) => add.run(&stores),
            Self::List { json } => {
                for client in block_on(async { Ok(stores.rows.clients().await?) })? {
                    if json {
                        print_json(&as_json(&client));
                    } else {
                        println!("{}  {}  {}", client.id, client.status.as_str(), client.name);
                    }
                }
                Ok(())
            }
            Self::Show { id, json } => show(&stores, &id, json),
            Self::Disable { id } => status(&stores, &id, ClientStatus::Suspended),
            Self::Enable { id } => status(&stores, &id, ClientStatus::Active),
            Self::Remove { id } => {
                let removed = block_on(async { Ok(stores.rows.remove_client(&id).await?) })?;
                done(removed, &id, "removed")
            }
        }
    }
}

impl Add {
    fn run(self, stores: &Stores) -> Result<(), Error> {
        let (record, secret) = self.record()?;
        block_on(async {
            let sealed = stores.sealed.seal_client(&record)?;
            stores.rows.add_client(&sealed).await.map_err(|error| match error.kind() {
                StoreErrorKind::Conflict => {
                    Error::Refused(format!("there is a client {} already", record.id))
                }
                _ => error.into(),
            })
        })?;
        let secret = secret.as_ref().map(Secret::expose);
        if self.json {
            print_json(&json!({ "client_id": record.id.as_str(), "client_secret": secret }));
        } else {
            println!("client identifier (oauth_consumer_key)  {}", record.id);
            match secret {
                Some(secret) => println!("client secret, shown this once           {secret}"),
                None => println!("signs with its own private key"),
            }
        }
        Ok(())
    }

    fn record(&self) -> Result<(ClientRecord, Option<Secret>), Error> {
        for url in self.callback.iter().chain(&self.callback_prefix) {
            callback::check_registered(url).map_err(|why| Error::Refused(format!("{url}: {why}")))?;
        }
        let known = Methods::standard().with(countersign_core::Plaintext);
        if let Some(unknown) = self.method.iter().find(|method| known.find(method).is_none()) {
            let all: Vec<_> = known.names().collect();
            return Err(Error::Refused(format!(
                "{unknown} is no signature method; there are {}",
                all.join(", ")
            )));
        }
        if let Some(bad) =
            self.scope.iter().find(|scope| scope.is_empty() || scope.contains(char::is_whitespace))
        {
            return Err(Error::Refused(format!("{bad:?} is no scope: a scope is one word")));
        }
        if self.name.trim().is_empty() || self.name.chars().any(hides) {
            return Err(Error::Refused(
                "a name has visible characters, and none that hide or turn others".into(),
            ));
        }
        let id = self.client_id.clone().map_or_else(|| ClientId::new(&token(&System, 24)), Ok);
        let id = id.map_err(|bad| Error::Refused(bad.to_string()))?;
        let (key, secret) = self.key()?;
        let mut record = ClientRecord::new(id, self.name.as_str(), key);
        record.callbacks.clone_from(&self.callback);
        record.callback_prefixes.clone_from(&self.callback_prefix);
        record.allow_oob = self.allow_oob;
        record.two_legged = self.two_legged;
        record.methods = (!self.method.is_empty()).then(|| self.method.clone());
        record.scopes.clone_from(&self.scope);
        record.default_scopes.clone_from(&self.scope);
        record.created = System.now();
        Ok((record, secret))
    }

    fn key(&self) -> Result<(ClientKey, Option<Secret>), Error> {
        if let Some(path) = &self.rsa_public_key {
            let pem =
                std::fs::read_to_string(path).map_err(|source| Error::File { path: path.clone(), source })?;
            let minimum = if self.allow_small_key { 1024 } else { 2048 };
            let key = rsa::from_pem(&pem, minimum)
                .map_err(|bad| Error::Refused(format!("{}: {bad}", path.display())))?;
            return Ok((ClientKey::PublicKey(key), None));
        }
        let secret = if self.client_secret_stdin {
            input::from_stdin("client secret")?
        } else {
            token(&System, 43).into()
        };
        Ok((ClientKey::Secret(secret.clone()), Some(secret)))
    }
}

fn show(stores: &Stores, id: &ClientId, json: bool) -> Result<(), Error> {
    let found = block_on(async { Ok(countersign_store::ClientStore::client(&stores.rows, id).await?) })?;
    let client = as_json(&found.ok_or_else(|| unknown(id))?);
    if json {
        print_json(&client);
    } else if let Value::Object(fields) = client {
        for (name, value) in fields {
            println!("{name:18} {}", value.as_str().map_or_else(|| value.to_string(), Into::into));
        }
    }
    Ok(())
}

fn status(stores: &Stores, id: &ClientId, status: ClientStatus) -> Result<(), Error> {
    let outcome = block_on(async { Ok(stores.rows.set_client_status(id, status).await?) })?;
    done(outcome, id, status.as_str())
}

fn done(outcome: Outcome, id: &ClientId, what: &str) -> Result<(), Error> {
    match outcome {
        Outcome::Done => {
            println!("{what} {id}; a server that runs sees it within 5 seconds");
            Ok(())
        }
        Outcome::Refused => Err(unknown(id)),
    }
}

fn unknown(id: &ClientId) -> Error {
    Error::Refused(format!("there is no client {id}"))
}

fn as_json(client: &ClientRecord) -> Value {
    let key = match &client.key {
        ClientKey::Secret(_) => "secret".into(),
        ClientKey::PublicKey(key) => {
            format!("RSA public key, {} bits", rsa::modulus_bits(key).unwrap_or_default())
        }
    };
    json!({
        "client_id": client.id.as_str(),
        "name": client.name,
        "status": client.status.as_str(),
        "key": key,
        "methods": client.methods,
        "callbacks": client.callbacks,
        "callback_prefixes": client.callback_prefixes,
        "allow_oob": client.allow_oob,
        "two_legged": client.two_legged,
        "scopes": client.scopes,
        "created": client.created.seconds(),
    })
}

/// Characters that would make a name read as another one on the consent page.
fn hides(char: char) -> bool {
    let turns = matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    char.is_control() || turns
}

const EXAMPLES: &str = "\
Examples:
  countersign client add --name Printer --callback https://printer.example.com/ready --scope photos
  countersign client add --name 'Command line' --allow-oob
  countersign client add --name Ledger --two-legged --rsa-public-key ledger.pem

Bring a client over from another provider, its identifier and secret unchanged:
  countersign client add --name Partner --client-id old-key --client-secret-stdin < secret.txt";
