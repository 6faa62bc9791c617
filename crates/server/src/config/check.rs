//! What only shows when all of it is known: each refusal names the key and what to do.

use super::{Config, Jwt, config_error};
use crate::{cache::Cache, check, database::Database, error::Error};
use countersign_core::{Origin, Scheme};
use countersign_store::NonceKey;
use ipnet::IpNet;
use std::path::Path;
use tracing_subscriber::EnvFilter;

impl Config {
    /// What only shows when all of it is known.
    ///
    /// # Errors
    ///
    /// [`Error::Config`], which names the key.
    pub fn check(&self) -> Result<(), Error> {
        self.check_whole().map_err(|error| self.located(error))
    }

    /// An error with the line of the file that it is about, or the variable or flag.
    pub(crate) fn located(&self, error: Error) -> Error {
        self.source.located(error)
    }

    fn check_whole(&self) -> Result<(), Error> {
        self.check_words()?;
        self.check_origins()?;
        self.check_methods()?;
        self.check_numbers()?;
        self.check_nodes(&Database::of(self)?, &Cache::of(self, NonceKey::new([0; 16]))?)?;
        self.rate.check()?;
        self.tls.check()?;
        self.check_sign_in()?;
        self.audit.check()?;
        self.metrics.check(self.listen)?;
        self.own_pages.check(self)?;
        self.telemetry.check()?;
        if !self.keys.as_os_str().is_empty() {
            folder_of("keys", &self.keys)?;
        }
        self.check_identity()?;
        check_level(&self.log.level)?;
        self.endpoints.check()?;
        self.check_plaintext()?;
        self.check_routes()
    }

    /// That clients on a network are told what to sign.
    ///
    /// # Errors
    ///
    /// [`Error::Config`], which names the key.
    pub fn check_public(&self) -> Result<(), Error> {
        if self.public_url.is_empty() && !self.listen.ip().is_loopback() {
            return Err(self.located(config_error(
                "public_url",
                "is missing: say which address clients sign, such as https://photos.example.net",
            )));
        }
        Ok(())
    }

    /// That no node forgets what another one has to know: replays would be accepted.
    fn check_nodes(&self, database: &Database, cache: &Cache) -> Result<(), Error> {
        if self.single_node {
            return Ok(());
        }
        if !database.is_shared() {
            let message = "is a file of this machine, but single_node = false says that there are others: name a database that all \
                           nodes share, such as postgres://USER@HOST/DATABASE";
            return Err(config_error("database.url", message));
        }
        if self.identity.jwt != Jwt::Off && self.identity.jwt_keys.as_os_str().is_empty() {
            let message = "is missing, but single_node = false says that there are other nodes: name a file that all of them share, or \
                           verifiers meet keys that they cannot know";
            return Err(config_error("identity.jwt_keys", message));
        }
        cache.check_shared()
    }

    /// What resource owners read, by the rules of what they read of clients.
    fn check_words(&self) -> Result<(), Error> {
        check::client_name(&self.name).map_err(|told| config_error("name", &told.to_string()))?;
        let bad = self.scopes.keys().find_map(|scope| Some((scope, check::one_scope(scope).err()?)));
        bad.map_or(Ok(()), |(scope, told)| Err(config_error(&format!("scopes.\"{scope}\""), &told)))
    }

    fn check_origins(&self) -> Result<(), Error> {
        let origin = |key: &str, url: &str| {
            url.parse::<Origin>().map_err(|_| {
                let host = url.split_once("://").map_or(url, |(_, rest)| rest);
                let host = host.split(['/', '?', '#']).next().and_then(|authority| authority.rsplit('@').next());
                let host = host.filter(|host| !host.is_empty());
                let message = format!(
                    "`{url}` is not an origin: it reads https://host or https://host:port, such as https://{}",
                    host.unwrap_or("photos.example.net")
                );
                config_error(key, &message)
            })
        };
        for url in &self.accepted_origins {
            origin("accepted_origins", url)?;
        }
        origin("public_url", &self.public_url()).map(drop)
    }

    /// That some request can count as https, where all must: a server that starts without it refuses each one, and says why.
    ///
    /// # Errors
    ///
    /// [`Error::Config`], which names the keys.
    pub(crate) fn check_tls(&self) -> Result<(), Error> {
        let over_tls = self.public_url().parse().is_ok_and(|url: Origin| url.scheme() == Scheme::Https);
        if over_tls && !self.learns_of_tls() && !self.insecure_http {
            return Err(self.located(config_error(
                "public_url",
                "is https, but this server speaks http to a proxy and cannot tell which requests came over TLS, so it \
                 refuses all of them: name the proxy in trusted_proxies, such as [\"127.0.0.1/32\"] (flag \
                 --trusted-proxy), or set tls_terminated_upstream = true where nothing but the proxy reaches this port, \
                 or give this server a certificate of its own in [tls]",
            )));
        }
        Ok(())
    }

    /// That PLAINTEXT, whose signature is the secrets, can ever be let through.
    fn check_plaintext(&self) -> Result<(), Error> {
        if self.allow_plaintext && !self.learns_of_tls() && !self.insecure_http {
            return Err(config_error(
                "allow_plaintext",
                "is set, but PLAINTEXT needs TLS and nothing says which requests came over it: name the proxy that \
                 terminates TLS in trusted_proxies, give this server a certificate in [tls], or set insecure_http = true on your own machine",
            ));
        }
        Ok(())
    }

    fn learns_of_tls(&self) -> bool {
        self.tls.is_on() || self.tls_terminated_upstream || !self.trusted_proxies.is_empty()
    }

    fn check_methods(&self) -> Result<(), Error> {
        let Some(unknown) = self.signature_methods.iter().find(|method| !METHODS.contains(&method.as_str()))
        else {
            return Ok(());
        };
        let hint = if unknown == "PLAINTEXT" {
            "set allow_plaintext instead"
        } else {
            "the methods are listed by `config init`"
        };
        Err(config_error("signature_methods", &format!("`{unknown}` is not one of them: {hint}")))
    }

    fn check_identity(&self) -> Result<(), Error> {
        let life = self.identity.jwt_life;
        if !LIVES.contains(&life) {
            let (least, most) = (LIVES.start(), LIVES.end());
            let message =
                format!("is {life}, but must be {least} to {most} seconds: it is made anew for each request");
            return Err(config_error("identity.jwt_life", &message));
        }
        if self.identity.jwt_keys.as_os_str().is_empty() {
            return Ok(());
        }
        folder_of("identity.jwt_keys", &self.identity.jwt_keys)
    }

    fn check_numbers(&self) -> Result<(), Error> {
        let limits = &self.limits;
        let most = [
            ("temporary_life", self.temporary_life, 1 << 32),
            ("token_life", self.token_life, 1 << 40),
            ("session_life", self.session_life, 1 << 32),
            ("limits.target", limits.target as u64, 1 << 20),
            ("limits.headers", limits.headers as u64, 1 << 20),
            ("limits.form", limits.form as u64, 1 << 32),
            ("limits.parameters", limits.parameters as u64, 1 << 20),
            ("limits.stall", limits.stall, 86_400),
            ("wait_for_stores", self.wait_for_stores, 86_400),
            ("database.connections", self.database.connections, 1000),
            ("database.connect_timeout", self.database.connect_timeout, 60),
            ("database.statement_timeout", self.database.statement_timeout, 30),
        ];
        if let Some((key, value, most)) = most.into_iter().find(|(_, value, most)| value > most) {
            return Err(config_error(key, &format!("is {value}, but may be {most} at most")));
        }
        let mapped =
            |network: &&IpNet| matches!(network, IpNet::V6(v6) if v6.addr().to_ipv4_mapped().is_some());
        if let Some(network) = self.trusted_proxies.iter().find(mapped) {
            let message =
                format!("`{network}` never fits: addresses are compared as IPv4, so write the network so");
            return Err(config_error("trusted_proxies", &message));
        }
        let least = [
            ("timestamp_window", u64::from(self.timestamp_window), 1),
            ("temporary_life", self.temporary_life, 1),
            ("session_life", self.session_life, 1),
            ("limits.target", limits.target as u64, 256),
            ("limits.headers", limits.headers as u64, 8192),
            ("limits.form", limits.form as u64, 256),
            ("limits.parameters", limits.parameters as u64, 16),
            ("limits.stall", limits.stall, 1),
            ("database.connections", self.database.connections, 1),
            ("database.connect_timeout", self.database.connect_timeout, 1),
            ("database.statement_timeout", self.database.statement_timeout, 1),
        ];
        match least.into_iter().find(|(_, value, least)| value < least) {
            Some((key, value, least)) => {
                Err(config_error(key, &format!("is {value}, but must be {least} or more")))
            }
            None => Ok(()),
        }
    }
}

/// That the folder is there in which a file will be made.
pub(crate) fn folder_of(key: &str, path: &Path) -> Result<(), Error> {
    if path.is_dir() {
        return Err(config_error(key, &format!("{} is a folder: name a file", path.display())));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let problem = match folder.metadata() {
        Ok(found) if found.is_dir() => return Ok(()),
        Ok(_) => "it is a file".to_owned(),
        Err(error) => error.to_string(),
    };
    let (folder, path) = (folder.display(), path.display());
    Err(config_error(key, &format!("the folder {folder} of {path} cannot be used: {problem}; make it first")))
}

/// A word alone must be a level: `EnvFilter` would take any other for a target.
fn check_level(level: &str) -> Result<(), Error> {
    let is_level = |word: &str| LEVELS.iter().any(|level| level.eq_ignore_ascii_case(word));
    let bad = level
        .split(',')
        .map(str::trim)
        .find(|part| !part.contains(['=', '[', ']', '{', '}', ':']) && !is_level(part));
    let known =
        "use error, warn, info, debug, trace or off, or directives such as info,countersign::rejection=debug";
    if let Some(bad) = bad {
        return Err(config_error("log.level", &format!("`{bad}` is no level: {known}")));
    }
    let refused = |error| config_error("log.level", &format!("{error}: {known}"));
    EnvFilter::try_new(level).map(drop).map_err(refused)
}

pub(super) const METHODS: [&str; 6] =
    ["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512", "RSA-SHA1", "RSA-SHA256", "RSA-SHA512"];
/// How long an identity JWT may live.
const LIVES: std::ops::RangeInclusive<u64> = 1..=3600;
const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];

#[cfg(test)]
mod tests {
    use super::*;

    /// The refusal of a configuration that differs from the default in this.
    #[track_caller]
    fn refused(change: impl FnOnce(&mut Config)) -> String {
        let mut config = Config::default();
        change(&mut config);
        config.check().unwrap_err().to_string()
    }

    #[test]
    fn https_without_a_way_to_learn_of_tls_is_refused() {
        let url = || Config { public_url: "https://a.example".into(), ..Config::default() };
        let error = url().check_tls().unwrap_err().to_string();
        assert!(error.contains("trusted_proxies") && error.contains("tls_terminated_upstream"), "{error}");
        Config { tls_terminated_upstream: true, ..url() }.check_tls().unwrap();
        Config { trusted_proxies: vec!["127.0.0.1/32".parse().unwrap()], ..url() }.check_tls().unwrap();
    }

    #[test]
    fn what_cannot_work_names_its_key() {
        for (error, key) in [
            (refused(|config| config.database.url = "mongodb://h".into()), "database.url"),
            (refused(|config| config.database.connections = 0), "database.connections"),
            (refused(|config| config.database.statement_timeout = 31), "database.statement_timeout"),
            (
                refused(|config| {
                    config.database.url = "postgres://h".into();
                    config.database.schema = "A".into();
                }),
                "database.schema",
            ),
            (
                refused(|config| {
                    config.database.url = "postgres://h".into();
                    config.database.root_certificates = "none/x".into();
                }),
                "database.root_certificates",
            ),
            (refused(|config| config.single_node = false), "database.url"),
            (
                refused(|config| {
                    config.single_node = false;
                    config.database.url = "postgres://h".into();
                    config.cache.url = "memory:".into();
                }),
                "cache.url",
            ),
            (
                refused(|config| {
                    config.single_node = false;
                    config.database.url = "postgres://h".into();
                    config.nonces.url = "memory:".into();
                }),
                "nonces.url",
            ),
            (refused(|config| config.nonces.url = "memcached://h".into()), "nonces.url"),
            (
                refused(|config| {
                    config.single_node = false;
                    config.database.url = "postgres://h".into();
                    config.identity.jwt = Jwt::EdDsa;
                }),
                "identity.jwt_keys",
            ),
            (refused(|config| config.database.url = "sqlite:none/x.db".into()), "database.url"),
            (refused(|config| config.keys = "none/x.keys".into()), "keys"),
            (refused(|config| config.identity.jwt_life = 0), "identity.jwt_life"),
            (refused(|config| config.identity.jwt_life = 3601), "identity.jwt_life"),
            (refused(|config| config.identity.jwt_keys = "none/x".into()), "identity.jwt_keys"),
            (refused(|config| config.log.level = "loud".into()), "log.level"),
            (refused(|config| config.log.level = "info,x=loud".into()), "log.level"),
            (refused(|config| config.limits.form = 0), "limits.form"),
            (refused(|config| config.limits.parameters = 0), "limits.parameters"),
            (refused(|config| config.public_url = "photos.example.net".into()), "public_url"),
            (refused(|config| config.accepted_origins = vec!["x".into()]), "accepted_origins"),
        ] {
            assert!(error.starts_with(&format!("{key}: ")), "{error}");
        }
        let level = "info,countersign::rejection=debug".into();
        Config { log: super::super::Log { level, ..Default::default() }, ..Config::default() }
            .check()
            .unwrap();
    }
}
