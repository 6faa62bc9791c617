//! A server that sends resource owners to pages elsewhere, and the backend of those pages.

use crate::support::{
    admin::{Admin, json, key},
    browser::Browser,
    client::{Call, Dance, Pair},
    http::{Answer, Request, value_of},
    place::Place,
    server::Server,
};
use serde_json::{Value, json as body};

pub(crate) const PAGES: &str = "http://pages.test/login?theme=dark";
pub(crate) const CALLBACK: &str = "http://127.0.0.1/ready";

pub(crate) struct Scene {
    pub(crate) server: Server,
    pub(crate) client: Pair,
    key: String,
    pub(crate) place: Place,
}

/// A request for access, and the browser that brought it.
pub(crate) struct Visit {
    pub(crate) browser: Browser,
    pub(crate) temporary: Pair,
    pub(crate) challenge: String,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    pub(crate) fn with(settings: &[(&str, &str)]) -> Self {
        let place = Place::new();
        let file = place.path().join("countersign.toml");
        std::fs::write(file, "[scopes]\nphotos = \"See your photos\"\n").expect("a file");
        let flags = ["--name", "Printer <b>", "--callback", CALLBACK, "--allow-oob", "--scope", "photos"];
        let client = place.add_client(&flags);
        let key = key(&place, &["challenges"], &[]);
        let starter = place.server().set("COUNTERSIGN_ADMIN_API_ENABLED", "true");
        let starter = starter.set("COUNTERSIGN_OWN_PAGES_URL", PAGES);
        let server = settings.iter().fold(starter, |starter, (name, value)| starter.set(name, value)).start();
        Self { server, client, key, place }
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    pub(crate) fn backend(&self) -> Admin<'_> {
        Admin { server: &self.server, key: &self.key }
    }

    pub(crate) fn dance<'a>(&'a self, callback: &'a str) -> Dance<'a> {
        Dance { server: &self.server, client: &self.client, callback }
    }

    /// A browser that follows a client's link.
    #[track_caller]
    pub(crate) fn visit(&self, callback: &str) -> Visit {
        self.visit_with(Browser::default(), self.dance(callback).initiate())
    }

    #[track_caller]
    pub(crate) fn visit_with(&self, mut browser: Browser, temporary: Pair) -> Visit {
        let sent = browser.consent(&self.server, &temporary).expect(303);
        let challenge = challenge_of(sent.location());
        Visit { browser, temporary, challenge }
    }

    pub(crate) fn shown(&self, challenge: &str) -> Answer {
        self.backend().get(&format!("/challenges/{challenge}"))
    }

    pub(crate) fn accept(&self, challenge: &str, owner: &str) -> Answer {
        self.backend().send("POST", &format!("/challenges/{challenge}/accept"), &body!({ "owner": owner }))
    }

    pub(crate) fn reject(&self, challenge: &str) -> Answer {
        self.backend().act("POST", &format!("/challenges/{challenge}/reject"))
    }

    /// Goes where the backend was told to send the browser.
    pub(crate) fn follow(&self, browser: &mut Browser, answered: &Answer) -> Answer {
        browser.send(&self.server, Request::get(&self.way_back(answered)))
    }

    /// The target of that address, which must be the server's own.
    #[track_caller]
    pub(crate) fn way_back(&self, answered: &Answer) -> String {
        let url = json(answered)["continue"].as_str().expect("an address").to_owned();
        let target = url.strip_prefix(self.server.public_url.as_str());
        target.filter(|target| target.starts_with('/')).unwrap_or_else(|| panic!("{url}")).to_owned()
    }

    /// Who calls, as the server knows it.
    pub(crate) fn owner_of(&self, token: &Pair) -> Value {
        let told = Call::get("/api/whoami", &self.client).token(token).send(&self.server).expect(200);
        json(&told)["resource_owner"].clone()
    }

    /// Changes the database beside the server.
    pub(crate) fn sql(&self, sql: &str) {
        let connection = rusqlite::Connection::open(self.place.database()).expect("a database");
        connection.busy_timeout(crate::support::PATIENCE).expect("patience");
        connection.execute(sql, []).expect("a change");
    }
}

/// The challenge in an address of the operator's pages.
#[track_caller]
pub(crate) fn challenge_of(location: &str) -> String {
    assert!(location.starts_with(&format!("{PAGES}&challenge=")), "{location}");
    let challenge = value_of(location, "challenge").expect("a challenge");
    assert!(
        challenge.len() >= 22 && challenge.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        "{challenge}"
    );
    challenge
}
