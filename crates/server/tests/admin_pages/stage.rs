//! A server with administrators and others, and browsers that are signed in.

use crate::support::{
    browser::Browser,
    client::{Call, Pair},
    http::Answer,
    place::Place,
    server::Server,
};
use serde_json::Value;

pub(crate) const PASSWORD: &str = "correct horse";
pub(crate) const CALLBACK: &str = "http://127.0.0.1/ready";

/// Ada and Alan administrate; Jane and Joe do not.
pub(crate) struct Stage {
    pub(crate) server: Server,
    pub(crate) place: Place,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let place = Place::new();
        for name in ["jane", "joe"] {
            place.add_user(name, PASSWORD);
        }
        for name in ["ada", "alan"] {
            place.done(&["user", "add", name, "--admin", "--password-stdin"], PASSWORD);
        }
        let server = place
            .server()
            .set("COUNTERSIGN_APPLICATIONS", "proposed")
            .set("COUNTERSIGN_SIGN_UP", "invitation")
            .start();
        Self { server, place }
    }

    pub(crate) fn sign_in(&self, name: &str) -> Browser {
        Browser::sign_in(&self.server, name, PASSWORD)
    }

    /// What a page says to whom it lets in.
    #[track_caller]
    pub(crate) fn page(&self, browser: &mut Browser, page: &str) -> String {
        browser.get(&self.server, page).expect(200).body
    }

    /// The anti-forgery token of whoever is signed in.
    #[track_caller]
    pub(crate) fn csrf(&self, browser: &mut Browser) -> String {
        browser.get(&self.server, "/account").expect(200).hidden("csrf").expect("csrf")
    }

    /// Sends a form with the anti-forgery token and these fields.
    #[track_caller]
    pub(crate) fn post(&self, browser: &mut Browser, to: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf(browser);
        browser.post(&self.server, to, &[&[("csrf", csrf.as_str())], fields].concat())
    }

    /// Opens the page of a form and sends it with what it hides, and these fields.
    #[track_caller]
    pub(crate) fn fill(&self, browser: &mut Browser, page: &str, fields: &[(&str, &str)]) -> Answer {
        let open = self.open(browser, page);
        let hidden = open.iter().map(|(name, value)| (*name, value.as_str()));
        let all: Vec<_> = hidden.chain(fields.iter().copied()).collect();
        browser.post(&self.server, page, &all)
    }

    /// What the form of a page hides.
    #[track_caller]
    pub(crate) fn open(&self, browser: &mut Browser, page: &str) -> Vec<(&'static str, String)> {
        let open = browser.get(&self.server, page).expect(200);
        let names = ["csrf", "once", "revision", "admin", "from"];
        names.into_iter().filter_map(|name| Some((name, open.hidden(name)?))).collect()
    }

    /// An application that Jane proposed.
    #[track_caller]
    pub(crate) fn proposed(&self, jane: &mut Browser, name: &str) -> Pair {
        let fields = [("name", name), ("callbacks", CALLBACK), ("key", "secret")];
        shown(&self.fill(jane, "/developers/new", &fields).expect(200))
    }

    /// Whether requests of the client are accepted at the first endpoint.
    pub(crate) fn may_begin(&self, client: &Pair) -> bool {
        let call = Call::post("/oauth/initiate", client).with("oauth_callback", CALLBACK);
        call.send(&self.server).status == 200
    }

    /// Connects an identity with an account, in the database.
    pub(crate) fn connect(&self, issuer: &str, subject: &str, account: &str) {
        let rows = rusqlite::Connection::open(self.place.database()).expect("the database");
        let sql =
            "INSERT INTO identities (issuer, subject, account, created) VALUES (?1, ?2, ?3, 1800000000)";
        rows.execute(sql, [issuer, subject, account]).expect("an identity");
    }

    /// An account as the command line lists it.
    pub(crate) fn account(&self, name: &str) -> Value {
        let listed = self.place.done(&["user", "list", "--json"], "").stdout;
        let accounts = listed.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        accounts.into_iter().find(|account| account["name"] == name).unwrap_or(Value::Null)
    }
}

/// The page of an application, or one below it.
pub(crate) fn at(client: &Pair, below: &str) -> String {
    format!("/admin/applications/@{}{below}", client.id)
}

/// The values that a page shows once.
#[track_caller]
pub(crate) fn shown(page: &Answer) -> Pair {
    let values: Vec<_> = page.body.split("translate=\"no\">").skip(1).collect();
    let text = |at: usize| values.get(at).and_then(|rest| rest.split('<').next()).unwrap_or_default();
    assert!(!text(0).is_empty(), "{}", page.body);
    Pair::new(text(0), text(1))
}
