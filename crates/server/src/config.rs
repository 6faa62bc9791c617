//! The configuration: a file, the environment and flags, each winning over the one before.

mod admin_api;
mod applications;
mod audit;
mod check;
mod identity;
mod log;
mod look;
mod metrics;
mod own_pages;
mod paths;
mod rate;
mod read;
mod route;
mod sign_in;
mod sign_up;
mod telemetry;
mod tls;
mod told;

pub use self::{
    admin_api::AdminApi,
    applications::Applications,
    audit::Audit,
    identity::{Identity, Jwt},
    log::{Log, LogFormat},
    look::Look,
    metrics::{Listen, Metrics},
    own_pages::OwnPages,
    rate::Rate,
    read::Source,
    route::{ForwardAuth, Hash, Preset, Route, RoutePolicy, Token},
    sign_in::{Oidc, SignIn},
    sign_up::SignUp,
    telemetry::Telemetry,
    tls::Tls,
};
pub(crate) use self::{audit::Stream, check::folder_of, paths::is_at_or_below};
use crate::error::Error;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
};
use toml::Table;

/// Everything that can be set; `countersign config init` explains each key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "countersign.example.toml explains each key, and a test compares the two")]
#[expect(clippy::struct_excessive_bools, reason = "a configuration is a list of switches")]
pub struct Config {
    pub listen: SocketAddr,
    pub tls: Tls,
    pub public_url: String,
    pub accepted_origins: Vec<String>,
    pub trusted_proxies: Vec<IpNet>,
    pub tls_terminated_upstream: bool,
    pub insecure_http: bool,
    pub allow_plaintext: bool,
    pub signature_methods: Vec<String>,
    pub echo: bool,
    pub name: String,
    pub language: String,
    pub realm: String,
    pub errors: Errors,
    pub timestamp_window: u32,
    pub temporary_life: u64,
    pub token_life: u64,
    pub session_life: u64,
    pub sign_up: SignUp,
    pub sign_in: SignIn,
    pub applications: Applications,
    pub scope_from_realm: bool,
    pub keys: PathBuf,
    pub single_node: bool,
    pub wait_for_stores: u64,
    pub database: Database,
    pub cache: Cache,
    pub nonces: Nonces,
    pub endpoints: Endpoints,
    pub identity: Identity,
    pub limits: Limits,
    pub rate: Rate,
    pub look: Look,
    pub log: Log,
    pub audit: Audit,
    pub metrics: Metrics,
    pub telemetry: Telemetry,
    pub admin_api: AdminApi,
    pub own_pages: OwnPages,
    pub scopes: BTreeMap<String, String>,
    pub forward_auth: ForwardAuth,
    pub route: Vec<Route>,
    /// Where it was read from, so that what is wrong can be pointed at.
    #[serde(skip)]
    pub source: Source,
}

/// `errors`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Errors {
    /// Say why.
    #[default]
    Detailed,
    /// Answer every 401 alike.
    Uniform,
}

/// `[database]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "countersign.example.toml explains each key")]
pub struct Database {
    pub url: String,
    pub synchronous: Synchronous,
    pub connections: u64,
    pub connect_timeout: u64,
    pub statement_timeout: u64,
    pub schema: String,
    pub root_certificates: PathBuf,
}

/// `database.synchronous`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Synchronous {
    /// Survives a crash of the process.
    #[default]
    Normal,
    /// Survives a power cut.
    Full,
}

/// `[cache]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "countersign.example.toml explains each key")]
pub struct Cache {
    pub url: String,
}

/// `[nonces]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "countersign.example.toml explains each key")]
pub struct Nonces {
    pub url: String,
}

/// `[endpoints]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "countersign.example.toml explains each key")]
pub struct Endpoints {
    pub initiate: String,
    pub authorize: String,
    pub token: String,
    pub initiate_aliases: Vec<String>,
    pub authorize_aliases: Vec<String>,
    pub token_aliases: Vec<String>,
    pub get: bool,
}

/// `[limits]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "countersign.example.toml explains each key")]
pub struct Limits {
    pub target: usize,
    pub headers: usize,
    pub form: usize,
    pub parameters: usize,
    pub stall: u64,
}

impl Config {
    /// Reads the file (`countersign.toml` if it is there and none is named), then the environment.
    ///
    /// # Errors
    ///
    /// [`Error::Config`], which names the file and line, or the variable, and says what is wrong.
    pub fn read(file: Option<&Path>, environment: &[(String, String)]) -> Result<Self, Error> {
        let (mut table, mut source) = match file {
            Some(path) => read::file(path)?,
            None if Path::new(DEFAULT_FILE).exists() => read::file(Path::new(DEFAULT_FILE))?,
            None => <(Table, Source)>::default(),
        };
        for (name, value) in environment {
            if let Some(key) = read::key(name) {
                read::variable(&mut table, name, key, value)?;
                source.overridden(name, key);
                // One at a time, so that an error is this variable's.
                let so_far: Result<Self, _> = table.clone().try_into();
                so_far.map_err(|error| read::bad_value(name, key, value, error.message()))?;
            }
        }
        let failed = |error: toml::de::Error| config_error("configuration", error.message());
        let config: Self = table.try_into().map_err(failed)?;
        Ok(Self { source, ..config })
    }

    /// The origin that clients sign.
    #[must_use]
    pub fn public_url(&self) -> String {
        if !self.public_url.is_empty() {
            return self.public_url.clone();
        }
        let mut address = self.listen;
        if address.port() == 0 {
            // Until it is bound, any port stands for the one that will be free.
            address.set_port(1);
        }
        let scheme = if self.tls.is_on() { "https" } else { "http" };
        format!("{scheme}://{address}")
    }

    /// What a scope means to people; nothing where nobody has said so.
    pub(crate) fn meaning(&self, scope: &str) -> &str {
        self.scopes.get(scope).map_or("", String::as_str)
    }
}

impl Endpoints {
    /// All paths of the three endpoints.
    pub(crate) fn paths(&self) -> [Vec<&str>; 3] {
        [
            all(&self.initiate, &self.initiate_aliases),
            all(&self.authorize, &self.authorize_aliases),
            all(&self.token, &self.token_aliases),
        ]
    }

    /// Whether clients call a path themselves, for credentials.
    pub(crate) fn is_for_clients(&self, path: &str) -> bool {
        let of = |first: &String, more: &[String]| first == path || more.iter().any(|other| other == path);
        of(&self.initiate, &self.initiate_aliases) || of(&self.token, &self.token_aliases)
    }
}

fn all<'a>(path: &'a str, aliases: &'a [String]) -> Vec<&'a str> {
    std::iter::once(path).chain(aliases.iter().map(String::as_str)).collect()
}

pub(crate) fn config_error(place: &str, message: &str) -> Error {
    Error::Config { place: place.into(), message: message.into() }
}

/// What `countersign config init` writes.
pub const EXAMPLE: &str = include_str!("../countersign.example.toml");
/// The file that is read if it is there and none is named.
const DEFAULT_FILE: &str = "countersign.toml";

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            tls: Tls::default(),
            public_url: String::new(),
            accepted_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            tls_terminated_upstream: false,
            insecure_http: false,
            allow_plaintext: false,
            signature_methods: [
                "HMAC-SHA1",
                "HMAC-SHA256",
                "HMAC-SHA512",
                "RSA-SHA1",
                "RSA-SHA256",
                "RSA-SHA512",
            ]
            .map(Into::into)
            .into(),
            echo: false,
            name: "Countersign".into(),
            language: "en".into(),
            realm: String::new(),
            errors: Errors::Detailed,
            timestamp_window: 300,
            temporary_life: 600,
            token_life: 0,
            session_life: 12 * 3600,
            sign_up: SignUp::Closed,
            sign_in: SignIn::default(),
            applications: Applications::Closed,
            scope_from_realm: false,
            keys: PathBuf::new(),
            single_node: true,
            wait_for_stores: 30,
            database: Database::default(),
            cache: Cache::default(),
            nonces: Nonces::default(),
            endpoints: Endpoints::default(),
            identity: Identity::default(),
            limits: Limits::default(),
            rate: Rate::default(),
            look: Look::default(),
            log: Log::default(),
            audit: Audit::default(),
            metrics: Metrics::default(),
            telemetry: Telemetry::default(),
            admin_api: AdminApi::default(),
            own_pages: OwnPages::default(),
            scopes: BTreeMap::new(),
            forward_auth: ForwardAuth::default(),
            route: Vec::new(),
            source: Source::default(),
        }
    }
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: "sqlite:countersign.db".into(),
            synchronous: Synchronous::Normal,
            connections: 8,
            connect_timeout: 2,
            statement_timeout: 2,
            schema: "countersign".into(),
            root_certificates: PathBuf::new(),
        }
    }
}

impl Default for Cache {
    fn default() -> Self {
        Self { url: "sql:".into() }
    }
}

impl Default for Endpoints {
    fn default() -> Self {
        Self {
            initiate: "/oauth/initiate".into(),
            authorize: "/oauth/authorize".into(),
            token: "/oauth/token".into(),
            initiate_aliases: vec!["/oauth/request_token".into()],
            authorize_aliases: Vec::new(),
            token_aliases: vec!["/oauth/access_token".into()],
            get: false,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { target: 16 << 10, headers: 32 << 10, form: 1 << 20, parameters: 2000, stall: 30 }
    }
}

#[cfg(test)]
mod tests;
