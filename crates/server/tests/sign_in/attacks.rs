//! Those who would come in as somebody else, by an issuer.

use super::{PASSWORD, Stage, leads_to, serve, who};
use crate::support::{
    browser::Browser,
    http::{form, value_of},
    issuer::{Issuer, Lie, Person},
    place::Place,
};

fn ada() -> Person {
    Person::new("1", "ada")
}

#[test]
fn replayed_state_and_code_sign_nobody_in() {
    let stage = Stage::new();
    let mut browser = Browser::default();
    let address = stage.sent_off(&mut browser, "/");
    let kept = browser.clone();
    let target = stage.issuer.sends_back(&address, &ada());
    browser.get(&stage.server, &target).expect(303);
    browser.get(&stage.server, &target).expect(403);
    let mut thief = kept;
    let page = thief.get(&stage.server, &target).expect(403);
    assert!(page.body.contains("was used before"), "the issuer has the last word: {}", page.body);
    assert_eq!(stage.who(&mut thief), None);
}

#[test]
fn state_of_another_browser_is_refused() {
    let stage = Stage::new();
    let (mut mallory, mut victim) = (Browser::default(), Browser::default());
    let address = stage.sent_off(&mut mallory, "/");
    let target = stage.issuer.sends_back(&address, &Person::new("666", "mallory"));
    // A link in a message: the victim has set out nowhere, or elsewhere.
    victim.get(&stage.server, &target).expect(403);
    let own = stage.sent_off(&mut victim, "/");
    victim.get(&stage.server, &target).expect(403);
    assert_eq!(stage.who(&mut victim), None);
    let target = stage.issuer.sends_back(&own, &ada());
    victim.get(&stage.server, &target).expect(303);
    assert_eq!(stage.who(&mut victim).as_deref(), Some("ada"), "nobody can cut the victim's own way");
}

#[test]
fn changed_state_and_journey_are_refused() {
    let stage = Stage::new();
    let mut browser = Browser::default();
    let address = stage.sent_off(&mut browser, "/");
    let target = stage.issuer.sends_back(&address, &ada());
    let state = value_of(&target, "state").expect("a state");
    for changed in ["", "x", &state[1..], &state.to_ascii_uppercase(), &format!("{state}0")] {
        browser.get(&stage.server, &target.replace(&state, changed)).expect(403);
    }
    browser.get(&stage.server, &format!("{target}&state={state}")).expect(400);
    let journey = browser.cookie("countersign-oidc").expect("a journey").to_owned();
    let (rest, next) = journey.rsplit_once('.').expect("parts");
    assert_eq!(next, "Lw", "the way home");
    for changed in [
        format!("{rest}.L2FjY291bnQ"),
        format!("{rest}.Ly9ldmlsLmV4YW1wbGU"),
        journey.replace(".in.", ".connect."),
        journey.replace(".example.", ".other."),
        String::from("x"),
    ] {
        let mut changed = Browser { cookies: vec![("countersign-oidc".into(), changed)] };
        changed.get(&stage.server, &target).expect(403);
    }
    browser.get(&stage.server, &target).expect(303);
}

#[test]
fn injected_code_of_another_journey_is_refused() {
    let stage = Stage::new();
    let (mut victim, mut mallory) = (Browser::default(), Browser::default());
    let stolen = stage.issuer.sends_back(&stage.sent_off(&mut victim, "/"), &ada());
    let stolen = value_of(&stolen, "code").expect("a code");
    let own = stage.issuer.sends_back(&stage.sent_off(&mut mallory, "/"), &Person::new("666", "mallory"));
    let code = value_of(&own, "code").expect("a code");
    mallory.get(&stage.server, &own.replace(&code, &stolen)).expect(403);
    assert_eq!(stage.who(&mut mallory), None, "PKCE binds a code to the browser that it was for");
}

#[test]
fn id_token_that_cannot_be_believed_signs_nobody_in() {
    for lie in [
        Lie::Audience,
        Lie::Expired,
        Lie::ForeignIssuer,
        Lie::ForeignKey,
        Lie::LongSubject,
        Lie::Mac,
        Lie::NoNonce,
        Lie::NoToken,
        Lie::Nonce,
        Lie::Unsigned,
    ] {
        let stage = Stage::new();
        stage.issuer.lie(lie);
        let mut browser = Browser::default();
        let page = stage.signs_in(&mut browser, &ada(), "/");
        assert_eq!(page.status, 502, "{lie:?}: {}", page.body);
        assert!(page.body.contains("cannot be believed"), "{lie:?}: {}", page.body);
        assert_eq!(stage.who(&mut browser), None, "{lie:?}");
        assert_eq!(stage.place.done(&["user", "list"], "").stdout.trim(), "jane", "{lie:?}");
    }
}

#[test]
fn user_info_of_somebody_else_names_nobody() {
    let stage = Stage::new();
    stage.issuer.lie(Lie::SubjectOfUserInfo);
    let mut browser = Browser::default();
    stage.signs_in(&mut browser, &Person { reserved: true, ..ada() }, "/").expect(503);
    assert_eq!(stage.who(&mut browser), None);
}

#[test]
fn issuer_mix_up_is_refused() {
    let (honest, evil) = (Issuer::start(), Issuer::start());
    let place = Place::new();
    let both = "create_accounts = true";
    let settings = [honest.settings("honest", both), evil.settings("evil", both)].join("\n");
    let server = serve(&place, &settings);
    let mut browser = Browser::default();
    let csrf = browser.get(&server, "/login").hidden("csrf").expect("csrf");
    let sent_to = |browser: &mut Browser, id: &str| {
        leads_to(&browser.post(&server, &format!("/login/oidc/{id}"), &[("csrf", &csrf)]))
    };
    // The visitor chose the evil one, which led them on to the honest one: the code must not come back as the evil one's.
    let address = sent_to(&mut browser, "evil");
    let led_on = address.replace(&evil.url, &honest.url);
    let target = honest.sends_back(&led_on, &ada());
    browser.get(&server, &target).expect(403);
    assert_eq!(evil.asked("/token"), 0, "no code of another issuer is handed to it");

    let address = sent_to(&mut browser, "evil");
    let target = honest.sends_back(&address.replace(&evil.url, &honest.url), &ada());
    let without_iss = target.split("&iss=").next().expect("a target").to_owned();
    for moved in [without_iss.replace("/evil/", "/honest/"), target.replace("/evil/", "/honest/")] {
        browser.get(&server, &moved).expect(403);
    }
    assert_eq!((honest.asked("/token"), evil.asked("/token")), (0, 0));
    assert_eq!(who(&server, &mut browser), None);
}

#[test]
fn subject_of_one_issuer_is_not_that_of_another() {
    let (first, second) = (Issuer::start(), Issuer::start());
    let place = Place::new();
    let both = "create_accounts = true";
    let settings = [first.settings("first", both), second.settings("second", both)].join("\n");
    let server = serve(&place, &settings);
    let sign_in = |id: &str, issuer: &Issuer, person: &Person| {
        let mut browser = Browser::default();
        let csrf = browser.get(&server, "/login").hidden("csrf").expect("csrf");
        let page = browser.post(&server, &format!("/login/oidc/{id}"), &[("csrf", &csrf)]);
        let answer = browser.get(&server, &issuer.sends_back(&leads_to(&page), person));
        (answer.status, who(&server, &mut browser))
    };
    assert_eq!(sign_in("first", &first, &ada()), (303, Some("ada".into())));
    assert_eq!(sign_in("second", &second, &Person::new("1", "eve")), (303, Some("eve".into())));
    assert_eq!(sign_in("second", &second, &Person::new("2", "ada")), (409, None));
}

#[test]
fn name_of_another_account_does_not_take_it_over() {
    let stage = Stage::new();
    let mut mallory = Browser::default();
    let page = stage.signs_in(&mut mallory, &Person::new("666", "jane"), "/").expect(409);
    assert!(page.body.contains("has the name that The example gives you already"), "{}", page.body);
    assert_eq!(stage.who(&mut mallory), None);
    let mut jane = Browser::sign_in(&stage.server, "jane", PASSWORD);
    let page = jane.get(&stage.server, "/account").expect(200);
    assert!(!page.body.contains("666"), "nothing was connected: {}", page.body);
}

#[test]
fn open_redirect_after_sign_in_leads_home() {
    let stage = Stage::new();
    for next in ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"] {
        let mut browser = Browser::default();
        let answer = stage.signs_in(&mut browser, &ada(), next).expect(303);
        assert_eq!(answer.location(), "/", "{next}");
    }
}

#[test]
fn disabled_account_stays_out() {
    let stage = Stage::new();
    stage.signs_in(&mut Browser::default(), &ada(), "/").expect(303);
    stage.place.done(&["user", "disable", "ada"], "");
    let mut browser = Browser::default();
    let page = stage.signs_in(&mut browser, &ada(), "/").expect(403);
    assert!(page.body.contains("Your account is disabled"), "{}", page.body);
    assert_eq!(stage.who(&mut browser), None);
}

#[test]
fn fixed_session_is_renewed_and_the_one_of_before_ends() {
    let stage = Stage::new();
    let mut browser = Browser::sign_in(&stage.server, "jane", PASSWORD);
    let mut kept = browser.clone();
    stage.signs_in(&mut browser, &ada(), "/").expect(303);
    assert_eq!(stage.who(&mut browser).as_deref(), Some("ada"));
    assert_ne!(browser.cookie("countersign"), kept.cookie("countersign"));
    assert_eq!(stage.who(&mut kept), None);
}

#[test]
fn answers_that_an_issuer_never_gives_are_told_on_a_page() {
    let stage = Stage::new();
    for (said, status) in [
        (&[("error", "access_denied"), ("error_description", "<script>alert(1)</script>")][..], 403),
        (&[("error", "server_error")], 403),
        (&[("code", "")], 400),
        (&[], 400),
        (&[("code", "x"), ("error", "access_denied")], 403),
        (&[("code", "unknown")], 403),
        (&[("code", "\0\r\n")], 403),
        (&[("code", "unknown"), ("iss", "https://another.example")], 403),
    ] {
        let mut browser = Browser::default();
        let address = stage.sent_off(&mut browser, "/developers");
        let state = value_of(&address, "state").expect("a state");
        let query = form(&[&[("state", state.as_str())], said].concat());
        let page =
            browser.get(&stage.server, &format!("/login/oidc/example/callback?{query}")).expect(status);
        assert!(!page.body.contains("script"), "{}", page.body);
        assert!(page.body.contains("/login?next=%2Fdevelopers"), "{said:?}: {}", page.body);
        assert!(browser.cookie("countersign-oidc").is_none(), "{said:?}");
    }
}
