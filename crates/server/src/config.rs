//! The configuration: a file, the environment and flags, each winning over the one before.

use crate::error::Error;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
};
use toml::{Table, Value};

/// Everything that can be set; `countersign config init` explains each key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "countersign.example.toml explains each key, and a test compares the two")]
#[expect(clippy::struct_excessive_bools, reason = "a configuration is a list of switches")]
pub struct Config {
    pub listen: SocketAddr,
    pub public_url: String,
    pub accepted_origins: Vec<String>,
    pub trusted_proxies: Vec<IpNet>,
    pub tls_terminated_upstream: bool,
    pub insecure_http: bool,
    pub allow_plaintext: bool,
    pub signature_methods: Vec<String>,
    pub echo: bool,
    pub name: String,
    pub realm: String,
    pub errors: Errors,
    pub timestamp_window: u32,
    pub temporary_life: u64,
    pub token_life: u64,
    pub session_life: u64,
    pub scope_from_realm: bool,
    pub keys: PathBuf,
    pub database: Database,
    pub cache: Cache,
    pub endpoints: Endpoints,
    pub limits: Limits,
    pub log: Log,
    pub scopes: BTreeMap<String, String>,
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

/// `[log]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "countersign.example.toml explains each key")]
pub struct Log {
    pub level: String,
    pub format: LogFormat,
}

/// `log.format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One readable line each.
    #[default]
    Text,
    /// One JSON object each.
    Json,
}

impl Config {
    /// Reads the file (`countersign.toml` if it is there and none is named), then the environment.
    ///
    /// # Errors
    ///
    /// [`Error::Config`], which names the file and line, or the variable, and says what is wrong.
    pub fn read(file: Option<&Path>, environment: &[(String, String)]) -> Result<Self, Error> {
        let mut table = match file {
            Some(path) => read_file(path)?,
            None if Path::new(DEFAULT_FILE).exists() => read_file(Path::new(DEFAULT_FILE))?,
            None => Table::new(),
        };
        for (name, value) in environment {
            if let Some(key) = name.strip_prefix(PREFIX).filter(|key| !RESERVED.contains(key)) {
                set(&mut table, name, key, value)?;
                // One at a time, so that an error is this variable's.
                let so_far: Result<Self, _> = table.clone().try_into();
                so_far.map_err(|error| config_error(name, error.message()))?;
            }
        }
        let failed = |error: toml::de::Error| config_error("configuration", error.message());
        table.try_into().map_err(failed)
    }

    /// What only shows when all of it is known.
    ///
    /// # Errors
    ///
    /// [`Error::Config`], which names the key.
    pub fn check(&self) -> Result<(), Error> {
        let known = ["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512", "RSA-SHA1", "RSA-SHA256", "RSA-SHA512"];
        if let Some(unknown) = self.signature_methods.iter().find(|method| !known.contains(&method.as_str()))
        {
            let hint = if unknown == "PLAINTEXT" {
                "set allow_plaintext instead"
            } else {
                "the methods are listed by `config init`"
            };
            return Err(config_error(
                "signature_methods",
                &format!("`{unknown}` is not one of them: {hint}"),
            ));
        }
        if self.timestamp_window == 0 || self.temporary_life == 0 || self.session_life == 0 {
            return Err(config_error(
                "timestamp_window, temporary_life, session_life",
                "must be more than 0",
            ));
        }
        if self.limits.headers < 8192 {
            return Err(config_error("limits.headers", "must be 8192 or more"));
        }
        self.endpoints.check()
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
        format!("http://{address}")
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

    fn check(&self) -> Result<(), Error> {
        let mut taken: Vec<&str> = OWN_PATHS.to_vec();
        for path in self.paths().into_iter().flatten() {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
            if !path.starts_with('/') || path.len() < 2 || !path.bytes().all(plain) {
                let message = format!("`{path}` must start with / and hold letters, digits and -._~/ alone");
                return Err(config_error("endpoints", &message));
            }
            if taken.contains(&path) {
                return Err(config_error("endpoints", &format!("`{path}` is taken already")));
            }
            taken.push(path);
        }
        Ok(())
    }
}

fn all<'a>(path: &'a str, aliases: &'a [String]) -> Vec<&'a str> {
    std::iter::once(path).chain(aliases.iter().map(String::as_str)).collect()
}

fn read_file(path: &Path) -> Result<Table, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::File { path: path.into(), source })?;
    // Into the type first: only then does an error know its line.
    let whole = toml::from_str::<Config>(&text).and_then(|_| toml::from_str(&text));
    whole.map_err(|error| {
        let line =
            error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        let key = text
            .lines()
            .nth(line - 1)
            .and_then(|line| line.split_once('='))
            .map_or("", |(key, _)| key.trim());
        let key =
            if key.is_empty() || error.message().contains(key) { String::new() } else { format!("{key}: ") };
        let message = error.message().replace("expected usize", "expected a whole number");
        config_error(&format!("{}:{line}", path.display()), &format!("{key}{message}"))
    })
}

/// Puts one environment variable where it belongs, as the type that its default has.
fn set(table: &mut Table, variable: &str, key: &str, value: &str) -> Result<(), Error> {
    // OK because the default configuration is plain data
    let defaults = Table::try_from(Config::default()).unwrap_or_default();
    let key = key.to_ascii_lowercase();
    let (place, name, default) =
        if let Some(default) = defaults.get(&key).filter(|default| !default.is_table()) {
            (table, key.as_str(), default)
        } else {
            let unknown = || config_error(variable, "no such key; `countersign config init` lists them");
            let nested = defaults.iter().filter_map(|(name, inner)| Some((name, inner.as_table()?)));
            let find = |(name, inner): (&String, &'_ Table)| {
                let rest = key.strip_prefix(name.as_str())?.strip_prefix('_')?;
                inner.contains_key(rest).then(|| (name.clone(), rest.len()))
            };
            let (section, length) = nested.into_iter().find_map(find).ok_or_else(unknown)?;
            let name = &key[key.len() - length..];
            let default = &defaults[&section][name];
            let inner = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
            (inner.as_table_mut().ok_or_else(unknown)?, name, default)
        };
    let bad = |what: &str| config_error(variable, &format!("must be {what}"));
    let value = match default {
        Value::Boolean(_) => Value::Boolean(value.parse().map_err(|_| bad("true or false"))?),
        Value::Integer(_) => Value::Integer(value.parse().map_err(|_| bad("a whole number"))?),
        Value::Array(_) => value
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(Value::from)
            .collect::<Vec<_>>()
            .into(),
        _ => Value::from(value),
    };
    place.insert(name.to_owned(), value);
    Ok(())
}

pub(crate) fn config_error(place: &str, message: &str) -> Error {
    Error::Config { place: place.into(), message: message.into() }
}

/// What `countersign config init` writes.
pub const EXAMPLE: &str = include_str!("../countersign.example.toml");
/// The file that is read if it is there and none is named.
const DEFAULT_FILE: &str = "countersign.toml";
const PREFIX: &str = "COUNTERSIGN_";
/// Variables that are no keys of the file.
const RESERVED: [&str; 2] = ["KEYS", "CONFIG"];
/// Paths that the server needs for itself.
pub(crate) const OWN_PATHS: [&str; 7] =
    ["/", "/login", "/logout", "/denied", "/healthz", "/readyz", "/api/whoami"];

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
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
            realm: String::new(),
            errors: Errors::Detailed,
            timestamp_window: 300,
            temporary_life: 600,
            token_life: 0,
            session_life: 12 * 3600,
            scope_from_realm: false,
            keys: PathBuf::new(),
            database: Database::default(),
            cache: Cache::default(),
            endpoints: Endpoints::default(),
            limits: Limits::default(),
            log: Log::default(),
            scopes: BTreeMap::new(),
        }
    }
}

impl Default for Database {
    fn default() -> Self {
        Self { url: "sqlite:countersign.db".into(), synchronous: Synchronous::Normal }
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

impl Default for Log {
    fn default() -> Self {
        Self { level: "info".into(), format: LogFormat::Text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(environment: &[(&str, &str)]) -> Result<Config, Error> {
        let environment: Vec<_> = environment.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect();
        Config::read(None, &environment)
    }

    #[test]
    fn the_example_holds_every_key_with_its_default() {
        let mut example: Table = toml::from_str(EXAMPLE).unwrap();
        let defaults = Table::try_from(Config::default()).unwrap();
        example.entry("scopes").or_insert_with(|| Value::Table(Table::new()));
        assert_eq!(example, defaults);
    }

    #[test]
    fn the_environment_reaches_every_key_in_its_type() {
        let config = read(&[
            ("COUNTERSIGN_PUBLIC_URL", "https://a.example"),
            ("COUNTERSIGN_INSECURE_HTTP", "true"),
            ("COUNTERSIGN_TRUSTED_PROXIES", "10.0.0.0/8, 192.168.0.0/16"),
            ("COUNTERSIGN_DATABASE_URL", "sqlite:other.db"),
            ("COUNTERSIGN_DATABASE_SYNCHRONOUS", "full"),
            ("COUNTERSIGN_ENDPOINTS_GET", "true"),
            ("COUNTERSIGN_LIMITS_PARAMETERS", "7"),
            ("COUNTERSIGN_KEYS", "not a key of the file"),
            ("HOME", "/root"),
        ])
        .unwrap();
        assert!(config.insecure_http && config.endpoints.get && config.trusted_proxies.len() == 2);
        assert_eq!((config.limits.parameters, config.database.synchronous), (7, Synchronous::Full));
        assert_eq!((&*config.public_url, &*config.database.url), ("https://a.example", "sqlite:other.db"));
    }

    #[test]
    fn a_wrong_variable_is_named() {
        for (name, value, told) in [
            ("COUNTERSIGN_PUBLIK_URL", "x", "no such key"),
            ("COUNTERSIGN_ECHO", "yes", "true or false"),
            ("COUNTERSIGN_LIMITS_FORM", "1MB", "whole number"),
        ] {
            let error = read(&[(name, value)]).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains(told), "{error}");
        }
    }

    #[test]
    fn a_wrong_file_is_named_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.toml");
        for (text, line, told) in [
            ("echo = true\npublik_url = \"x\"\n", 2, "publik_url"),
            ("\n\n[limits]\nform = \"1\"\n", 4, "invalid type"),
            ("echo = \n", 1, ""),
            ("trusted_proxies = [\"10.0.0.0/99\"]\n", 1, ""),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = Config::read(Some(&path), &[]).unwrap_err().to_string();
            assert!(error.contains(&format!("c.toml:{line}: ")) && error.contains(told), "{error}");
        }
        assert!(Config::read(Some(&folder.path().join("none.toml")), &[]).is_err());
    }

    #[test]
    fn paths_that_clash_are_refused() {
        let mut config = Config::default();
        config.endpoints.token = "/login".into();
        assert!(config.check().unwrap_err().to_string().contains("taken"));
        config.endpoints.token = "/a b".into();
        assert!(config.check().is_err());
    }
}
