//! Who an owner is elsewhere: connected and disconnected by them alone.

use super::{PASSWORD, Stage, leads_to};
use crate::support::{
    browser::Browser,
    http::{Answer, value_of},
    issuer::Person,
    until,
};

fn ada() -> Person {
    Person::new("1", "ada")
}

impl Stage {
    /// Presses the button that connects.
    fn wishes(&self, browser: &mut Browser, password: &str) -> Answer {
        let csrf = self.csrf(browser);
        let pairs = [("csrf", csrf.as_str()), ("connect", "example"), ("current", password)];
        browser.post(&self.server, "/account/identities", &pairs)
    }

    /// The whole way to a connection.
    pub(super) fn connects(&self, browser: &mut Browser, person: &Person) -> Answer {
        let address = leads_to(&self.wishes(browser, PASSWORD));
        browser.get(&self.server, &self.issuer.sends_back(&address, person))
    }

    fn disconnects(&self, browser: &mut Browser, issuer: &str, subject: &str) -> Answer {
        let csrf = self.csrf(browser);
        let pairs = [("csrf", csrf.as_str()), ("issuer", issuer), ("subject", subject)];
        browser.post(&self.server, "/account/identities", &pairs)
    }

    fn csrf(&self, browser: &mut Browser) -> String {
        browser.get(&self.server, "/account").expect(200).hidden("csrf").expect("csrf")
    }
}

#[test]
fn an_owner_connects_an_identity_signs_in_with_it_and_disconnects_it() {
    let stage = Stage::with("", "");
    let mut jane = Browser::sign_in(&stage.server, "jane", PASSWORD);
    let answer = stage.connects(&mut jane, &ada()).expect(303);
    assert_eq!(answer.location(), "/account?told=connected");
    let page = jane.get(&stage.server, "/account?told=connected").expect(200);
    for shown in ["You can sign in that way from now on", "The example", "Known there as"] {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    assert_eq!(stage.connects(&mut jane, &ada()).expect(303).location(), "/account?told=connected");

    let mut elsewhere = Browser::default();
    stage.signs_in(&mut elsewhere, &ada(), "/").expect(303);
    assert_eq!(stage.who(&mut elsewhere).as_deref(), Some("jane"));

    for told in ["disconnected", "disconnected"] {
        let answer = stage.disconnects(&mut jane, &stage.issuer.url, "1").expect(303);
        assert_eq!(answer.location(), format!("/account?told={told}"), "a double submit is told the same");
    }
    stage.signs_in(&mut Browser::default(), &ada(), "/").expect(403);
    until("it is audited", || !stage.audited("identity_disconnected").is_empty());
    assert_eq!(stage.audited("identity_connected"), ["jane oidc:example"]);
    assert_eq!(stage.audited("identity_disconnected"), ["jane oidc:example"]);
}

#[test]
fn stolen_session_connects_nothing_without_the_password() {
    let stage = Stage::with("", "");
    let mut thief = Browser::sign_in(&stage.server, "jane", PASSWORD);
    for guess in ["", "a guess"] {
        let page = stage.wishes(&mut thief, guess).expect(401);
        assert!(page.body.contains("The current password is wrong"), "{}", page.body);
        assert!(page.field("refresh").is_none());
    }
    until("guesses are slowed down", || stage.wishes(&mut thief, "a guess").status == 429);
    let page = stage.wishes(&mut thief, PASSWORD);
    assert!(page.status == 429 && page.field("retry-after").is_some(), "{}", page.status);
}

#[test]
fn identity_of_another_account_is_not_moved() {
    let stage = Stage::new();
    stage.place.add_user("mallory", PASSWORD);
    let mut jane = Browser::sign_in(&stage.server, "jane", PASSWORD);
    stage.connects(&mut jane, &ada()).expect(303);
    let mut mallory = Browser::sign_in(&stage.server, "mallory", PASSWORD);
    let page = stage.connects(&mut mallory, &ada()).expect(409);
    assert!(page.body.contains("connected with another account"), "{}", page.body);
    stage.disconnects(&mut mallory, &stage.issuer.url, "1").expect(303);
    let mut elsewhere = Browser::default();
    stage.signs_in(&mut elsewhere, &ada(), "/").expect(303);
    assert_eq!(stage.who(&mut elsewhere).as_deref(), Some("jane"));
}

#[test]
fn attackers_identity_is_not_connected_by_a_link() {
    let stage = Stage::with("", "");
    stage.place.add_user("mallory", PASSWORD);
    let (mut jane, mut mallory) = (
        Browser::sign_in(&stage.server, "jane", PASSWORD),
        Browser::sign_in(&stage.server, "mallory", PASSWORD),
    );
    let address = leads_to(&stage.wishes(&mut mallory, PASSWORD));
    let target = stage.issuer.sends_back(&address, &Person::new("666", "mallory"));
    jane.get(&stage.server, &target).expect(403);
    // Even with the attacker's journey in the victim's browser: it belongs to the session that set out.
    let journey = mallory.cookie("countersign-oidc").expect("a journey").to_owned();
    jane.cookies.push(("countersign-oidc".into(), journey));
    jane.get(&stage.server, &target).expect(403);
    let page = jane.get(&stage.server, "/account").expect(200);
    assert!(!page.body.contains("666"), "{}", page.body);
}

#[test]
fn journey_for_signing_in_connects_nothing_and_the_other_way_round() {
    let stage = Stage::with("", "");
    let mut jane = Browser::sign_in(&stage.server, "jane", PASSWORD);
    let address = leads_to(&stage.wishes(&mut jane, PASSWORD));
    let target = stage.issuer.sends_back(&address, &ada());
    let journey = jane.cookie("countersign-oidc").expect("a journey").replace(".connect.", ".in.");
    Browser { cookies: vec![("countersign-oidc".into(), journey)] }.get(&stage.server, &target).expect(403);

    // Signed out on the way: nothing is connected with whoever comes next.
    let csrf = stage.csrf(&mut jane);
    jane.post(&stage.server, "/logout", &[("csrf", &csrf)]).expect(200);
    jane.get(&stage.server, &target).expect(403);
    assert!(value_of(&target, "state").is_some());
}

#[test]
fn the_last_way_in_cannot_be_removed() {
    let stage = Stage::new();
    let mut ada_s = Browser::default();
    stage.signs_in(&mut ada_s, &ada(), "/").expect(303);
    let page = ada_s.get(&stage.server, "/account").expect(200);
    assert!(
        page.body.contains("It is the only way in") && !page.body.contains("Disconnect<"),
        "{}",
        page.body
    );
    let page = stage.disconnects(&mut ada_s, &stage.issuer.url, "1").expect(409);
    assert!(page.body.contains("the only way in that this account has left"), "{}", page.body);
    stage.signs_in(&mut Browser::default(), &ada(), "/").expect(303);

    // With a second identity, either may go, and then none.
    stage.connects(&mut ada_s, &Person::new("2", "countess")).expect(303);
    stage.disconnects(&mut ada_s, &stage.issuer.url, "1").expect(303);
    stage.disconnects(&mut ada_s, &stage.issuer.url, "2").expect(409);
    let mut again = Browser::default();
    stage.signs_in(&mut again, &Person::new("2", "countess"), "/").expect(303);
    assert_eq!(stage.who(&mut again).as_deref(), Some("ada"));
}

#[test]
fn forged_and_stale_forms_connect_and_disconnect_nothing() {
    let stage = Stage::with("", "");
    let mut jane = Browser::sign_in(&stage.server, "jane", PASSWORD);
    stage.connects(&mut jane, &ada()).expect(303);
    let url = stage.issuer.url.clone();
    for csrf in ["", "x"] {
        for pairs in [
            vec![("csrf", csrf), ("connect", "example"), ("current", PASSWORD)],
            vec![("csrf", csrf), ("issuer", &url), ("subject", "1")],
        ] {
            jane.post(&stage.server, "/account/identities", &pairs).expect(403);
        }
    }
    let csrf = stage.csrf(&mut jane);
    jane.post(&stage.server, "/account/identities", &[("csrf", &csrf), ("connect", "nowhere")]).expect(400);
    let mut elsewhere = Browser::default();
    stage.signs_in(&mut elsewhere, &ada(), "/").expect(303);
}

#[test]
fn an_account_without_a_password_can_do_what_others_can() {
    let stage = Stage::with("create_accounts = true", "applications = \"open\"");
    let mut ada_s = Browser::default();
    stage.signs_in(&mut ada_s, &ada(), "/").expect(303);
    for path in ["/", "/account", "/account/connections", "/developers", "/developers/new"] {
        ada_s.get(&stage.server, path).expect(200);
    }
    let page = ada_s.get(&stage.server, "/developers/new").expect(200);
    let (csrf, once) = (page.hidden("csrf").expect("csrf"), page.hidden("once").expect("once"));
    let pairs = [("csrf", csrf.as_str()), ("once", &once), ("name", "Press")];
    let registered = ada_s.post(&stage.server, "/developers/new", &pairs).expect(200);
    let (_, rest) = registered.body.split_once("translate=\"no\">").expect("an identifier");
    let id = rest.split('<').next().expect("an identifier");
    let at = format!("/developers/applications/{id}/delete");
    ada_s.post(&stage.server, &at, &[("csrf", &csrf), ("password", "")]).expect_one_of(&[401, 422]);
    ada_s.post(&stage.server, &at, &[("csrf", &csrf), ("named", id)]).expect(303);
}
