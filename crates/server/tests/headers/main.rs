//! What every answer carries for browsers: a walk over all routes, as the router itself lists them.
//!
//! A route that is added and not walked here fails the test. `cargo test --test headers -- --nocapture` prints the table.

#[path = "../support/mod.rs"]
mod support;

mod administrator;
mod developer;
mod elsewhere;
mod nobody;
mod own_pages;
mod owner;
mod programs;
mod rules;
mod walk;

use countersign_server::{app::App, config::Config, stores::Stores};
use std::{collections::BTreeSet, fs, path::PathBuf};
use support::{
    admin,
    client::{Dance, Pair},
    issuer::{Issuer, SECRET},
    place::Place,
    server::{Server, Starter},
};
use walk::Walk;

/// Everything that can be switched on, over TLS, as cookies depend on that.
const SETTINGS: &str = r#"
public_url = "https://countersign.test"
tls_terminated_upstream = true
trusted_proxies = ["127.0.0.1/32"]
echo = true
sign_up = "open"
applications = "open"
identity.jwt = "EdDSA"
database.url = "sqlite:x.db"
forward_auth.preset = "envoy"
admin_api.enabled = true

[[route]]
path = "/photos"
policy = {}
"#;
const URL: &str = "https://countersign.test";
const CALLBACK: &str = "http://127.0.0.1/ready";
const PASSWORD: &str = "correct horse";

struct World {
    _place: Place,
    settings: PathBuf,
    client: Pair,
    key: String,
    issuer: Issuer,
    server: Server,
}

impl World {
    fn new() -> Self {
        Self::with(SETTINGS, "create_accounts = true")
    }

    fn with(text: &str, of_issuer: &str) -> Self {
        let place = Place::new();
        let settings = place.path().join("headers.toml");
        let issuer = Issuer::start();
        let elsewhere = issuer.settings("example", of_issuer);
        let elsewhere =
            elsewhere.replace("client_secret_variable = \"OIDC_SECRET\"", "client_secret_file = \"oidc\"");
        fs::write(place.path().join("oidc"), SECRET).expect("a file");
        let elsewhere = elsewhere.replace("\"oidc\"", &format!("{:?}", place.path().join("oidc")));
        fs::write(&settings, [text, &elsewhere].concat()).expect("a file");
        place.add_user("jane", PASSWORD);
        place.done(&["user", "add", "ada", "--admin", "--password-stdin"], PASSWORD);
        let client =
            place.add_client(&["--name", "Printer", "--callback", CALLBACK, "--allow-oob", "--two-legged"]);
        let key = admin::key(&place, &admin::SCOPES, &[]);
        let server = Starter::configured(place.command(), &settings).start().signed_as(URL);
        Self { _place: place, settings, client, key, issuer, server }
    }

    /// The paths that the router of these settings has.
    fn routes(&self) -> BTreeSet<String> {
        let config = Config::read(Some(&self.settings), &[]).expect("settings");
        let url = format!("sqlite:{}", self._place.path().join("router.db").display());
        let mut config = Config { keys: self._place.path().join("router.keys"), ..config };
        config.database.url = url;
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let listed = runtime.block_on(async {
            let stores = Stores::open(&config, None).await.expect("stores");
            format!("{:?}", App::new(config, stores).expect("an application").router())
        });
        paths(&listed)
    }

    fn dance<'a>(&'a self, callback: &'a str) -> Dance<'a> {
        Dance { server: &self.server, client: &self.client, callback }
    }
}

/// `RouteId(3): "/login"` in what a router shows of itself.
fn paths(listed: &str) -> BTreeSet<String> {
    let after = listed.split("RouteId(").filter_map(|part| part.split_once("): \"")?.1.split_once('"'));
    let paths: BTreeSet<_> =
        after.map(|(path, _)| path.to_owned()).filter(|path| !path.contains("__private")).collect();
    assert!(
        paths.contains("/login") && paths.len() > 10,
        "the router shows its routes in another way: {listed}"
    );
    paths
}

#[test]
fn every_route_is_walked_and_each_answer_is_guarded() {
    let world = World::new();
    let mut walk = Walk::default();
    nobody::walk(&world, &mut walk);
    owner::walk(&world, &mut walk);
    developer::walk(&world, &mut walk);
    programs::walk_as_client(&world, &mut walk);
    elsewhere::walk(&world, &mut walk);
    programs::walk_as_administration(&world, &mut walk);
    administrator::walk(&world, &mut walk);
    walk.assert_guarded();
    let (routes, walked) = (world.routes(), walk.routes());
    let missed: Vec<_> = routes.difference(&walked).collect();
    assert!(missed.is_empty(), "routes that are not walked here: {missed:?}");
}
