//! Whoever is not signed in, and whoever tries to sign up.

use super::{PASSWORD, Walk, World};
use crate::support::browser::Browser;

/// Whoever is not signed in, at every address.
pub(super) fn walk(world: &World, walk: &mut Walk) {
    let mut nobody = Browser::default();
    for (route, target) in [
        ("/", "/"),
        ("/login", "/login?next=/"),
        ("/logout", "/logout"),
        ("/signup", "/signup?next=/"),
        ("/denied", "/denied"),
        ("/account", "/account"),
        ("/account/password", "/account/password"),
        ("/account/sessions", "/account/sessions"),
        ("/account/identities", "/account/identities"),
        ("/login/oidc/{id}", "/login/oidc/example"),
        ("/login/oidc/{id}", "/login/oidc/nowhere"),
        ("/login/oidc/{id}/callback", "/login/oidc/example/callback?code=x&state=x"),
        ("/account/connections", "/account/connections"),
        ("/help/{code}", "/help/nonce_used"),
        ("/help/{code}", "/help/nonsense"),
        ("/assets/{name}", "/assets/style.css"),
        ("/assets/{name}", "/assets/mark.svg"),
        ("/assets/{name}", "/assets/copy.js"),
        ("/developers", "/developers"),
        ("/developers/new", "/developers/new"),
        ("/developers/applications/{id}", "/developers/applications/x"),
        ("/healthz", "/healthz"),
        ("/readyz", "/readyz"),
        ("/.well-known/jwks.json", "/.well-known/jwks.json"),
        ("/oauth/authorize", "/oauth/authorize?oauth_token=nothing"),
        ("/oauth/initiate", "/oauth/initiate"),
        ("/oauth/request_token", "/oauth/request_token"),
        ("/oauth/token", "/oauth/token"),
        ("/oauth/access_token", "/oauth/access_token"),
        ("/api/whoami", "/api/whoami"),
        ("/echo", "/echo"),
        ("/echo/", "/echo/"),
        ("/echo/{*rest}", "/echo/a/b"),
        ("/forward-auth", "/forward-auth"),
        ("/forward-auth/", "/forward-auth/"),
        ("/forward-auth/{*target}", "/forward-auth/photos"),
        ("/envoy.service.auth.v3.Authorization/{*verb}", "/envoy.service.auth.v3.Authorization/Check"),
        ("nowhere", "/nowhere"),
        ("nowhere", "/api/nowhere"),
    ] {
        walk.get(world, route, &mut nobody, target);
    }
    let long = format!("/?{}", "x".repeat(17 << 10));
    walk.get(world, "/", &mut nobody, &long);
    let wrong = Browser::default().try_sign_in(&world.server, "jane", "wrong password", "/");
    walk.note("/login", "POST /login, wrong password", wrong.expect(401));
    let mut joe = Browser::default();
    let csrf = joe.get(&world.server, "/signup").hidden("csrf").expect("csrf");
    for (password, status) in [("short", 422), (PASSWORD, 303)] {
        let pairs =
            [("csrf", csrf.as_str()), ("username", "joe"), ("password", password), ("again", password)];
        let answer = joe.post(&world.server, "/signup", &pairs).expect(status);
        walk.note("/signup", "POST /signup", answer);
    }
    walk.note("/login", "POST /login, forged", nobody.post(&world.server, "/login", &[("username", "jane")]));
}
