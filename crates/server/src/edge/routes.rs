//! Which route a path belongs to: compared raw, as it was signed and as it will be forwarded.
//!
//! An upstream may decode a path and resolve its dots before it looks at it. A path that then belongs to another route is
//! refused: `/api/..%2Fadmin` would otherwise pass under the policy of `/api`. So is one that climbs and that two upstreams
//! would read in two ways.

use super::{forward::Forward, identity::Identity, upstream::Clients};
use crate::{
    config::{Config, Hash, Route as Settings, Token, is_at_or_below},
    jwt::Signer,
};
use axum::http::Method;
use countersign_axum::{BodyHash, Policy, Protect, TokenRule, protect};
use countersign_core::{Window, percent};
use countersign_provider::{Problem, Provider};
use std::{borrow::Cow, cmp::Reverse, sync::Arc};
use tower_layer::Layer;

/// The routes, the longest path first.
pub(super) struct Routes(Vec<Route>);

/// One of them.
pub(super) struct Route {
    path: String,
    methods: Vec<String>,
    policy: Policy,
    keeps_authorization: bool,
    identity: Identity,
    inline: Option<Protect<Forward>>,
}

/// What a request's path and method come to.
pub(super) enum Found<'r> {
    Route(&'r Route),
    Nothing,
    Refused(Problem),
}

impl Routes {
    pub(super) fn new(config: &Config, provider: &Provider, signer: Option<&Arc<Signer>>) -> Self {
        let clients = Clients::default();
        let public_url = config.public_url();
        let route = |settings: &Settings| {
            let audience = Some(settings.audience.as_str()).filter(|audience| !audience.is_empty());
            let identity = Identity::new(signer.cloned(), audience.unwrap_or(&public_url));
            let policy = policy(settings, config);
            let inline = Forward::of(settings, &clients, identity.clone())
                .map(|forward| protect(provider).policy(policy.clone()).layer(forward));
            let (path, methods) = (settings.path.clone(), settings.methods.clone());
            Route {
                path,
                methods,
                policy,
                keeps_authorization: settings.keep_authorization,
                identity,
                inline,
            }
        };
        let mut routes: Vec<_> = config.route.iter().map(route).collect();
        routes.sort_by_key(|route| Reverse(route.path.len()));
        Self(routes)
    }

    pub(super) fn covers(&self, path: &str) -> bool {
        self.0.iter().any(|route| route.inline.is_some() && is_at_or_below(path, &route.path))
    }

    pub(super) fn find(&self, method: &Method, path: &str) -> Found<'_> {
        let Some(here) = self.path_of(path) else { return Found::Nothing };
        let there = resolved(path);
        if there.as_deref().and_then(|there| self.path_in_any_case(there)) != Some(here) {
            return Found::Refused(Problem::ParameterRejected(None, LEAVES.into()));
        }
        let on_path = self.0.iter().filter(|route| route.path == here);
        match on_path.clone().find(|route| route.takes(method)) {
            Some(route) => Found::Route(route),
            None => {
                let allowed: Vec<_> = on_path.flat_map(|route| &route.methods).map(String::as_str).collect();
                Found::Refused(Problem::MethodNotAllowed(allowed.join(", ").into()))
            }
        }
    }

    fn path_of(&self, path: &str) -> Option<&str> {
        self.0.iter().map(|route| route.path.as_str()).find(|route| is_at_or_below(path, route))
    }

    /// The same as an upstream finds it that compares without regard to case.
    fn path_in_any_case(&self, path: &str) -> Option<&str> {
        let path = path.to_ascii_lowercase();
        let mut paths = self.0.iter().map(|route| route.path.as_str());
        paths.find(|route| is_at_or_below(&path, &route.to_ascii_lowercase()))
    }
}

impl Route {
    /// What the upstream is told of a caller.
    pub(super) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Whether the upstream may see `Authorization`.
    pub(super) fn keeps_authorization(&self) -> bool {
        self.keeps_authorization
    }

    pub(super) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What verifies and forwards; none where only a proxy in front asks.
    pub(super) fn inline(&self) -> Option<Protect<Forward>> {
        self.inline.clone()
    }

    fn takes(&self, method: &Method) -> bool {
        self.methods.is_empty() || self.methods.iter().any(|name| name == method.as_str())
    }
}

fn policy(settings: &Settings, config: &Config) -> Policy {
    let wanted = &settings.policy;
    let mut policy = Policy::default()
        .token(match wanted.token {
            Token::Required => TokenRule::Required,
            Token::Optional => TokenRule::Optional,
            Token::None => TokenRule::None,
        })
        .methods(&wanted.signature_methods)
        .body_hash(match wanted.body_hash {
            Hash::Ignore => BodyHash::Ignore,
            Hash::Verify => BodyHash::Verify,
            Hash::Require => BodyHash::Require,
        })
        .form_limit(wanted.form_limit.unwrap_or(config.limits.form));
    policy.scopes.clone_from(&wanted.scopes);
    policy.window = wanted.window.map(Window::seconds);
    policy.allow_http = wanted.allow_http;
    policy
}

/// The path as the most lenient upstream would read it: decoded until nothing is left to decode, backslashes for slashes,
/// without parameters of segments, empty segments and dots, and cut off where a query might begin.
///
/// `None` for a path that climbs and is not plain: who takes `%2F` for a part of a name, or knows no parameters of segments,
/// climbs to another place.
fn resolved(path: &str) -> Option<Cow<'_, str>> {
    let is_odd = |byte: u8| b"%\\;".contains(&byte);
    let odd = path.bytes().any(is_odd) || path.contains("//");
    if !odd && !path.contains("/.") && !path.contains("./") && !path.ends_with('.') {
        return Some(Cow::Borrowed(path));
    }
    let mut plain = path.as_bytes().to_vec();
    // Each round shortens what it changes.
    while let Some(decoded) = decoded(&plain) {
        plain = decoded;
    }
    let text = String::from_utf8_lossy(&plain).replace('\\', "/");
    let text = text.split(['?', '#', '\0']).next().unwrap_or_default();
    let mut segments: Vec<&str> = Vec::new();
    for segment in text.split('/').map(|segment| segment.split(';').next().unwrap_or_default()) {
        match segment {
            "" | "." => {}
            ".." if odd => return None,
            ".." => drop(segments.pop()),
            name => segments.push(name.trim_end_matches(['.', ' '])),
        }
    }
    Some(Cow::Owned(format!("/{}", segments.join("/"))))
}

/// The same with its good escapes decoded; `None` where there is none.
fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        match after.get(..2).filter(|_| *first == b'%').and_then(|_| percent::decode(&rest[..3]).ok()) {
            Some(byte) => {
                plain.extend_from_slice(&byte);
                rest = &rest[3..];
            }
            None => {
                plain.push(*first);
                rest = after;
            }
        }
    }
    (plain.len() < text.len()).then_some(plain)
}

const LEAVES: &str = "the path leaves its route, or may be read in two ways, once its escapes and dots are resolved: send it as it is meant";

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_store::MemoryStore;

    fn routes(settings: &[(&str, &[&str])]) -> Routes {
        let route = |(path, methods): &(&str, &[&str])| {
            let text = format!(
                "path = {path:?}\nmethods = {methods:?}\npolicy = {{}}\nupstream = \"http://127.0.0.1:1\""
            );
            toml::from_str(&text).unwrap()
        };
        let config = Config { route: settings.iter().map(route).collect(), ..Config::default() };
        let provider = Provider::builder("https://a.example").store(MemoryStore::default()).build().unwrap();
        Routes::new(&config, &provider, None)
    }

    fn found(routes: &Routes, method: &str, path: &str) -> String {
        match routes.find(&method.parse().unwrap(), path) {
            Found::Route(route) => route.path.clone(),
            Found::Nothing => "nothing".into(),
            Found::Refused(problem) => format!("{} {}", problem.status(), problem.advice()),
        }
    }

    #[tokio::test]
    async fn the_longest_path_wins_by_whole_segments() {
        let routes = routes(&[("/api", &[]), ("/api/admin", &[]), ("/launch", &["POST"])]);
        for (path, expected) in [
            ("/api", "/api"),
            ("/api/", "/api"),
            ("/api/x", "/api"),
            ("/api/admin/x", "/api/admin"),
            ("/api/administrator", "/api"),
            ("/apix", "nothing"),
            ("/API", "nothing"),
            ("/", "nothing"),
            ("/api%2Fx", "nothing"),
            ("*", "nothing"),
            ("/launch", "405 use POST"),
        ] {
            assert_eq!(found(&routes, "GET", path), expected, "{path}");
        }
        assert_eq!(found(&routes, "POST", "/launch"), "/launch");
        assert_eq!(found(&routes, "post", "/launch"), "405 use POST");
    }

    #[tokio::test]
    async fn a_path_that_stays_in_its_route_is_left_alone() {
        let routes = routes(&[("/api", &[]), ("/api/admin", &[])]);
        for path in [
            "/api/a%2Fb",
            "/api/a%20b",
            "/api/x/../y",
            "/api//x",
            "/api/%zz",
            "/api/;v=1",
            "/api/%25",
            "/api/a.b./c",
            "/api/.x",
        ] {
            assert_eq!(found(&routes, "GET", path), "/api", "{path}");
        }
    }

    #[tokio::test]
    async fn a_path_that_leaves_its_route_is_refused() {
        let routes = routes(&[("/api", &[]), ("/api/admin", &[])]);
        for path in [
            "/api/..",
            "/api/../x",
            "/api/%2e%2e/x",
            "/api/..%2fx",
            "/api/x/..%2F..%2Fx",
            "/api/%61dmin",
            "/api/x/../admin",
            "/api/./admin",
            "/api//admin",
            "/api%2F..%2Fx/../../api",
            "/api/%252e%252e/x",
            "/api/..;/x",
            "/api/..\\x",
            "/api/%5c..%5cx",
            "/api/admin/..",
            "/api/ADMIN/x",
            "/api/admin./x",
            "/api/admin%20/x",
            "/api/admin%3Fx",
            "/api/admin%00",
            "/api/a%2Fb/../x",
            "/api/a%252Fb/../x",
            "/api/a\\b/../x",
            "/api//../x",
            "/api/a;b/../x",
            "/api/admin;x/y",
        ] {
            let told = found(&routes, "GET", path);
            assert!(told.starts_with("400 ") || told == "nothing", "{path}: {told}");
        }
        assert!(found(&routes, "GET", "/api/..%2Fadmin").starts_with("400 the path leaves"));
    }

    #[tokio::test]
    async fn a_route_for_everything_takes_what_nothing_else_does() {
        let routes = routes(&[("/", &[]), ("/api", &[])]);
        assert_eq!(found(&routes, "GET", "/"), "/");
        assert_eq!(found(&routes, "GET", "/x"), "/");
        assert_eq!(found(&routes, "GET", "/api/x"), "/api");
        assert!(found(&routes, "GET", "/x/../api").starts_with("400"));
    }

    #[tokio::test]
    async fn each_method_of_a_path_may_have_a_policy() {
        let routes = routes(&[("/api", &["GET", "HEAD"]), ("/api", &["POST"])]);
        assert_eq!(found(&routes, "GET", "/api"), "/api");
        assert_eq!(found(&routes, "POST", "/api"), "/api");
        let told = found(&routes, "DELETE", "/api");
        assert!(told.contains("GET") && told.contains("POST"), "{told}");
    }
}
