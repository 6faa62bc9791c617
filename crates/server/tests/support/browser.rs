//! A browser as far as it matters here: it keeps cookies and fills in forms.

use super::{
    client::Pair,
    http::{Answer, Request, form},
    server::Server,
};
use countersign_core::percent;

/// Cookies by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Browser {
    pub(crate) cookies: Vec<(String, String)>,
}

impl Browser {
    /// Sends a request with the cookies, and takes those of the answer.
    pub(crate) fn send(&mut self, server: &Server, request: Request) -> Answer {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = if cookies.is_empty() { request } else { request.field("Cookie", &cookies.join("; ")) };
        let answer = request.send(server);
        for (_, cookie) in answer.fields.iter().filter(|(name, _)| name == "set-cookie") {
            let pair = cookie.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a cookie");
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.into(), value.into()));
            }
        }
        answer
    }

    pub(crate) fn get(&mut self, server: &Server, target: &str) -> Answer {
        self.send(server, Request::get(target))
    }

    /// Sends a form as a page of the same origin does.
    pub(crate) fn post(&mut self, server: &Server, target: &str, pairs: &[(&str, &str)]) -> Answer {
        let request = Request::new("POST", target).form(&form(pairs)).field("Origin", &server.public_url);
        self.send(server, request)
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Fills in the sign-in form.
    #[track_caller]
    pub(crate) fn try_sign_in(&mut self, server: &Server, name: &str, password: &str, next: &str) -> Answer {
        let page = self.get(server, &format!("/login?next={}", percent::encode(next))).expect(200);
        let (csrf, next) = (page.hidden("csrf").expect("csrf"), page.hidden("next").expect("next"));
        let next = next.replace("&amp;", "&").replace("&#x2f;", "/");
        let pairs = [("username", name), ("password", password), ("csrf", &csrf), ("next", &next)];
        self.post(server, "/login", &pairs)
    }

    /// Signs in, which must succeed.
    #[track_caller]
    pub(crate) fn sign_in(server: &Server, name: &str, password: &str) -> Self {
        let mut browser = Self::default();
        browser.try_sign_in(server, name, password, "/").expect(303);
        browser
    }

    /// Opens the consent page of temporary credentials.
    pub(crate) fn consent(&mut self, server: &Server, temporary: &Pair) -> Answer {
        self.get(server, &format!("/oauth/authorize?oauth_token={}", percent::encode(&temporary.id)))
    }

    /// Opens the consent page and presses a button on it.
    #[track_caller]
    pub(crate) fn answer(&mut self, server: &Server, temporary: &Pair, decision: &str) -> Answer {
        let page = self.consent(server, temporary).expect(200);
        let csrf = page.hidden("csrf").expect("csrf");
        let pairs = [("oauth_token", temporary.id.as_str()), ("decision", decision), ("csrf", &csrf)];
        self.post(server, "/oauth/authorize", &pairs)
    }
}
