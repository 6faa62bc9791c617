//! The pages for developers: the life of an application, and those who would use them against others.

#[path = "../support/mod.rs"]
mod support;

mod approval;
mod attacks;
mod keys;
mod life;
mod suspension;

use support::{
    browser::Browser,
    client::{Call, Dance, Pair},
    http::Answer,
    place::{Place, Ran},
    server::Server,
};

const CALLBACK: &str = "http://127.0.0.1/ready";
const PASSWORD: &str = "correct horse";

struct Stage {
    server: Server,
    place: Place,
}

/// What the form of an application holds, besides what guards it.
type Form<'f> = Vec<(&'f str, &'f str)>;

impl Stage {
    fn new(applications: &str) -> Self {
        Self::with(applications, &[])
    }

    fn with(applications: &str, settings: &[(&str, &str)]) -> Self {
        let place = Place::new();
        place.add_user("jane", PASSWORD);
        place.add_user("joe", PASSWORD);
        let starter = place.server().set("COUNTERSIGN_APPLICATIONS", applications);
        let server = settings.iter().fold(starter, |starter, (name, value)| starter.set(name, value)).start();
        Self { server, place }
    }

    fn sign_in(&self, name: &str) -> Browser {
        Browser::sign_in(&self.server, name, PASSWORD)
    }

    /// Opens the page of a form and sends it with what it hides, and these fields.
    #[track_caller]
    fn fill(&self, browser: &mut Browser, page: &str, fields: &[(&str, &str)]) -> Answer {
        let empty = browser.get(&self.server, page).expect(200);
        let hidden = ["csrf", "once", "revision"].map(|name| (name, empty.hidden(name).unwrap_or_default()));
        let hidden = hidden.iter().map(|(name, value)| (*name, value.as_str()));
        let all: Vec<_> = hidden.chain(fields.iter().copied()).collect();
        browser.post(&self.server, page, &all)
    }

    /// Registers an application; its identifier and secret.
    #[track_caller]
    fn register(&self, browser: &mut Browser, more: &[(&str, &str)]) -> Pair {
        let fields = [&printer()[..], more].concat();
        shown(&self.fill(browser, "/developers/new", &fields).expect(200))
    }

    fn dance<'a>(&'a self, client: &'a Pair) -> Dance<'a> {
        Dance { server: &self.server, client, callback: CALLBACK }
    }

    /// Whether requests of the client are accepted at the first endpoint.
    fn may_begin(&self, client: &Pair) -> bool {
        let call = Call::post("/oauth/initiate", client).with("oauth_callback", CALLBACK);
        call.send(&self.server).status == 200
    }

    fn client(&self, command: &[&str]) -> Ran {
        self.place.run(&[&["client"], command].concat(), "")
    }
}

fn printer() -> Form<'static> {
    vec![("name", "Printer"), ("callbacks", CALLBACK), ("key", "secret")]
}

fn at(client: &Pair, below: &str) -> String {
    format!("/developers/applications/{}{below}", client.id)
}

/// The values that a page shows once.
#[track_caller]
fn shown(page: &Answer) -> Pair {
    let values: Vec<_> = page.body.split("translate=\"no\">").skip(1).collect();
    let text = |at: usize| values.get(at).and_then(|rest| rest.split('<').next()).unwrap_or_default();
    assert!(!text(0).is_empty(), "{}", page.body);
    Pair::new(text(0), text(1))
}
