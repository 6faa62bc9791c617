//! Error pages: what each advises is true where it is shown, and each leads on.

use super::{CALLBACK, PASSWORD, Stage, guarded};
use crate::support::{
    browser::Browser,
    http::{Answer, Request, form},
};

const ANYWHERE: &str = "Go back and try again. If you came from an application, start again there.";
const APPLICATION: &str = "Go back to the application and start again.";
const COOKIES: &str = "Allow cookies for this site, open the form again, and send it anew.";

/// Asserts that a page advises that, and leads on there.
#[track_caller]
fn advises(page: Answer, advice: &str, to: &str) {
    let page = guarded(page, "");
    let escaped = to.replace('&', "&amp;");
    let link = format!("<a class=\"button outline\" href=\"{escaped}\">");
    assert!(page.body.contains(&format!("<p>{advice}</p>")), "{advice}: {}", page.body);
    assert!(page.body.contains(&link), "{link}: {}", page.body);
}

#[test]
fn errors_of_no_request_for_access_send_nobody_to_an_application() {
    let stage = Stage::new();
    let (server, mut nobody, mut jane) = (&stage.server, Browser::default(), stage.jane());
    let bad = Request::new("POST", "/login").field("Content-Type", "text/plain");
    advises(nobody.send(server, bad), ANYWHERE, "/");
    for target in ["/login?next=/a&next=/b", "/help/%ff", "/logout"] {
        advises(nobody.get(server, target), ANYWHERE, "/");
    }
    advises(
        nobody.get(server, "/nowhere").expect(404),
        "Check the address for a missing or extra character.",
        "/",
    );
    let csrf = jane.get(server, "/account").hidden("csrf").expect("csrf");
    advises(jane.post(server, "/account/sessions", &[("csrf", &csrf)]).expect(400), ANYWHERE, "/");
    let temporary = stage.dance(CALLBACK).initiate();
    let undecided = [("oauth_token", temporary.id.as_str()), ("csrf", csrf.as_str())];
    advises(jane.post(server, "/oauth/authorize", &undecided).expect(400), ANYWHERE, "/");
}

#[test]
fn errors_of_a_request_for_access_send_back_to_the_application() {
    let stage = Stage::new();
    let mut jane = stage.jane();
    for target in ["/oauth/authorize?oauth_token=none", "/oauth/authorize"] {
        advises(jane.get(&stage.server, target), APPLICATION, "/");
    }
}

#[test]
fn form_without_its_cookie_is_told_so_and_leads_back_to_itself() {
    let stage = Stage::new();
    let next = "/oauth/authorize?oauth_token=a";
    let link = format!("/login?{}", form(&[("next", next)]));
    let sent = [("username", "jane"), ("password", PASSWORD), ("csrf", "x"), ("next", next)];
    advises(Browser::default().post(&stage.server, "/login", &sent).expect(403), COOKIES, &link);
    let astray = [("username", "jane"), ("password", PASSWORD), ("next", "//evil.example")];
    advises(
        Browser::default().post(&stage.server, "/login", &astray).expect(403),
        COOKIES,
        "/login?next=%2F",
    );
    let mut jane = stage.jane();
    advises(jane.post(&stage.server, "/account/password", &[("csrf", "x")]).expect(403), COOKIES, "/");
}

#[test]
fn whoever_is_not_signed_in_any_more_is_led_to_sign_in() {
    let stage = Stage::new();
    for path in ["/account/password", "/account/connections", "/admin/accounts/new", "/oauth/authorize"] {
        let page = Browser::default().post(&stage.server, path, &[("csrf", "x")]).expect(403);
        advises(page, "Sign in, then do it again.", "/login");
    }
}
