//! Which paths are the server's own, and which may be an endpoint's.

use super::{Endpoints, config_error};
use crate::error::Error;

impl Endpoints {
    pub(super) fn check(&self) -> Result<(), Error> {
        let mut taken: Vec<(&str, &str)> = Vec::new();
        for (key, path) in self.named() {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
            if !path.starts_with('/') || path.len() < 2 || !path.bytes().all(plain) {
                let message = format!("`{path}` must start with / and hold letters, digits and -._~/ alone");
                return Err(config_error(key, &message));
            }
            if is_own(path) || path == "/" || YIELDING.iter().any(|own| is_at_or_below(path, own)) {
                let message = format!("`{path}` is taken by a page of the server: choose another path");
                return Err(config_error(key, &message));
            }
            if let Some((other, _)) = taken.iter().find(|(_, known)| *known == path) {
                let message = format!("`{path}` is taken by {other} already: each path is one endpoint's");
                return Err(config_error(key, &message));
            }
            taken.push((key, path));
        }
        Ok(())
    }

    /// Every path with its key.
    fn named(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let keys = [
            ("endpoints.initiate", "endpoints.initiate_aliases"),
            ("endpoints.authorize", "endpoints.authorize_aliases"),
            ("endpoints.token", "endpoints.token_aliases"),
        ];
        self.paths().into_iter().zip(keys).flat_map(|(paths, (first, more))| {
            paths.into_iter().enumerate().map(move |(at, path)| (if at == 0 { first } else { more }, path))
        })
    }
}

/// Whether a path is one of the pages that the server needs for itself.
pub(super) fn is_own(path: &str) -> bool {
    OWN_PATHS.contains(&path) || OWN_TREES.iter().any(|own| is_at_or_below(path, own))
}

/// Whether a path is another one, or below it by whole segments.
pub(crate) fn is_at_or_below(path: &str, other: &str) -> bool {
    let other = other.trim_end_matches('/');
    path.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Paths that the server needs for itself.
const OWN_PATHS: [&str; 8] = [
    "/authorize/continue",
    "/login",
    "/logout",
    "/signup",
    "/denied",
    "/healthz",
    "/readyz",
    "/.well-known/jwks.json",
];
/// The same, with all that is below.
const OWN_TREES: [&str; 8] = [
    "/account",
    "/admin",
    "/assets",
    "/developers",
    "/help",
    "/login/oidc",
    "/forward-auth",
    "/envoy.service.auth.v3.Authorization",
];
/// What no endpoint may take, but a route may; `/echo` too, since a flag can switch it on at any start.
const YIELDING: [&str; 3] = ["/.well-known", "/api", "/echo"];

#[cfg(test)]
mod tests {
    use crate::config::Config;

    /// The refusal of a configuration that differs from the default in this.
    #[track_caller]
    fn refused(change: impl FnOnce(&mut Config)) -> String {
        let mut config = Config::default();
        change(&mut config);
        config.check().unwrap_err().to_string()
    }

    #[test]
    fn paths_that_clash_are_refused() {
        for path in [
            "/authorize/continue",
            "/login",
            "/login/oidc/x",
            "/logout",
            "/api/whoami",
            "/api/x",
            "/help/x",
            "/assets/x",
            "/developers/x",
            "/admin",
            "/admin/x",
            "/echo",
            "/echo/x",
            "/healthz",
            "/.well-known/jwks.json",
        ] {
            let error = refused(|config| config.endpoints.token = path.into());
            assert!(error.contains("endpoints.token: ") && error.contains("taken"), "{error}");
        }
        let twice = refused(|config| config.endpoints.token_aliases = vec!["/oauth/initiate".into()]);
        assert!(twice.contains("endpoints.token_aliases") && twice.contains("endpoints.initiate"), "{twice}");
        refused(|config| config.endpoints.token = "/a b".into());
        refused(|config| config.endpoints.token = "/".into());
    }
}
