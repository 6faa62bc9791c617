//! What every answer carries for browsers: a walk over all routes, as the router itself lists them.
//!
//! A route that is added and not walked here fails the test. `cargo test --test headers -- --nocapture` prints the table.

#[path = "headers/elsewhere.rs"]
mod elsewhere;
#[path = "headers/own_pages.rs"]
mod own_pages;
mod support;

use countersign_server::{app::App, config::Config, stores::Stores};
use std::{collections::BTreeSet, fmt::Write, fs, path::PathBuf};
use support::{
    admin,
    browser::Browser,
    client::{Call, Dance, Pair},
    http::{Answer, Request},
    issuer::{Issuer, Person, SECRET},
    place::Place,
    server::{Server, Starter},
};

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

/// The walk: what was asked, the route that it belongs to, and what came back.
#[derive(Default)]
struct Walk {
    seen: Vec<(String, String, Answer)>,
}

impl Walk {
    fn note(&mut self, route: &str, what: &str, answer: Answer) -> &Answer {
        self.seen.push((route.into(), what.into(), answer));
        &self.seen.last().expect("noted").2
    }

    fn get(&mut self, world: &World, route: &str, browser: &mut Browser, target: &str) {
        let answer = browser.send(&world.server, Request::get(target).field("Accept", "text/html"));
        self.note(route, &format!("GET {target}"), answer);
    }

    fn routes(&self) -> BTreeSet<String> {
        self.seen.iter().map(|(route, ..)| route.clone()).collect()
    }

    fn table(&self) -> String {
        let mut table = String::new();
        for (_, what, answer) in &self.seen {
            let field = |name| answer.field(name).unwrap_or("–");
            let policy = answer.field("content-security-policy").map_or("–", |_| "yes");
            let cookies = cookies(answer).map(|cookie| cookie.split_once('=').map_or("", |(name, _)| name));
            let cookies: Vec<_> = cookies.collect();
            writeln!(
                table,
                "{:44} {} | csp {policy:3} | {:7} | referrer {:11} | {:22} | {}",
                what.chars().take(44).collect::<String>(),
                answer.status,
                field("x-content-type-options"),
                field("referrer-policy"),
                field("cache-control"),
                cookies.join(" ")
            )
            .expect("text");
        }
        table
    }
}

fn cookies(answer: &Answer) -> impl Iterator<Item = &str> {
    answer.fields.iter().filter(|(name, _)| name == "set-cookie").map(|(_, value)| value.as_str())
}

/// What is wrong with an answer's fields.
fn faults(what: &str, answer: &Answer) -> Vec<String> {
    let mut faults = Vec::new();
    let field = |name| answer.field(name).unwrap_or_default();
    let mut check = |holds: bool, rule: &str| {
        if !holds {
            faults.push(format!("{what} ({}): {rule}: {:?}", answer.status, answer.fields));
        }
    };
    check(answer.status < 500, "no fault of the server");
    check(field("x-content-type-options") == "nosniff", "nosniff");
    let kept = what.contains("/assets/") || what.contains("/.well-known/");
    check(kept || field("cache-control") == "no-store", "no-store");
    check(!kept || field("cache-control").contains("max-age"), "kept for a while");
    let is_page = field("content-type").starts_with("text/html");
    if is_page || (300..400).contains(&answer.status) {
        check(["same-origin", "no-referrer"].contains(&field("referrer-policy")), "a referrer policy");
    }
    if is_page {
        let policy = field("content-security-policy");
        for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
            check(policy.contains(part), part);
        }
        check(!policy.contains("unsafe") && !policy.contains('*'), "a policy without exceptions");
        check(field("x-frame-options") == "DENY", "no frames");
        check(!has_inline_code(&answer.body), "no inline code");
    }
    for cookie in cookies(answer) {
        let has = |part: &str| cookie.split("; ").any(|known| known == part);
        check(cookie.starts_with("__Host-"), "__Host-");
        check(["Secure", "HttpOnly", "Path=/"].into_iter().all(has) && !cookie.contains("Domain"), "bound");
        check(has("SameSite=Lax") || has("SameSite=Strict"), "SameSite");
    }
    faults
}

fn has_inline_code(body: &str) -> bool {
    let handler =
        |rest: &str| rest.trim_start_matches(|char: char| char.is_ascii_lowercase()).starts_with('=');
    let scripts = body
        .split("<script")
        .skip(1)
        .any(|rest| !rest.split('>').next().is_some_and(|tag| tag.contains(" src=")));
    scripts || body.contains("<style") || body.contains(" style=") || body.split(" on").skip(1).any(handler)
}

/// Whoever is not signed in, at every address.
fn walk_as_nobody(world: &World, walk: &mut Walk) {
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

/// Jane, from her sign-in to her sign-out.
fn walk_as_jane(world: &World, walk: &mut Walk) {
    let mut jane = Browser::default();
    let signed_in = jane.try_sign_in(&world.server, "jane", PASSWORD, "/").expect(303);
    walk.note("/login", "POST /login", signed_in);
    walk.get(world, "/", &mut jane, "/");
    for (callback, answer) in [(CALLBACK, "grant"), (CALLBACK, "deny"), ("oob", "grant"), ("oob", "deny")] {
        let temporary = world.dance(callback).initiate();
        let page = jane.get(&world.server, &format!("/oauth/authorize?oauth_token={}", temporary.id));
        walk.note("/oauth/authorize", "GET /oauth/authorize, signed in", page.expect(200));
        let answered = jane.answer(&world.server, &temporary, answer).expect_one_of(&[200, 303]);
        walk.note("/oauth/authorize", &format!("POST /oauth/authorize, {answer}, {callback}"), answered);
    }
    world.dance(CALLBACK).whole(&mut jane);
    walk.get(world, "/account/connections", &mut jane, "/account/connections");
    let page = jane.get(&world.server, "/account/connections").expect(200);
    let (csrf, grant) = (page.hidden("csrf").expect("csrf"), page.hidden("grant").expect("a grant"));
    let pairs = [("csrf", csrf.as_str()), ("grant", &grant)];
    let revoked = jane.post(&world.server, "/account/connections", &pairs).expect(303);
    walk.note("/account/connections", "POST /account/connections", revoked);
    walk.get(world, "/account", &mut jane, "/account");
    for (path, pairs) in [
        ("/account/password", [("csrf", csrf.as_str()), ("new", "short")]),
        ("/account/sessions", [("csrf", &csrf), ("others", "1")]),
    ] {
        let answer = jane.post(&world.server, path, &pairs).expect_one_of(&[303, 422]);
        walk.note(path, &format!("POST {path}"), answer);
    }
    let page = jane.get(&world.server, "/");
    let csrf = page.hidden("csrf").expect("csrf");
    let signed_out = jane.post(&world.server, "/logout", &[("csrf", &csrf)]).expect(200);
    walk.note("/logout", "POST /logout", signed_out);
}

/// Jane with an application of her own, from its registration to its deletion.
fn walk_as_developer(world: &World, walk: &mut Walk) {
    let mut jane = Browser::sign_in(&world.server, "jane", PASSWORD);
    walk.get(world, "/developers", &mut jane, "/developers");
    let page = jane.get(&world.server, "/developers/new").expect(200);
    let (csrf, once) = (page.hidden("csrf").expect("csrf"), page.hidden("once").expect("once"));
    walk.note("/developers/new", "GET /developers/new", page);
    let guard = ("csrf", csrf.as_str());
    let registered =
        jane.post(&world.server, "/developers/new", &[guard, ("once", &once), ("name", "Press")]);
    let registered = walk.note("/developers/new", "POST /developers/new", registered.expect(200));
    let (_, rest) = registered.body.split_once("translate=\"no\">").expect("an identifier");
    let at = format!("/developers/applications/{}", rest.split('<').next().expect("an identifier"));
    for below in ["", "/edit", "/keys", "/callback", "/callback?url=oob", "/transfer", "/suspend", "/delete"]
    {
        let path = below.split('?').next().unwrap_or_default();
        walk.get(
            world,
            &format!("/developers/applications/{{id}}{path}"),
            &mut jane,
            &format!("{at}{below}"),
        );
    }
    let edit = [guard, ("revision", "0"), ("name", "Press")];
    let password = [guard, ("password", PASSWORD)];
    for (below, fields) in [
        ("/edit", &edit[..]),
        ("/edit", &[guard]),
        ("/keys", &[guard]),
        ("/keys/remove", &[guard]),
        ("/transfer", &[guard]),
        ("/tokens", &[guard]),
        ("/suspend", &[guard]),
        ("/resume", &[guard]),
        ("/delete", &[guard]),
        ("/delete", &password),
    ] {
        let answer = jane.post(&world.server, &format!("{at}{below}"), fields);
        walk.note(&format!("/developers/applications/{{id}}{below}"), &format!("POST …{below}"), answer);
    }
}

/// A client, which is answered with what it asked for.
fn walk_as_client(world: &World, walk: &mut Walk) {
    let whoami = Call::get("/api/whoami", &world.client).send(&world.server).expect(200);
    walk.note("/api/whoami", "GET /api/whoami, signed", whoami);
    let initiate = Call::post("/oauth/initiate", &world.client).with("oauth_callback", "oob");
    walk.note("/oauth/initiate", "POST /oauth/initiate, signed", initiate.send(&world.server).expect(200));
}

/// Every address of the administration's API, without a key and with one.
fn walk_as_program(world: &World, walk: &mut Walk) {
    for route in world.routes().into_iter().filter(|route| route.starts_with("/admin/api/")) {
        let target = route.replace("{client_id}", world.client.id.as_str()).replace(['{', '}'], "");
        let request = |method| Request::new(method, &target);
        let authorization = format!("Bearer {}", world.key);
        walk.note(&route, &format!("GET {target}"), request("GET").send(&world.server));
        for method in ["GET", "POST", "PUT", "DELETE"] {
            let answer = request(method).field("Authorization", &authorization).send(&world.server);
            walk.note(&route, &format!("{method} {target}, with a key"), answer);
        }
    }
}

/// Every page of the administration: for nobody, for Jane who has no role, and for Ada who has it.
fn walk_as_administrator(world: &World, walk: &mut Walk) {
    let mut nobody = Browser::default();
    let [mut jane, mut ada] = ["jane", "ada"].map(|name| Browser::sign_in(&world.server, name, PASSWORD));
    let csrf = ada.get(&world.server, "/admin").expect(200).hidden("csrf").expect("csrf");
    let is_page = |route: &String| route.starts_with("/admin") && !route.starts_with("/admin/api/");
    for route in world.routes().into_iter().filter(is_page) {
        let target = route.replace("{id}", &format!("@{}", world.client.id)).replace("{name}", "@jane");
        walk.get(world, &route, &mut nobody, &target);
        walk.get(world, &route, &mut jane, &target);
        walk.get(world, &route, &mut ada, &target);
        let sent = ada.post(&world.server, &target, &[("csrf", &csrf)]);
        walk.note(&route, &format!("POST {target}"), sent);
    }
}

#[test]
fn every_route_is_walked_and_each_answer_is_guarded() {
    let world = World::new();
    let mut walk = Walk::default();
    walk_as_nobody(&world, &mut walk);
    walk_as_jane(&world, &mut walk);
    walk_as_developer(&world, &mut walk);
    walk_as_client(&world, &mut walk);
    elsewhere::walk(&world, &mut walk);
    walk_as_program(&world, &mut walk);
    walk_as_administrator(&world, &mut walk);
    println!("{}", walk.table());
    let (routes, walked) = (world.routes(), walk.routes());
    let missed: Vec<_> = routes.difference(&walked).collect();
    assert!(missed.is_empty(), "routes that are not walked here: {missed:?}");
    let faults: Vec<_> = walk.seen.iter().flat_map(|(_, what, answer)| faults(what, answer)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
