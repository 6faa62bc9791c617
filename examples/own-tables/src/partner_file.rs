//! Clients from a file of partners, and from it alone. It is followed: what is edited counts from the next lookup on.
//!
//! A file that is gone or cannot be read is an error, and so an answer of 503: never "no such client". Replace it as a whole
//! (write another one beside it, then rename that), or a lookup may meet half of it.

use async_trait::async_trait;
use countersign_core::{ClientId, Secret};
use countersign_store::{ClientKey, ClientRecord, ClientStatus, ClientStore, StoreError};
use serde::Deserialize;
use std::{collections::HashMap, fs, path::PathBuf, sync::Mutex, time::SystemTime};

/// A TOML file with a `[[partner]]` for each client.
pub struct PartnerFile {
    path: PathBuf,
    last: Mutex<Option<(Version, HashMap<ClientId, ClientRecord>)>>,
}

/// When the file was written, and its size.
type Version = (SystemTime, u64);

// No `Debug`: there is a secret in it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Partner {
    id: String,
    secret: String,
    name: String,
    #[serde(default)]
    callbacks: Vec<String>,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    two_legged: bool,
    #[serde(default)]
    suspended: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Partners {
    #[serde(default)]
    partner: Vec<Partner>,
}

impl PartnerFile {
    /// Nothing is read before the first lookup.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), last: Mutex::default() }
    }

    fn version(&self) -> std::io::Result<Version> {
        let file = fs::metadata(&self.path)?;
        Ok((file.modified()?, file.len()))
    }

    fn read(&self) -> Result<HashMap<ClientId, ClientRecord>, StoreError> {
        let text = fs::read_to_string(&self.path).map_err(StoreError::unavailable)?;
        // The parser's own words may quote a secret, and this goes into the log: the line's number alone.
        let line = |at: usize| format!("line {} is wrong", text[..at].matches('\n').count() + 1);
        let all: Partners = toml::from_str(&text)
            .map_err(|error| StoreError::corrupt(line(error.span().map_or(0, |span| span.start))))?;
        let mut clients = HashMap::new();
        for client in all.partner.into_iter().map(Partner::record) {
            let client = client?;
            if let Some(twice) = clients.insert(client.id.clone(), client) {
                return Err(StoreError::corrupt(format!("{} is there twice", twice.id)));
            }
        }
        Ok(clients)
    }
}

impl Partner {
    fn record(self) -> Result<ClientRecord, StoreError> {
        let id = ClientId::new(&self.id).map_err(StoreError::corrupt)?;
        Ok(ClientRecord {
            callbacks: self.callbacks,
            scopes: self.scopes,
            two_legged: self.two_legged,
            status: if self.suspended { ClientStatus::Suspended } else { ClientStatus::Active },
            ..ClientRecord::new(id, self.name, ClientKey::Secret(Secret::from(self.secret)))
        })
    }
}

#[async_trait]
impl ClientStore for PartnerFile {
    async fn client(&self, id: &ClientId) -> Result<Option<ClientRecord>, StoreError> {
        // Before it is read, so that a change in between is noticed by the next lookup.
        let version = self.version().map_err(StoreError::unavailable)?;
        let mut last = self.last.lock().map_err(|_| StoreError::unavailable("a thread panicked"))?;
        if last.as_ref().is_none_or(|(read, _)| *read != version) {
            *last = Some((version, self.read()?));
        }
        Ok(last.as_ref().and_then(|(_, clients)| clients.get(id)).cloned())
    }
}
