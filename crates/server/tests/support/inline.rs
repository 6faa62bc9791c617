//! A server in front of an upstream, and somebody who may call.

use super::{
    client::{Call, Pair},
    place::Place,
    server::Server,
    upstream::Upstream,
};

/// A server with routes to an upstream, and who may call.
pub(crate) struct World {
    pub(crate) place: Place,
    pub(crate) client: Pair,
    pub(crate) token: Pair,
    pub(crate) upstream: Upstream,
    pub(crate) server: Server,
}

const ROUTES: &str = r#"
[[route]]
path = "/open"
upstream = "UPSTREAM"
policy = { token = "optional" }

[[route]]
path = "/photos"
upstream = "UPSTREAM"
policy = { scopes = ["photos"] }

[[route]]
path = "/photos/admin"
upstream = "UPSTREAM"
policy = { scopes = ["admin"] }

[[route]]
path = "/launch"
methods = ["POST"]
upstream = "UPSTREAM"
keep_authorization = true
preserve_host = false
policy = { token = "none", form_limit = 4096 }

[[route]]
path = "/hashed"
upstream = "UPSTREAM"
policy = { token = "optional", body_hash = "require" }
"#;

impl World {
    pub(crate) fn new() -> Self {
        Self::before(Upstream::start())
    }

    pub(crate) fn before(upstream: Upstream) -> Self {
        Self::routed(upstream, ROUTES, "http")
    }

    pub(crate) fn routed(upstream: Upstream, routes: &str, scheme: &str) -> Self {
        let place = Place::new();
        let routes = routes.replace("UPSTREAM", &format!("{scheme}://{}", upstream.address));
        std::fs::write(place.path().join("countersign.toml"), routes).expect("a file");
        place.add_user("jane", "correct horse");
        let scopes = ["--scope", "photos", "--scope", "admin"];
        let client =
            place.add_client(&[&["--name", "Printer", "--allow-oob", "--two-legged"], &scopes[..]].concat());
        let token = place.issue_token(&client.id, "jane", &["--scope", "photos"], "");
        let server = place.server().set("COUNTERSIGN_LIMITS_STALL", "5").start();
        Self { place, client, token, upstream, server }
    }

    pub(crate) fn call<'a>(&'a self, method: &'a str, target: &'a str) -> Call<'a> {
        Call::new(method, target, &self.client).token(&self.token)
    }
}
