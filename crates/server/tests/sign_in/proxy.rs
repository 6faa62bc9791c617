//! A proxy that names who is signed in there, and those who would like to be it.

use super::{PASSWORD, Stage, audited, serve, who};
use crate::support::{
    browser::Browser,
    client::Call,
    http::{Answer, Request, form},
    issuer::Person,
    place::Place,
    server::Server,
    until,
    upstream::Upstream,
};

const TRUSTED: &str = "trusted_proxies = [\"127.0.0.1/32\"]\nsign_in.proxy_header = \"X-Remote-User\"\n";

struct Proxied {
    server: Server,
    place: Place,
}

impl Proxied {
    fn new(settings: &str) -> Self {
        let place = Place::new();
        place.add_user("jane", PASSWORD);
        place.add_user("bob", PASSWORD);
        Self { server: serve(&place, settings), place }
    }

    /// What the proxy passes on for a browser of whom it says this.
    fn get(&self, browser: &mut Browser, target: &str, fields: &[(&str, &str)]) -> Answer {
        browser.send(&self.server, with(Request::get(target), fields))
    }

    fn post(&self, browser: &mut Browser, target: &str, pairs: &[(&str, &str)], name: &str) -> Answer {
        let request =
            Request::new("POST", target).form(&form(pairs)).field("Origin", &self.server.public_url);
        browser.send(&self.server, with(request, &[("X-Remote-User", name)]))
    }

    /// As whom the account page greets.
    fn greeted(&self, browser: &mut Browser, fields: &[(&str, &str)]) -> Option<String> {
        let page = self.get(browser, "/account", fields);
        let (_, rest) = page.body.split_once("You are signed in as <strong><bdi>")?;
        rest.split('<').next().map(ToOwned::to_owned)
    }
}

fn with(request: Request, fields: &[(&str, &str)]) -> Request {
    fields.iter().fold(request, |request, (name, value)| request.field(name, value))
}

#[test]
fn whom_the_proxy_names_is_signed_in_on_every_page() {
    let stage = Proxied::new(TRUSTED);
    let jane = [("X-Remote-User", "jane")];
    let mut browser = Browser::default();
    let page = stage.get(&mut browser, "/account/connections", &jane).expect(200);
    assert!(page.body.contains("Signed in as <bdi>jane"), "{}", page.body);
    let session = browser.cookie("countersign").expect("a session").to_owned();
    assert_eq!(stage.greeted(&mut browser, &jane).as_deref(), Some("jane"));
    assert_eq!(browser.cookie("countersign"), Some(&*session), "one session for all of it");
    let answer = stage.get(&mut browser, "/login?next=%2Fdevelopers", &jane).expect(303);
    assert_eq!(answer.location(), "/developers");
    let home = stage.get(&mut Browser::default(), "/", &jane).expect(200);
    assert!(home.body.contains("Signed in as") && home.body.contains("<bdi>jane</bdi>"), "{}", home.body);
    // A proxy may name its visitors at the sign-in page alone.
    assert_eq!(who(&stage.server, &mut browser).as_deref(), Some("jane"));
    let csrf = stage.get(&mut browser, "/account", &jane).hidden("csrf").expect("csrf");
    let pairs = [("csrf", csrf.as_str()), ("others", "1")];
    stage.post(&mut browser, "/account/sessions", &pairs, "jane").expect(303);
    until("it is audited", || !audited(&stage.place, "signed_in").is_empty());
    assert_eq!(audited(&stage.place, "signed_in")[0], "jane proxy");
}

#[test]
fn injected_header_of_a_stranger_is_ignored() {
    for settings in [
        "sign_in.proxy_header = \"X-Remote-User\"\ntrusted_proxies = [\"127.0.0.2/32\"]\n",
        "trusted_proxies = [\"127.0.0.1/32\"]\n",
    ] {
        let stage = Proxied::new(settings);
        let mut mallory = Browser::default();
        let answer = stage.get(&mut mallory, "/account", &[("X-Remote-User", "jane")]).expect(303);
        assert_eq!(answer.location(), "/login?next=%2Faccount");
        let claims =
            [("X-Remote-User", "jane"), ("X-Forwarded-For", "127.0.0.2"), ("Forwarded", "for=127.0.0.2")];
        assert_eq!(stage.greeted(&mut mallory, &claims), None);
        stage.get(&mut mallory, "/login", &[("X-Remote-User", "jane")]).expect(200);
        let mut bob = Browser::sign_in(&stage.server, "bob", PASSWORD);
        assert_eq!(stage.greeted(&mut bob, &[("X-Remote-User", "jane")]).as_deref(), Some("bob"));
    }
    let stage =
        Proxied::new("sign_in.proxy_header = \"X-Remote-User\"\ntrusted_proxies = [\"127.0.0.2/32\"]\n");
    let named = Request::get("/account").field("X-Remote-User", "jane");
    named.send_from("127.0.0.2", &stage.server).expect(200);
    named.send_from("127.0.0.3", &stage.server).expect(303);
}

#[test]
fn duplicated_and_joined_headers_are_refused() {
    let stage = Proxied::new(TRUSTED);
    for fields in [
        &[("X-Remote-User", "jane"), ("X-Remote-User", "bob")][..],
        &[("X-Remote-User", "jane"), ("x-remote-user", "jane")],
        &[("X-Remote-User", "jane, bob")],
        &[("X-Remote-User", "jane,bob")],
        &[("X-Remote-User", ""), ("X-Remote-User", "jane")],
        &[("X-Remote-User", &"x".repeat(256))],
        &[("X-Remote-User", "ja\tne")],
    ] {
        for path in ["/", "/login", "/account", "/developers"] {
            let mut browser = Browser::default();
            let page = stage.get(&mut browser, path, fields).expect(400);
            assert!(page.body.contains("does not say clearly who you are"), "{fields:?} {}", page.body);
            assert!(browser.cookie("countersign").is_none(), "{fields:?}");
        }
    }
}

#[test]
fn header_in_another_spelling_is_not_the_header() {
    let stage = Proxied::new(TRUSTED);
    for name in ["X_Remote_User", "X-Remote_User", "X-Remote-Users", "Remote-User"] {
        assert_eq!(stage.greeted(&mut Browser::default(), &[(name, "jane")]), None, "{name}");
    }
    let both = [("X_Remote_User", "bob"), ("X-Remote-User", "jane")];
    assert_eq!(stage.greeted(&mut Browser::default(), &both).as_deref(), Some("jane"));
    for nobody in ["", "(null)"] {
        let answer = stage.get(&mut Browser::default(), "/account", &[("X-Remote-User", nobody)]).expect(303);
        assert_eq!(answer.location(), "/login?next=%2Faccount");
    }
}

#[test]
fn header_wins_over_the_session_of_another_account_which_ends() {
    let stage = Proxied::new(TRUSTED);
    let mut browser = Browser::sign_in(&stage.server, "bob", PASSWORD);
    let mut kept = browser.clone();
    let csrf = browser.get(&stage.server, "/account").hidden("csrf").expect("csrf");
    // A form of bob's page does nothing for jane, and nothing for bob.
    let pairs = [("csrf", csrf.as_str()), ("others", "1")];
    stage.post(&mut browser, "/account/sessions", &pairs, "jane").expect(403);
    assert_eq!(who(&stage.server, &mut kept).as_deref(), Some("bob"));
    assert_eq!(stage.greeted(&mut browser, &[("X-Remote-User", "jane")]).as_deref(), Some("jane"));
    assert_ne!(browser.cookie("countersign"), kept.cookie("countersign"), "the session is another one");
    assert_eq!(who(&stage.server, &mut kept), None, "bob's has ended");
}

#[test]
fn first_request_that_the_proxy_names_loses_none_of_the_browsers_other_cookies() {
    let stage = Stage::with("", TRUSTED);
    let ada = Person::new("1", "ada");
    stage.connects(&mut Browser::sign_in(&stage.server, "jane", PASSWORD), &ada).expect(303);
    let mut browser = Browser::default();
    let target = stage.issuer.sends_back(&stage.sent_off(&mut browser, "/developers"), &ada);
    // What is left of its journey is in a cookie.
    let back = browser.send(&stage.server, Request::get(&target).field("X-Remote-User", "jane")).expect(303);
    assert_eq!(back.location(), "/developers");
    assert_eq!(who(&stage.server, &mut browser).as_deref(), Some("jane"), "the newest session is left");
}

#[test]
fn program_that_keeps_no_cookie_fills_neither_the_sessions_nor_the_log() {
    let stage = Proxied::new(TRUSTED);
    let jane = [("X-Remote-User", "jane")];
    let mut browser = Browser::default();
    stage.get(&mut browser, "/account", &jane).expect(200);
    for _ in 0..120 {
        stage.get(&mut Browser::default(), "/account", &jane).expect(200);
    }
    let rows = rusqlite::Connection::open(stage.place.database()).expect("the database");
    let sessions: i64 =
        rows.query_row("SELECT count(*) FROM sessions", [], |row| row.get(0)).expect("a count");
    assert_eq!(sessions, 100);
    until("it is audited", || !audited(&stage.place, "signed_in").is_empty());
    assert!(stage.server.stop().0.success());
    // One more for each minute that ended in between.
    assert!(audited(&stage.place, "signed_in").len() < 10);
}

#[test]
fn an_unknown_account_is_made_where_that_is_set_and_told_of_where_not() {
    let ada = [("X-Remote-User", "ada")];
    let stage = Proxied::new(TRUSTED);
    let page = stage.get(&mut Browser::default(), "/account", &ada).expect(403);
    assert!(page.body.contains("a name that no account here has"), "{}", page.body);
    let german = [("X-Remote-User", "ada"), ("Accept-Language", "de")];
    let page = stage.get(&mut Browser::default(), "/account", &german).expect(403);
    assert!(page.body.contains("unter einem Namen, den hier kein Konto hat"), "{}", page.body);
    let hostile = [("X-Remote-User", "<script>alert(1)</script>")];
    let page = stage.get(&mut Browser::default(), "/account", &hostile).expect(403);
    assert!(!page.body.contains("<script"), "{}", page.body);

    let stage = Proxied::new(&format!("{TRUSTED}sign_in.proxy_create_accounts = true\n"));
    assert_eq!(stage.greeted(&mut Browser::default(), &ada).as_deref(), Some("ada"));
    assert_eq!(stage.greeted(&mut Browser::default(), &ada).as_deref(), Some("ada"));
    until("it is audited", || audited(&stage.place, "signed_up") == ["ada proxy"]);
    Browser::default().try_sign_in(&stage.server, "ada", "", "/").expect(401);
    let turned = [("X-Remote-User", "a\u{202e}da")];
    stage.get(&mut Browser::default(), "/account", &turned).expect(403);
}

#[test]
fn disabled_account_stays_out() {
    let stage = Proxied::new(TRUSTED);
    stage.place.done(&["user", "disable", "jane"], "");
    let page = stage.get(&mut Browser::default(), "/account", &[("X-Remote-User", "jane")]).expect(403);
    assert!(page.body.contains("Your account is disabled"), "{}", page.body);
}

#[test]
fn whoever_signs_out_is_told_that_the_proxy_still_knows_them() {
    for (more, shown) in [
        ("", "Sign in again"),
        ("sign_in.proxy_sign_out = \"https://sso.example.net/logout\"\n", "https://sso.example.net/logout"),
    ] {
        let stage = Proxied::new(&[TRUSTED, more].concat());
        let mut browser = Browser::default();
        let jane = [("X-Remote-User", "jane")];
        let csrf = stage.get(&mut browser, "/account", &jane).hidden("csrf").expect("csrf");
        let page = stage.post(&mut browser, "/logout", &[("csrf", &csrf)], "jane").expect(200);
        let body = page.body.replace("&#x2f;", "/");
        assert!(body.contains("still knows who you are") && body.contains(shown), "{body}");
        assert!(browser.cookie("countersign").is_none());
        assert_eq!(who(&stage.server, &mut browser), None);
    }
}

#[test]
fn no_endpoint_takes_the_header_for_a_signature() {
    let stage = Proxied::new(TRUSTED);
    let jane = [("X-Remote-User", "jane")];
    stage.get(&mut Browser::default(), "/api/whoami", &jane).refused(401, "parameter_absent");
    stage.get(&mut Browser::default(), "/oauth/initiate", &jane).expect_one_of(&[401, 405]);
    stage.get(&mut Browser::default(), "/admin/api/v1/accounts", &jane).expect_one_of(&[401, 404]);
}

#[test]
fn upstream_never_sees_the_header() {
    let upstream = Upstream::start();
    let route =
        "[[route]]\npath = \"/photos\"\nupstream = \"http://UPSTREAM\"\npolicy = { token = \"none\" }\n";
    let route = route.replace("UPSTREAM", &upstream.address.to_string());
    let stage = Proxied::new(&[TRUSTED, &route].concat());
    let client = stage.place.add_client(&["--name", "Printer", "--two-legged"]);
    let signed = Call::get("/photos/1", &client).request(&stage.server.public_url);
    signed.field("X-Remote-User", "root").send(&stage.server).expect(200);
    let seen = upstream.only();
    assert_eq!(seen.all("x-remote-user"), Vec::<&str>::new(), "{seen:?}");
    assert_eq!(seen.all("x-oauth-client"), [client.id.as_str()]);
}
