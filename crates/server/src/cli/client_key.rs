//! `countersign client key`: from one secret or public key to the next without an outage.

use super::{administration::Administration, client::done, output};
use crate::{
    admin_api::{application::ShownKey, client_keys::NewKey, usage},
    error::Error,
    public_key, rfc3339,
};
use clap::{Args, Subcommand};
use countersign_core::{ClientId, Timestamp};
use serde_json::json;
use std::{collections::HashMap, path::PathBuf};

/// Change a client's secret or public key without an outage.
#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// List a client's secrets or keys, the newest first, and when each was last used; never the secrets
    List {
        /// Its identifier
        id: ClientId,
        /// Print one JSON object per line
        #[arg(long)]
        json: bool,
    },
    /// Add a second one, of the kind that the client has; the old one stays valid until it is removed. A new secret is shown once, here
    Add(Add),
    /// Remove one of two; what is signed with it is refused from then on
    Remove {
        /// Its client's identifier
        id: ClientId,
        /// Since when it is valid, as `list` shows it: it names the key
        since: u64,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// Its client's identifier
    id: ClientId,
    #[command(flatten)]
    public_key: PublicKeyFile,
    /// Print {"since": …, "client_secret": …}
    #[arg(long)]
    json: bool,
}

/// A public key in a file, for a client that has one instead of a secret.
#[derive(Debug, Args)]
pub(crate) struct PublicKeyFile {
    /// Its RSA public key (PEM): its signatures are verified with it instead of with a secret
    #[arg(long, value_name = "FILE")]
    rsa_public_key: Option<PathBuf>,
    /// Accept a public key under 2048 bits
    #[arg(long, requires = "rsa_public_key")]
    pub(super) allow_small_key: bool,
}

impl Key {
    pub(super) fn run(self, at: &dyn Administration) -> Result<(), Error> {
        match self {
            Self::List { id, json } => list(at, &id, json),
            Self::Add(add) => add.run(at),
            Self::Remove { id, since } => {
                at.remove_client_key(&id, since)?;
                done(&id, &format!("removed key {since} of"))
            }
        }
    }
}

impl Add {
    fn run(self, at: &dyn Administration) -> Result<(), Error> {
        let new =
            NewKey { public_key: self.public_key.read()?, allow_small_key: self.public_key.allow_small_key };
        let added = at.add_client_key(&self.id, new)?;
        let since = added.key.since;
        self.tell(since, added.client_secret.as_deref()).or_else(|unshown| {
            at.remove_client_key(&self.id, since)?;
            Err(Error::Refused(format!("{unshown}: the key was not shown, so it was not added")))
        })
    }

    fn tell(&self, since: u64, secret: Option<&str>) -> Result<(), Error> {
        if self.json {
            return output::line(json!({ "since": since, "client_secret": secret }));
        }
        let secret = secret.map(|secret| format!("\nclient secret, shown this once  {secret}"));
        output::line(format_args!(
            "key, by since when it is valid  {since}{}\na server that runs takes it within 5 seconds",
            secret.unwrap_or_default()
        ))
    }
}

impl PublicKeyFile {
    /// Read here, so that what is wrong with the file is told with its name, and a private key goes nowhere.
    pub(super) fn read(&self) -> Result<Option<String>, Error> {
        let Some(path) = &self.rsa_public_key else { return Ok(None) };
        let pem =
            std::fs::read_to_string(path).map_err(|source| Error::File { path: path.clone(), source })?;
        let minimum = if self.allow_small_key { 1024 } else { 2048 };
        public_key::read(&pem, minimum)
            .map_err(|wrong| Error::Refused(format!("{}: {wrong}", path.display())))?;
        Ok(Some(pem))
    }
}

fn list(at: &dyn Administration, id: &ClientId, json: bool) -> Result<(), Error> {
    let client = at.client(id)?;
    let mut used = HashMap::<u64, u64>::new();
    let of_it = usage::Filter { client: Some(id.as_str().into()), ..usage::Filter::default() };
    at.usage(of_it, &mut |row| {
        let last = used.entry(row.key_since).or_default();
        *last = row.last_used.max(*last);
        Ok(())
    })?;
    client.keys.iter().try_for_each(|key| print(key, used.get(&key.since).copied(), json))
}

fn print(key: &ShownKey, last_used: Option<u64>, json: bool) -> Result<(), Error> {
    let ShownKey { since, kind, bits } = key;
    if json {
        return output::line(json!({ "since": since, "kind": kind, "bits": bits, "last_used": last_used }));
    }
    let kind = bits.map_or_else(|| kind.clone(), |bits| format!("{kind} {bits} bits"));
    let at = |seconds| rfc3339::machine(Timestamp::from_seconds(seconds));
    let used = last_used.map_or_else(|| "never, as far as is known".into(), at);
    output::line(format_args!("{since}  {kind}  valid since {}  last used {used}", at(*since)))
}

pub(super) fn no_such_key(id: &ClientId, since: Timestamp) -> Error {
    Error::Refused(format!(
        "client {id} has no key {}: `countersign client key list {id}` lists them",
        since.seconds()
    ))
}

pub(super) const EXAMPLES: &str = "\
A new secret, without an outage:
  countersign client key add CLIENT             prints the new secret; the old one stays valid
  countersign client key list CLIENT            once the client has changed over, only the new one is used
  countersign client key remove CLIENT SINCE    the old one, by the number that `list` shows

A new public key:
  countersign client key add CLIENT --rsa-public-key new.pem";
