//! The ways in beside a password: a proxy's header, and issuers of OpenID Connect, with those who would come in as somebody else.

#[path = "../support/mod.rs"]
mod support;

mod attacks;
mod connections;
mod issuers;
mod proxy;

use countersign_core::percent;
use std::fs;
use support::{
    browser::Browser,
    http::Answer,
    issuer::{Issuer, Person, SECRET},
    place::Place,
    server::{Server, Starter},
};

const PASSWORD: &str = "correct horse";
/// Which `Browser` takes for its own origin.
const URL: &str = "http://countersign.test";

/// A server with one issuer or two.
struct Stage {
    server: Server,
    place: Place,
    issuer: Issuer,
}

impl Stage {
    /// With an issuer that makes accounts.
    fn new() -> Self {
        Self::with("create_accounts = true", "")
    }

    /// With these settings of the issuer, and these of the server.
    fn with(of_issuer: &str, of_server: &str) -> Self {
        let issuer = Issuer::start();
        let settings = [of_server, &issuer.settings("example", of_issuer)].join("\n");
        let place = Place::new();
        place.add_user("jane", PASSWORD);
        Self { server: serve(&place, &settings), place, issuer }
    }

    /// Sends a browser off, from the sign-in page; where the page leads on to.
    #[track_caller]
    fn sent_off(&self, browser: &mut Browser, next: &str) -> String {
        let page = browser.get(&self.server, &format!("/login?next={}", percent::encode(next))).expect(200);
        let csrf = page.hidden("csrf").expect("csrf");
        let pairs = [("csrf", csrf.as_str()), ("next", next)];
        leads_to(&browser.post(&self.server, "/login/oidc/example", &pairs))
    }

    /// The whole way there and back; what this server answers in the end.
    #[track_caller]
    fn signs_in(&self, browser: &mut Browser, person: &Person, next: &str) -> Answer {
        let address = self.sent_off(browser, next);
        browser.get(&self.server, &self.issuer.sends_back(&address, person))
    }

    /// As whom a browser is signed in.
    fn who(&self, browser: &mut Browser) -> Option<String> {
        who(&self.server, browser)
    }

    /// What was audited of those events.
    fn audited(&self, event: &str) -> Vec<String> {
        audited(&self.place, event)
    }
}

fn serve(place: &Place, settings: &str) -> Server {
    let file = place.path().join("countersign.toml");
    let fixed = format!("insecure_http = true\npublic_url = \"{URL}\"\n{settings}");
    fs::write(&file, fixed).expect("a file");
    Starter::configured(place.command(), &file).set("OIDC_SECRET", SECRET).start().signed_as(URL)
}

fn who(server: &Server, browser: &mut Browser) -> Option<String> {
    let page = browser.get(server, "/account");
    let (_, rest) = page.body.split_once("You are signed in as <strong><bdi>")?;
    rest.split('<').next().map(ToOwned::to_owned)
}

/// Where a page leads on to by itself.
#[track_caller]
fn leads_to(page: &Answer) -> String {
    let refresh = page.field("refresh").unwrap_or_else(|| panic!("{}: {}", page.status, page.body));
    assert_eq!(page.status, 200);
    let (at_once, address) = refresh.split_once("; url=").expect("an address");
    assert_eq!(at_once, "0");
    address.to_owned()
}

/// Owner and detail of the entries of an event, the oldest first; read by a command, once the server has written them.
fn audited(place: &Place, event: &str) -> Vec<String> {
    let rows = rusqlite::Connection::open(place.database()).expect("the database");
    let mut found = rows
        .prepare("SELECT owner || ' ' || detail FROM audit WHERE event = ?1 ORDER BY id")
        .expect("a statement");
    let found = found.query_map([event], |row| row.get(0)).expect("rows");
    found.map(|row| row.expect("a row")).collect()
}
