//! Which part of the server a path belongs to: a label with few values, whatever strangers ask for.

use crate::{
    config::{Config, is_at_or_below},
    edge::Edge,
};
use std::collections::HashMap;

/// A part of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Initiate,
    Authorize,
    Token,
    Session,
    Admin,
    Page,
    Health,
    Keys,
    Whoami,
    Echo,
    ForwardAuth,
    ExtAuthz,
    Route,
    Other,
}

impl Endpoint {
    /// All of them, in the order of their numbers.
    pub(super) const ALL: [Self; 14] = [
        Self::Initiate,
        Self::Authorize,
        Self::Token,
        Self::Session,
        Self::Admin,
        Self::Page,
        Self::Health,
        Self::Keys,
        Self::Whoami,
        Self::Echo,
        Self::ForwardAuth,
        Self::ExtAuthz,
        Self::Route,
        Self::Other,
    ];

    /// The label.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Initiate => "initiate",
            Self::Authorize => "authorize",
            Self::Token => "token",
            Self::Session => "session",
            Self::Admin => "admin",
            Self::Page => "page",
            Self::Health => "health",
            Self::Keys => "keys",
            Self::Whoami => "whoami",
            Self::Echo => "echo",
            Self::ForwardAuth => "forward_auth",
            Self::ExtAuthz => "ext_authz",
            Self::Route => "route",
            Self::Other => "other",
        }
    }
}

/// Where each part is, as it is configured.
pub(crate) struct Places {
    exact: HashMap<String, Endpoint>,
    /// With all that is below.
    trees: Vec<(String, Endpoint)>,
}

impl Places {
    /// Paths that are not in use count as others.
    pub(crate) fn new(config: &Config, edge: &Edge) -> Self {
        let [initiate, authorize, token] = config.endpoints.paths();
        let endpoints =
            [(initiate, Endpoint::Initiate), (authorize, Endpoint::Authorize), (token, Endpoint::Token)];
        let endpoints = endpoints
            .into_iter()
            .flat_map(|(paths, endpoint)| paths.into_iter().map(move |path| (path, endpoint)));
        let yielding = YIELDING.into_iter().filter(|(path, _)| !edge.covers(path));
        let exact = endpoints.chain(OWN).chain(yielding).map(|(path, endpoint)| (path.to_owned(), endpoint));
        let echo = Some(("/echo", Endpoint::Echo)).filter(|_| config.echo && !edge.covers("/echo"));
        let routes = config.route.iter().map(|route| (route.path.as_str(), Endpoint::Route));
        let trees =
            TREES.into_iter().chain(echo).chain(routes).map(|(path, endpoint)| (path.to_owned(), endpoint));
        Self { exact: exact.collect(), trees: trees.collect() }
    }

    pub(crate) fn of(&self, path: &str) -> Endpoint {
        let below = || self.trees.iter().find(|(tree, _)| is_at_or_below(path, tree));
        self.exact
            .get(path)
            .copied()
            .or_else(|| below().map(|(_, endpoint)| *endpoint))
            .unwrap_or(Endpoint::Other)
    }
}

const OWN: [(&str, Endpoint); 8] = [
    ("/authorize/continue", Endpoint::Authorize),
    ("/login", Endpoint::Session),
    ("/logout", Endpoint::Session),
    ("/signup", Endpoint::Session),
    ("/denied", Endpoint::Page),
    ("/healthz", Endpoint::Health),
    ("/readyz", Endpoint::Health),
    ("/.well-known/jwks.json", Endpoint::Keys),
];
/// What yields to a route.
const YIELDING: [(&str, Endpoint); 2] = [("/", Endpoint::Page), ("/api/whoami", Endpoint::Whoami)];
const TREES: [(&str, Endpoint); 9] = [
    ("/account", Endpoint::Page),
    // Before what it is below: the first one that fits counts.
    ("/admin/api", Endpoint::Admin),
    ("/admin", Endpoint::Page),
    ("/developers", Endpoint::Page),
    ("/help", Endpoint::Page),
    ("/login/oidc", Endpoint::Session),
    ("/assets", Endpoint::Page),
    ("/forward-auth", Endpoint::ForwardAuth),
    ("/envoy.service.auth.v3.Authorization", Endpoint::ExtAuthz),
];

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_provider::Provider;
    use countersign_store::MemoryStore;

    fn places(text: &str) -> Places {
        let config: Config = toml::from_str(text).expect("a configuration");
        let provider = Provider::builder("https://a.example").store(MemoryStore::default()).build().unwrap();
        Places::new(&config, &Edge::new(&config, &provider, None))
    }

    #[test]
    fn the_number_of_each_is_its_place_in_the_list() {
        assert!(Endpoint::ALL.iter().enumerate().all(|(at, endpoint)| *endpoint as usize == at));
    }

    #[tokio::test]
    async fn a_path_belongs_to_one_part_whatever_strangers_make_of_it() {
        let places = places(
            "echo = true\n[[route]]\npath = \"/photos\"\nupstream = \"http://127.0.0.1:1\"\npolicy = {}\n",
        );
        for (path, expected) in [
            ("/oauth/initiate", "initiate"),
            ("/oauth/request_token", "initiate"),
            ("/oauth/authorize", "authorize"),
            ("/oauth/access_token", "token"),
            ("/authorize/continue", "authorize"),
            ("/login", "session"),
            ("/admin/api/v1/accounts", "admin"),
            ("/admin", "page"),
            ("/admin/accounts/jane", "page"),
            ("/", "page"),
            ("/developers/new", "page"),
            ("/help/nonce_used", "page"),
            ("/api/whoami", "whoami"),
            ("/echo/a/b", "echo"),
            ("/photos/1", "route"),
            ("/photosx", "other"),
            ("/login/x", "other"),
            ("/login/oidc/example/callback", "session"),
            ("/readyz", "health"),
            ("/forward-auth/x", "forward_auth"),
            ("*", "other"),
        ] {
            assert_eq!(places.of(path).name(), expected, "{path}");
        }
    }

    #[tokio::test]
    async fn a_route_takes_what_yields_to_it() {
        let places = places("[[route]]\npath = \"/\"\nupstream = \"http://127.0.0.1:1\"\npolicy = {}\n");
        for (path, expected) in
            [("/", "route"), ("/api/whoami", "route"), ("/echo", "route"), ("/login", "session")]
        {
            assert_eq!(places.of(path).name(), expected, "{path}");
        }
    }
}
