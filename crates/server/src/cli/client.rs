//! `countersign client`.

use super::{
    administration::Administration,
    client_key::{self, PublicKeyFile},
    input, output,
};
use crate::{
    admin_api::{
        application::{Settings, Shown, ShownKey},
        applications::New,
    },
    administration::approval::Step,
    error::Error,
};
use clap::{Args, Subcommand};
use countersign_core::ClientId;
use countersign_store::ClientStatus;
use serde_json::{Value, json};

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
        #[command(flatten)]
        seen: Seen,
    },
    /// List the applications that wait for approval, with the revision that is to be decided on
    Proposed {
        /// Print one JSON object per line
        #[arg(long)]
        json: bool,
    },
    /// Approve an application that was proposed, or rejected before
    #[command(after_help = APPROVE_EXAMPLES)]
    Approve {
        /// Its identifier
        id: ClientId,
        #[command(flatten)]
        seen: Seen,
    },
    /// Reject an application that was proposed; its owner reads why
    Reject {
        /// Its identifier
        id: ClientId,
        /// Why, in a sentence
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        seen: Seen,
    },
    /// Give a client to another account, which then keeps it at /developers; one for its owner's own scripts stays theirs
    #[command(after_help = "Example:\n  countersign client transfer CLIENT --to jane")]
    Transfer {
        /// Its identifier
        id: ClientId,
        /// To whom: an account that may sign in
        #[arg(long, value_name = "NAME")]
        to: String,
    },
    /// Change a client's secret or public key without an outage
    #[command(subcommand, after_help = client_key::EXAMPLES)]
    Key(client_key::Key),
    /// Remove a client with all its tokens
    Remove {
        /// Its identifier
        id: ClientId,
    },
}

/// What whoever decides has looked at.
#[derive(Debug, Args)]
pub(crate) struct Seen {
    /// Only if it is at this revision still, as `proposed` and `show` print it: if somebody changed it since, nothing is done
    #[arg(long, value_name = "N")]
    revision: Option<u64>,
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
    #[command(flatten)]
    public_key: PublicKeyFile,
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
    #[arg(long, requires = "client_id", conflicts_with = "rsa_public_key")]
    client_secret_stdin: bool,
    /// Print {"client_id": …, "client_secret": …}
    #[arg(long)]
    json: bool,
}

impl Client {
    pub(super) fn run(self, at: &dyn Administration) -> Result<(), Error> {
        match self {
            Self::Add(add) => add.run(at),
            Self::List { json } => list(at, json),
            Self::Show { id, json } => show(&at.client(&id)?, json),
            Self::Disable { id } => decide(at, &id, &Step::Suspend, None),
            Self::Enable { id, seen } => decide(at, &id, &Step::Resume, seen.revision),
            Self::Proposed { json } => {
                at.clients(Some(ClientStatus::Pending), &mut |client| print_proposed(&client, json))
            }
            Self::Approve { id, seen } => decide(at, &id, &Step::Approve, seen.revision),
            Self::Reject { id, reason, seen } => {
                if reason.trim().is_empty() {
                    return Err(Error::Refused("give a reason: it is all that the owner learns".into()));
                }
                decide(at, &id, &Step::Reject(reason.trim().to_owned()), seen.revision)
            }
            Self::Transfer { id, to } => {
                at.transfer(&id, &to)?;
                done(&id, "transferred")
            }
            Self::Key(key) => key.run(at),
            Self::Remove { id } => {
                at.remove_client(&id)?;
                done(&id, "removed")
            }
        }
    }
}

impl Add {
    fn run(self, at: &dyn Administration) -> Result<(), Error> {
        let made = at.register(self.application()?)?;
        made.warnings.iter().for_each(output::complain);
        let id = &made.application.client_id;
        self.tell(id, made.client_secret.as_deref()).or_else(|unshown| {
            let id = ClientId::new(id).map_err(|bad| Error::Refused(bad.to_string()))?;
            at.remove_client(&id)?;
            Err(Error::Refused(format!("{unshown}: the client was not shown, so it was not registered")))
        })
    }

    fn tell(&self, id: &str, secret: Option<&str>) -> Result<(), Error> {
        if self.json {
            return output::line(json!({ "client_id": id, "client_secret": secret }));
        }
        let signs_with = secret.map_or("signs with its own private key".into(), |secret| {
            ["client secret, shown this once           ", secret].concat()
        });
        output::line(format_args!("client identifier (oauth_consumer_key)  {id}\n{signs_with}"))
    }

    fn application(&self) -> Result<New, Error> {
        let secret = self.client_secret_stdin.then(|| input::from_stdin("client secret")).transpose()?;
        Ok(New {
            settings: Settings {
                name: self.name.clone(),
                callbacks: self.callback.clone(),
                callback_prefixes: self.callback_prefix.clone(),
                allow_oob: self.allow_oob,
                two_legged: self.two_legged,
                methods: self.method.clone(),
                scopes: self.scope.clone(),
                ..Settings::default()
            },
            client_id: self.client_id.as_ref().map(|id| id.as_str().to_owned()),
            client_secret: secret.map(|secret| secret.expose().into()),
            public_key: self.public_key.read()?,
            allow_small_key: self.public_key.allow_small_key,
            ..New::default()
        })
    }
}

/// By identifier.
fn list(at: &dyn Administration, json: bool) -> Result<(), Error> {
    let mut clients = Vec::new();
    at.clients(None, &mut |client| {
        clients.push(client);
        Ok(())
    })?;
    clients.sort_unstable_by(|one, other| one.client_id.cmp(&other.client_id));
    clients.iter().try_for_each(|client| {
        if json {
            return output::line(as_json(client));
        }
        output::line(format_args!("{}  {}  {}", client.client_id, client.status, client.settings.name))
    })
}

fn show(client: &Shown, json: bool) -> Result<(), Error> {
    let client = as_json(client);
    if json {
        output::line(client)?;
    } else if let Value::Object(fields) = client {
        for (name, value) in fields {
            output::line(format_args!("{name:18} {}", output::plain(&in_words(&value))))?;
        }
    }
    Ok(())
}

fn in_words(value: &Value) -> String {
    match value {
        Value::Null => "-".into(),
        Value::String(text) if text.is_empty() => "-".into(),
        Value::String(text) => text.clone(),
        Value::Array(all) if all.is_empty() => "-".into(),
        Value::Array(all) => all.iter().map(in_words).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn print_proposed(client: &Shown, json: bool) -> Result<(), Error> {
    let Shown { client_id, revision, owner, settings, .. } = client;
    if json {
        return output::line(json!({
            "client_id": client_id, "revision": revision, "name": settings.name, "owner": owner, "description": settings.description,
            "home_page": settings.home_page, "callbacks": settings.callbacks, "callback_prefixes": settings.callback_prefixes,
            "allow_oob": settings.allow_oob, "two_legged": settings.two_legged, "scopes": settings.scopes,
        }));
    }
    let owner = owner.as_deref().unwrap_or("-");
    output::line(format_args!("{client_id}  revision {revision}  {owner}  {}", settings.name))
}

fn decide(at: &dyn Administration, id: &ClientId, step: &Step, seen: Option<u64>) -> Result<(), Error> {
    at.decide(id, step, seen)?;
    done(id, step.to().as_str())
}

pub(super) fn done(id: &ClientId, what: &str) -> Result<(), Error> {
    output::line(format_args!("{what} {id}; a server that runs sees it within 5 seconds"))
}

pub(super) fn unknown(id: &ClientId) -> Error {
    Error::Refused(format!("there is no client {id}: `countersign client list` lists them"))
}

pub(super) fn no_recipient(name: &str) -> Error {
    Error::Refused(format!(
        "there is no other account {name} that may sign in: `countersign user list` lists them"
    ))
}

fn as_json(client: &Shown) -> Value {
    let settings = &client.settings;
    let key = |key: &ShownKey| match key.kind.as_str() {
        "rsa" => format!("RSA public key, {} bits", key.bits.unwrap_or_default()),
        kind => kind.to_owned(),
    };
    json!({
        "client_id": client.client_id,
        "name": settings.name,
        "description": settings.description,
        "home_page": settings.home_page,
        "owner": client.owner,
        "owner_only": settings.owner_only,
        "status": client.status,
        "rejection": client.rejection,
        "suspended_by": client.suspended_by,
        "revision": client.revision,
        "keys": client.keys.iter().map(key).collect::<Vec<_>>(),
        "methods": (!settings.methods.is_empty()).then_some(&settings.methods),
        "callbacks": settings.callbacks,
        "callback_prefixes": settings.callback_prefixes,
        "allow_oob": settings.allow_oob,
        "two_legged": settings.two_legged,
        "scopes": settings.scopes,
        "created": client.created,
    })
}

const APPROVE_EXAMPLES: &str = "\
Examples:
  countersign client proposed
  countersign client approve CLIENT --revision 3

With --revision nothing is done if somebody has changed or decided on the application since you looked.";
const EXAMPLES: &str = "\
Examples:
  countersign client add --name Printer --callback https://printer.example.com/ready --scope photos
  countersign client add --name 'Command line' --allow-oob
  countersign client add --name Ledger --two-legged --rsa-public-key ledger.pem

Bring a client over from another provider, its identifier and secret unchanged:
  countersign client add --name Partner --client-id old-key --client-secret-stdin < secret.txt";
