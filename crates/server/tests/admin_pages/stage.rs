//! A server with administrators and others, and browsers that are signed in.

use crate::support::{browser::Browser, http::Answer, place::Place, server::Server};

pub(crate) const PASSWORD: &str = "correct horse";

/// Ada administrates, Alan too; Jane and Joe do not.
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
        let server = place.server().set("COUNTERSIGN_APPLICATIONS", "proposed").start();
        Self { server, place }
    }

    pub(crate) fn sign_in(&self, name: &str) -> Browser {
        Browser::sign_in(&self.server, name, PASSWORD)
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
}
