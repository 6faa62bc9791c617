//! What stands behind the `?` of a URL.

use crate::{address::bad, error::OpenError};
use countersign_core::percent;
use std::{path::PathBuf, time::Duration};

pub(crate) struct Query {
    pub(crate) prefix: String,
    pub(crate) connect: Duration,
    pub(crate) response: Duration,
    pub(crate) cluster: bool,
    /// The name of what the Sentinels watch.
    pub(crate) sentinel: Option<String>,
    pub(crate) sentinel_user: Option<String>,
    pub(crate) sentinel_pass: Option<String>,
    /// A file of the certificates that are believed, in place of the system's.
    pub(crate) ca: Option<PathBuf>,
    pub(crate) fenced: bool,
    /// What the `redis` crate reads itself.
    pub(crate) rest: String,
}

impl Query {
    pub(crate) fn parse(query: &str, unix: bool, tls: bool) -> Result<Self, OpenError> {
        let mut read = Self {
            prefix: "countersign:".to_owned(),
            connect: PATIENCE,
            response: PATIENCE,
            cluster: false,
            sentinel: None,
            sentinel_user: None,
            sentinel_pass: None,
            ca: None,
            fenced: true,
            rest: String::new(),
        };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            read.take(pair, unix, tls)?;
        }
        read.check()
    }

    fn take(&mut self, pair: &str, unix: bool, tls: bool) -> Result<(), OpenError> {
        match pair.split_once('=').unwrap_or((pair, "")) {
            ("prefix", value) => self.prefix = decoded(value)?,
            ("cluster", "") if !unix => self.cluster = true,
            ("sentinel", name) if !unix && !name.is_empty() => self.sentinel = Some(decoded(name)?),
            ("sentinel_user", value) if !unix => self.sentinel_user = Some(decoded(value)?),
            ("sentinel_pass", value) if !unix => self.sentinel_pass = Some(decoded(value)?),
            ("ca", path) if tls && !path.is_empty() => self.ca = Some(decoded(path)?.into()),
            ("danger_no_fence", "") => self.fenced = false,
            ("connect_timeout_ms", value) => self.connect = milliseconds(value)?,
            ("response_timeout_ms", value) => self.response = milliseconds(value)?,
            ("db" | "user" | "pass", _) if unix => {
                self.rest = [&self.rest, "&", pair].concat();
            }
            _ => return Err(bad(UNKNOWN)),
        }
        Ok(())
    }

    fn check(self) -> Result<Self, OpenError> {
        if self.cluster && self.sentinel.is_some() {
            return Err(bad("it names a Cluster and a Sentinel: only one of both can lead to a master"));
        }
        if self.sentinel.is_none() && (self.sentinel_user.is_some() || self.sentinel_pass.is_some()) {
            return Err(bad("it has a user or a password for Sentinels and names none: add sentinel=NAME"));
        }
        if self.sentinel_user.is_some() && self.sentinel_pass.is_none() {
            return Err(bad("it has a user for Sentinels without a password: add sentinel_pass"));
        }
        Ok(self)
    }
}

fn decoded(value: &str) -> Result<String, OpenError> {
    let bytes =
        percent::decode(value.as_bytes()).map_err(|_| bad("a value after the ? has a broken escape"))?;
    String::from_utf8(bytes.into_owned()).map_err(|_| bad("a value after the ? is not UTF-8"))
}

fn milliseconds(value: &str) -> Result<Duration, OpenError> {
    let number = value.parse().ok().filter(|number| (1..=60_000).contains(number));
    number.map(Duration::from_millis).ok_or_else(|| bad("a timeout is 1 to 60000 milliseconds, as digits"))
}

const UNKNOWN: &str = "what stands after the ? is not known: use prefix, connect_timeout_ms, response_timeout_ms, cluster, \
                       sentinel, sentinel_user, sentinel_pass, danger_no_fence, or ca with rediss://, and write ? and & of \
                       a password as %3F and %26";
/// How long anything may take where the URL says nothing.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);
