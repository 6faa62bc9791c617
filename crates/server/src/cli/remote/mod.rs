//! Administration by a server's API: `--remote`.

mod accounts;
mod address;
mod api_keys;
mod clients;
mod events;
mod fault;
mod here;
mod invitations;
mod key;
mod line;
mod tokens;
mod usage;

pub(super) use here::{explained, only_here};

use super::{LAST, Place, administration::Each, block_on};
use crate::{admin_api::page, error::Error, trust};
use address::Address;
use clap::Args;
use countersign_core::percent;
use countersign_provider::{System, token};
use fault::Fault;
use http::Method;
use line::{Line, Request};
use serde::{Serialize, de::DeserializeOwned};
use std::path::PathBuf;
use tokio_rustls::TlsConnector;

/// Where to administrate, if not here.
#[derive(Debug, Args)]
pub(super) struct There {
    /// Work on the server at this address, by its administration's API; the API key is read from COUNTERSIGN_API_KEY
    #[arg(long, global = true, display_order = LAST, value_name = "URL", env = "COUNTERSIGN_REMOTE")]
    remote: Option<String>,
    /// With --remote: read the API key from this file
    #[arg(long, global = true, display_order = LAST, value_name = "FILE")]
    api_key_file: Option<PathBuf>,
    /// With --remote: believe the root certificates (PEM) of this file, and not the system's
    #[arg(long, global = true, display_order = LAST, value_name = "FILE")]
    root_certificates: Option<PathBuf>,
    /// With --remote: send the API key over http, where everybody on the way can read it
    #[arg(long, global = true, display_order = LAST)]
    insecure_http: bool,
}

impl There {
    /// The server, where one is named.
    pub(super) fn open(&self, place: &Place) -> Result<Option<Remote>, Error> {
        let Some(url) = self.remote.as_deref().filter(|url| !url.is_empty()) else {
            let alone = [
                ("--api-key-file", self.api_key_file.is_some()),
                ("--root-certificates", self.root_certificates.is_some()),
                ("--insecure-http", self.insecure_http),
            ];
            return match alone.into_iter().find(|(_, given)| *given) {
                Some((flag, _)) => Err(Error::Refused(format!("{flag} is for --remote, which is not given"))),
                None => Ok(None),
            };
        };
        if place.database.is_some() {
            let told = "--database and --remote (or COUNTERSIGN_REMOTE) are both given: leave out the one that is not meant";
            return Err(Error::Refused(told.into()));
        }
        let address = Address::read(url)?;
        if !address.is_private(self.insecure_http) {
            return Err(Error::Refused(format!(
                "{address}: everybody on the way could read the API key: write https://, or add --insecure-http on a network of your own"
            )));
        }
        let key = key::read(&address, self.api_key_file.as_deref())?;
        let trust = address.is_tls.then(|| self.trust()).transpose()?;
        Ok(Some(Remote(Line::new(address, key, trust, self.insecure_http))))
    }

    fn trust(&self) -> Result<TlsConnector, Error> {
        let roots = match &self.root_certificates {
            Some(file) => trust::of_file(file).map_err(Error::Refused)?,
            None => trust::of_system(),
        };
        if roots.is_empty() {
            let told = "this system has no root certificates: name a file of them with --root-certificates";
            return Err(Error::Refused(told.into()));
        }
        trust::connector(roots).map_err(Error::Refused)
    }
}

/// A server that is asked by its API.
pub(super) struct Remote(Line);

impl Remote {
    fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Fault> {
        self.ask(&Request { path: path.into(), ..Request::default() })
    }

    /// Creates something, once.
    fn create<T: DeserializeOwned>(&self, path: &str, new: &impl Serialize) -> Result<T, Fault> {
        let (method, body, once) = (Method::POST, Some(json(new)?), Some(token(&System, 32)));
        self.ask(&Request { method, path: path.into(), body, once, ..Request::default() })
    }

    fn put<T: DeserializeOwned>(&self, path: &str, new: &impl Serialize) -> Result<T, Fault> {
        let body = Some(json(new)?);
        self.ask(&Request { method: Method::PUT, path: path.into(), body, ..Request::default() })
    }

    /// Does something to what is there.
    fn act<T: DeserializeOwned>(&self, path: &str, body: Option<serde_json::Value>) -> Result<T, Fault> {
        self.act_on(path, None, body)
    }

    /// The same, if it is at the revision that was `seen`.
    fn act_on<T: DeserializeOwned>(
        &self,
        path: &str,
        seen: Option<u64>,
        body: Option<serde_json::Value>,
    ) -> Result<T, Fault> {
        let (method, body) = (Method::POST, body.map(|body| body.to_string()));
        self.ask(&Request { method, path: path.into(), body, seen, ..Request::default() })
    }

    fn delete(&self, path: &str) -> Result<(), Fault> {
        self.ask(&Request { method: Method::DELETE, path: path.into(), ..Request::default() })
    }

    fn ask<T: DeserializeOwned>(&self, request: &Request) -> Result<T, Fault> {
        let answer = block_on(async { Ok(self.0.ask(request).await) })??;
        serde_json::from_value(answer).map_err(|error| {
            let told = format!("{}: the answer is not one that this version knows: {error}", self.0.address);
            Error::Refused(told).into()
        })
    }

    /// A list, a page at a time; `query` is what it is narrowed by.
    fn all<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, Option<&str>)],
        each: Each<'_, T>,
    ) -> Result<(), Fault> {
        self.first(usize::MAX, path, query, each)
    }

    /// The same with the first so many.
    fn first<T: DeserializeOwned>(
        &self,
        most: usize,
        path: &str,
        query: &[(&str, Option<&str>)],
        each: Each<'_, T>,
    ) -> Result<(), Fault> {
        let narrowed: String = query
            .iter()
            .filter_map(|(name, value)| value.map(|value| format!("&{name}={}", percent::encode(value))))
            .collect();
        let (mut left, mut cursor) = (most, String::new());
        loop {
            let limit = left.min(page::MOST as usize);
            let page: page::Listed<T> = self.get(&format!("{path}?limit={limit}{narrowed}{cursor}"))?;
            let mut wanted = page.items.into_iter().take(left);
            left = left.saturating_sub(wanted.len());
            wanted.try_for_each(&mut *each)?;
            match page.next_cursor.map(|next| format!("&cursor={}", percent::encode(&next))) {
                Some(next) if next != cursor && left > 0 => cursor = next,
                _ => return Ok(()),
            }
        }
    }
}

fn json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Refused(error.to_string()))
}

/// A path below the API's root; what stands in it is written so that it stays one part.
fn path(resource: &str, name: &str, verb: &str) -> String {
    format!("/{resource}/{}{verb}", percent::encode(name))
}

pub(super) const HELP: &str = "\
On another machine, by the administration's API of a server:
  export COUNTERSIGN_REMOTE=https://photos.example.net
  export COUNTERSIGN_API_KEY=…   or --api-key-file FILE; `countersign api-key new` on the server's machine makes one
The same commands then work on that server, as far as the key's scopes go.";
