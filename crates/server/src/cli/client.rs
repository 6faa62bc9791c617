//! `countersign client`.

use super::{Place, act, approval, block_on, check, input, output};
use crate::{audit::Event, error::Error, stores::Stores};
use clap::{Args, Subcommand};
use countersign_core::{ClientId, Secret, signature::rsa};
use countersign_provider::{Clock, System, token};
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
    /// Let a suspended client go on, whoever suspended it; one that waits for approval or was rejected is approved instead
    Enable {
        /// Its identifier
        id: ClientId,
    },
    /// List the applications that wait for approval
    Proposed {
        /// Print one JSON object per line
        #[arg(long)]
        json: bool,
    },
    /// Approve an application that was proposed, or rejected before
    Approve {
        /// Its identifier
        id: ClientId,
    },
    /// Reject an application that was proposed; its owner reads why
    Reject {
        /// Its identifier
        id: ClientId,
        /// Why, in a sentence
        #[arg(long)]
        reason: String,
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
        match self {
            Self::Add(add) => add.run(place),
            Self::List { json } => list(&place.stores()?, json),
            Self::Show { id, json } => show(&place.stores()?, &id, json),
            Self::Disable { id } => disable(&place.stores()?, &id),
            Self::Enable { id } => approval::enable(&place.stores()?, &id),
            Self::Proposed { json } => approval::list(&place.stores()?, json),
            Self::Approve { id } => approval::approve(&place.stores()?, &id),
            Self::Reject { id, reason } => approval::reject(&place.stores()?, &id, &reason),
            Self::Remove { id } => {
                let stores = place.stores()?;
                let removed = block_on(async { Ok(stores.rows.remove_client(&id).await?) })?;
                done(&stores, removed, &id, "removed", Event::ApplicationRemoved)
            }
        }
    }
}

impl Add {
    fn run(self, place: &Place) -> Result<(), Error> {
        let (record, secret) = self.record()?;
        check::can_sign(&record)?;
        let warnings = [check::out_of_reach(&record), check::switched_off(&record, &place.read()?)];
        warnings.into_iter().flatten().for_each(output::complain);
        let stores = place.stores_or_new()?;
        block_on(async {
            let sealed = stores.sealed.seal_client(&record)?;
            stores.rows.add_client(&sealed).await.map_err(|error| match error.kind() {
                StoreErrorKind::Conflict => {
                    Error::Refused(format!("there is a client {} already", record.id))
                }
                _ => error.into(),
            })
        })?;
        self.tell(&record.id, secret.as_ref().map(Secret::expose)).or_else(|unshown| {
            // OK because it is gone, whoever removed it
            let _ = block_on(async { Ok(stores.rows.remove_client(&record.id).await?) })?;
            Err(Error::Refused(format!("{unshown}: the client was not shown, so it was not registered")))
        })?;
        act::record(&stores, act::on_client(Event::ApplicationRegistered, &record.id));
        Ok(())
    }

    fn tell(&self, id: &ClientId, secret: Option<&str>) -> Result<(), Error> {
        if self.json {
            return output::line(json!({ "client_id": id.as_str(), "client_secret": secret }));
        }
        let signs_with = secret.map_or("signs with its own private key".into(), |secret| {
            ["client secret, shown this once           ", secret].concat()
        });
        output::line(format_args!("client identifier (oauth_consumer_key)  {id}\n{signs_with}"))
    }

    fn record(&self) -> Result<(ClientRecord, Option<Secret>), Error> {
        let (callbacks, callback_prefixes) =
            (check::callbacks(&self.callback)?, check::callbacks(&self.callback_prefix)?);
        let (methods, scopes) = (check::methods(&self.method)?, check::scopes(&self.scope)?);
        check::client_name(&self.name)?;
        let id = self.client_id.clone().map_or_else(|| ClientId::new(&token(&System, 24)), Ok);
        let id = id.map_err(|bad| Error::Refused(bad.to_string()))?;
        let (key, secret) = self.key()?;
        let mut record = ClientRecord::new(id, self.name.as_str(), key);
        record.callbacks = callbacks;
        record.callback_prefixes = callback_prefixes;
        record.allow_oob = self.allow_oob;
        record.two_legged = self.two_legged;
        record.methods = methods;
        record.default_scopes.clone_from(&scopes);
        record.scopes = scopes;
        record.created = System.now();
        record.key_since = record.created;
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

fn list(stores: &Stores, json: bool) -> Result<(), Error> {
    for client in block_on(async { Ok(stores.rows.clients().await?) })? {
        if json {
            output::line(as_json(&client))?;
        } else {
            output::line(format_args!("{}  {}  {}", client.id, client.status.as_str(), client.name))?;
        }
    }
    Ok(())
}

fn show(stores: &Stores, id: &ClientId, json: bool) -> Result<(), Error> {
    let found = block_on(async { Ok(countersign_store::ClientStore::client(&stores.rows, id).await?) })?;
    let client = as_json(&found.ok_or_else(|| unknown(id))?);
    if json {
        output::line(client)?;
    } else if let Value::Object(fields) = client {
        for (name, value) in fields {
            let value = value.as_str().map_or_else(|| value.to_string(), Into::into);
            output::line(format_args!("{name:18} {value}"))?;
        }
    }
    Ok(())
}

fn disable(stores: &Stores, id: &ClientId) -> Result<(), Error> {
    let status = ClientStatus::Suspended;
    let outcome = block_on(async { Ok(stores.rows.set_client_status(id, status).await?) })?;
    done(stores, outcome, id, status.as_str(), Event::ApplicationSuspended)
}

pub(super) fn done(
    stores: &Stores,
    outcome: Outcome,
    id: &ClientId,
    what: &str,
    event: Event,
) -> Result<(), Error> {
    match outcome {
        Outcome::Done => {
            act::record(stores, act::on_client(event, id));
            output::line(format_args!("{what} {id}; a server that runs sees it within 5 seconds"))
        }
        Outcome::Refused => Err(unknown(id)),
    }
}

pub(super) fn unknown(id: &ClientId) -> Error {
    Error::Refused(format!("there is no client {id}: `countersign client list` lists them"))
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

const EXAMPLES: &str = "\
Examples:
  countersign client add --name Printer --callback https://printer.example.com/ready --scope photos
  countersign client add --name 'Command line' --allow-oob
  countersign client add --name Ledger --two-legged --rsa-public-key ledger.pem

Bring a client over from another provider, its identifier and secret unchanged:
  countersign client add --name Partner --client-id old-key --client-secret-stdin < secret.txt";
