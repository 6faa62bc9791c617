//! `[[route]]` and `[forward_auth]`: what is verified for others, and what each path asks for.

use super::{Config, config_error, paths::is_own};
use crate::{edge::Upstream, error::Error};
use serde::{Deserialize, Serialize};

/// `[[route]]`: a path, what it asks for, and who answers it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "countersign.example.toml explains each key")]
pub struct Route {
    pub path: String,
    #[serde(default)]
    pub methods: Vec<String>,
    #[serde(default)]
    pub upstream: String,
    #[serde(default = "yes")]
    pub preserve_host: bool,
    #[serde(default)]
    pub keep_authorization: bool,
    #[serde(default = "half_a_minute")]
    pub timeout: u64,
    #[serde(default)]
    pub audience: String,
    pub policy: RoutePolicy,
}

/// `policy` of a route.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "countersign.example.toml explains each key")]
pub struct RoutePolicy {
    pub token: Token,
    pub scopes: Vec<String>,
    pub signature_methods: Vec<String>,
    pub window: Option<u32>,
    pub body_hash: Hash,
    pub allow_http: bool,
    pub form_limit: Option<usize>,
}

/// `policy.token`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Token {
    /// Client and token: 3-legged.
    #[default]
    Required,
    /// Either.
    Optional,
    /// The client alone: 2-legged.
    None,
}

/// `policy.body_hash`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Hash {
    /// It is an ordinary, signed parameter.
    #[default]
    Ignore,
    /// Where it is stated it must be right.
    Verify,
    /// It must be stated.
    Require,
}

/// `[forward_auth]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "countersign.example.toml explains each key")]
pub struct ForwardAuth {
    pub preset: Preset,
}

/// `forward_auth.preset`: which proxy asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// Nobody does.
    #[default]
    #[serde(rename = "")]
    Off,
    /// nginx, by `auth_request`.
    Nginx,
    /// Caddy, by `forward_auth`.
    Caddy,
    /// Traefik, by `forwardAuth`.
    Traefik,
    /// `HAProxy`, by the Lua script of the book.
    Haproxy,
    /// Envoy, by `ext_authz`, over gRPC or HTTP.
    Envoy,
    /// Anything that sets `X-Forwarded-Method` and `X-Forwarded-Uri`.
    Generic,
}

const fn yes() -> bool {
    true
}

const fn half_a_minute() -> u64 {
    30
}

impl Config {
    pub(super) fn check_routes(&self) -> Result<(), Error> {
        let preset = self.forward_auth.preset;
        if preset != Preset::Off && self.trusted_proxies.is_empty() {
            return Err(config_error(
                "forward_auth.preset",
                "is set, but nobody may ask: name the proxy in trusted_proxies, such as [\"127.0.0.1/32\"]",
            ));
        }
        if preset != Preset::Off && self.route.is_empty() {
            let message = "is set, but there is no [[route]], so every request would be refused: add one";
            return Err(config_error("forward_auth.preset", message));
        }
        for (index, route) in self.route.iter().enumerate() {
            let fail = |key: &str, message: String| {
                Err(config_error(&format!("route.{index}.{key}"), &format!("`{}` {message}", route.path)))
            };
            if let Err((key, message)) = route.check(self) {
                return fail(key, message);
            }
            if route.upstream.is_empty() && preset == Preset::Off {
                return fail(
                    "path",
                    "has no upstream, and forward_auth.preset is off: nothing would use it".into(),
                );
            }
            if let Some(method) = self.route[..index].iter().find_map(|other| other.overlaps(route)) {
                let message =
                    format!("is routed twice for {method}: keep one, or give each its own `methods`");
                return fail("path", message);
            }
        }
        Ok(())
    }
}

/// The key of a route, and what is wrong with it.
type Wrong = (&'static str, String);

impl Route {
    fn check(&self, config: &Config) -> Result<(), Wrong> {
        self.check_path(config).map_err(|message| ("path", message))?;
        let token = |byte: u8| byte.is_ascii_uppercase() || byte == b'-';
        let bad = |name: &&String| name.is_empty() || !name.bytes().all(token) || *name == "CONNECT";
        if let Some(bad) = self.methods.iter().find(bad) {
            return Err(("methods", format!("has the method `{bad}`: write one in capitals, such as GET")));
        }
        if self.upstream.strip_prefix("http://") == Some(&config.listen.to_string()) {
            return Err((
                "upstream",
                "has this server itself as its upstream: name the API's address".into(),
            ));
        }
        if !self.upstream.is_empty() {
            self.upstream
                .parse::<Upstream>()
                .map_err(|told| ("upstream", format!("has an upstream that {told}")))?;
        }
        if !(1..=3600).contains(&self.timeout) {
            return Err(("timeout", "has a timeout that must be 1 to 3600 seconds".into()));
        }
        self.policy.check(config)
    }

    /// A path must be as clients write it without need of escapes: then nothing hides below another one.
    fn check_path(&self, config: &Config) -> Result<(), String> {
        let path = self.path.as_str();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()+,=:@/".contains(&byte);
        if path.contains(['*', '{']) || path.contains("/:") {
            return Err("is no pattern: a path covers all that is below it, so end it before that".into());
        }
        let mut segments = path.split('/').skip(1);
        if !path.starts_with('/') || !path.bytes().all(plain) {
            return Err("must start with / and hold no escapes, query, `;` or spaces".into());
        }
        if path != "/" && segments.any(|segment| ["", ".", ".."].contains(&segment)) {
            return Err("must not end with /, nor hold //, /. or /..: all below a path belongs to it".into());
        }
        if is_own(path) || config.endpoints.paths().iter().flatten().any(|own| *own == path) {
            return Err(
                "is a page of the server itself, so no request would come here: choose another".into()
            );
        }
        Ok(())
    }

    /// A method that both would take.
    fn overlaps(&self, other: &Self) -> Option<String> {
        // An upstream may not tell them apart by case.
        if !self.path.eq_ignore_ascii_case(&other.path) {
            return None;
        }
        match (&*self.methods, &*other.methods) {
            ([], []) => Some("every method".into()),
            ([], [one, ..]) | ([one, ..], []) => Some(one.clone()),
            (mine, theirs) => mine.iter().find(|method| theirs.contains(method)).cloned(),
        }
    }
}

impl RoutePolicy {
    fn check(&self, config: &Config) -> Result<(), Wrong> {
        let accepted = |name: &String| {
            config.signature_methods.contains(name) || (name == "PLAINTEXT" && config.allow_plaintext)
        };
        if let Some(bad) = self.signature_methods.iter().find(|name| !accepted(name)) {
            let told = format!(
                "asks for `{bad}`, which this server does not accept: a route can only narrow `signature_methods`"
            );
            return Err(("policy.signature_methods", told));
        }
        if let Some(bad) =
            self.scopes.iter().find(|scope| scope.is_empty() || scope.contains(char::is_whitespace))
        {
            return Err(("policy.scopes", format!("asks for the scope {bad:?}: a scope is one word")));
        }
        if self.window == Some(0) {
            return Err(("policy.window", "has a window of 0 seconds: it must be 1 or more".into()));
        }
        if self.token == Token::None && !self.scopes.is_empty() {
            let told = "asks for scopes, which only a token has, and takes none: leave one of the two out";
            return Err(("policy.scopes", told.into()));
        }
        if self.form_limit.is_some_and(|bytes| bytes < 256) {
            return Err(("policy.form_limit", "has a form_limit that must be 256 bytes or more".into()));
        }
        Ok(())
    }
}
