//! Signing in at an issuer, as those do who may.

use super::{PASSWORD, Stage, leads_to, serve, who};
use crate::support::{
    browser::Browser,
    http::Request,
    issuer::{CLIENT, Issuer, Person, SECRET},
    place::Place,
    until,
};
use countersign_core::percent;

#[test]
fn whoever_is_known_elsewhere_gets_an_account_once_and_is_the_same_ever_after() {
    let stage = Stage::new();
    let ada = Person::new("248289761001", "ada");
    let mut browser = Browser::default();
    let answer = stage.signs_in(&mut browser, &ada, "/account/connections").expect(303);
    assert_eq!(answer.location(), "/account/connections");
    assert_eq!(stage.who(&mut browser).as_deref(), Some("ada"));
    assert!(browser.cookie("countersign-oidc").is_none(), "{:?}", browser.cookies);

    // Another name over there by now, and another browser here: the subject is what counts.
    let (mut other, renamed) = (Browser::default(), Person::new("248289761001", "countess"));
    stage.signs_in(&mut other, &renamed, "/").expect(303);
    assert_eq!(stage.who(&mut other).as_deref(), Some("ada"));
    until("it is audited", || stage.audited("signed_in").len() == 2);
    assert_eq!(stage.audited("signed_in"), ["ada oidc:example", "ada oidc:example"]);
    assert_eq!(stage.audited("signed_up"), ["ada oidc:example"]);
    Browser::default().try_sign_in(&stage.server, "ada", "", "/").expect(401);
    assert_eq!(stage.issuer.asked("/.well-known/openid-configuration"), 1, "it is remembered");
    let (_, log, _) = stage.server.stop();
    assert!(!String::from_utf8_lossy(&log).contains("panicked"));
}

#[test]
fn the_sign_in_page_has_a_button_for_each_issuer_and_sends_nobody_off_without_it() {
    let (first, second) = (Issuer::start(), Issuer::start());
    let place = Place::new();
    let settings = [first.settings("one", ""), second.settings("two", "name2 = 1").replace("name2 = 1", "")];
    let server = serve(&place, &settings.join("\n"));
    let mut browser = Browser::default();
    let page = browser.get(&server, "/login").expect(200);
    for shown in ["Sign in with <bdi>The one</bdi>", "/login/oidc/two", "name=\"password\""] {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    browser.get(&server, "/login/oidc/one").expect(405);
    browser.post(&server, "/login/oidc/three", &[]).expect(404);
    browser.get(&server, "/login/oidc/three/callback?code=x").expect(404);
    let csrf = page.hidden("csrf").expect("csrf");
    for (form, field) in [("", None), (csrf.as_str(), Some(("Sec-Fetch-Site", "cross-site")))] {
        let body = format!("csrf={form}&next=/");
        let mut request = Request::new("POST", "/login/oidc/one").form(&body);
        if let Some((name, value)) = field {
            request = request.field(name, value);
        }
        browser.send(&server, request).expect(403);
    }
    assert_eq!(first.asked("/.well-known/openid-configuration"), 0, "nobody is asked for nothing");
    let page = browser.post(&server, "/login/oidc/two", &[("csrf", &csrf)]).expect(200);
    let address = leads_to(&page);
    assert!(address.starts_with(&format!("{}/authorize?", second.url)), "{address}");
    for part in ["scope=openid+profile", &format!("client_id={CLIENT}"), "code_challenge_method=S256"] {
        assert!(address.contains(part), "{part}: {address}");
    }
    assert!(address.contains("redirect_uri=http%3A%2F%2Fcountersign.test%2Flogin%2Foidc%2Ftwo%2Fcallback"));
    let policy = page.field("content-security-policy").expect("a policy");
    assert!(policy.contains("form-action 'self';"), "{policy}");
}

/// The issuer sends nobody back with the language of the link: the journey keeps it.
#[test]
fn the_language_of_the_link_lasts_there_and_back() {
    let stage = Stage::with("", "");
    let mut browser = Browser::default();
    let next = "/account?xoauth_lang_pref=de";
    let page = browser.get(&stage.server, &format!("/login?next={}", percent::encode(next))).expect(200);
    assert!(page.body.contains("Mit <bdi>The example</bdi> anmelden"), "{}", page.body);
    assert!(page.body.contains("/login/oidc/example?xoauth_lang_pref=de\""), "{}", page.body);
    let csrf = page.hidden("csrf").expect("csrf");
    let pairs = [("csrf", csrf.as_str()), ("next", next)];
    let page = browser.post(&stage.server, "/login/oidc/example?xoauth_lang_pref=de", &pairs);
    assert!(page.body.contains("Weiter zu <bdi>The example</bdi>"), "{}", page.body);
    let back = stage.issuer.sends_back(&leads_to(&page), &Person::new("1", "ada"));
    let page = browser.get(&stage.server, &back).expect(403);
    assert!(page.body.contains("Sie sind nicht angemeldet"), "{}", page.body);
    assert!(page.body.contains("mit Ihrem bei The example verbunden"), "{}", page.body);
}

#[test]
fn without_create_accounts_only_who_is_connected_comes_in() {
    let stage = Stage::with("", "");
    let mut browser = Browser::default();
    let page = stage.signs_in(&mut browser, &Person::new("1", "ada"), "/developers").expect(403);
    assert!(page.body.contains("No account here is connected"), "{}", page.body);
    assert!(page.body.contains("/login?next=%2Fdevelopers"), "{}", page.body);
    assert_eq!(stage.who(&mut browser), None);
    let listed = stage.place.done(&["user", "list"], "");
    assert_eq!(listed.stdout.trim(), "jane", "no account was made");
}

#[test]
fn the_name_of_an_account_is_the_claim_that_the_settings_say() {
    for (settings, person, name) in [
        (
            "account_name = \"email\"",
            Person { email: Some(("a@b.example".into(), true)), ..Person::new("1", "x") },
            Some("a@b.example"),
        ),
        (
            "account_name = \"email\"",
            Person { email: Some(("a@b.example".into(), false)), ..Person::new("1", "x") },
            None,
        ),
        ("account_name = \"sub\"", Person::new("1", "x"), Some("1")),
        ("account_name = \"upn\"", Person::new("1", "x"), None),
        ("", Person { reserved: true, ..Person::new("1", "ada") }, Some("ada")),
        ("", Person { subject: "1".into(), ..Person::default() }, None),
        ("", Person::new("1", "a\u{202e}da"), None),
        ("", Person::new("1", "ada\u{fe0f}"), None),
        ("", Person::new("1", " ada"), None),
        ("", Person::new("1", &"x".repeat(256)), None),
        ("", Person::new("1", &"x".repeat(255)), Some(&*"x".repeat(255))),
    ] {
        let stage = Stage::with(&format!("create_accounts = true\n{settings}"), "");
        let mut browser = Browser::default();
        let answer = stage.signs_in(&mut browser, &person, "/");
        assert_eq!(
            answer.status,
            if name.is_some() { 303 } else { 403 },
            "{settings} {person:?}: {}",
            answer.body
        );
        assert_eq!(stage.who(&mut browser).as_deref(), name, "{settings} {person:?}");
    }
}

#[test]
fn an_issuer_that_signs_with_a_new_key_is_asked_for_it() {
    let stage = Stage::new();
    let ada = Person::new("1", "ada");
    stage.signs_in(&mut Browser::default(), &ada, "/").expect(303);
    stage.issuer.rotate_its_key();
    stage.signs_in(&mut Browser::default(), &ada, "/").expect(303);
    stage.signs_in(&mut Browser::default(), &ada, "/").expect(303);
    assert_eq!(stage.issuer.asked("/keys"), 2);
}

#[test]
fn an_issuer_that_is_down_is_told_of_and_passwords_still_work() {
    let stage = Stage::new();
    stage.issuer.is_down(true);
    let mut browser = Browser::default();
    let csrf = browser.get(&stage.server, "/login").hidden("csrf").expect("csrf");
    let page = browser.post(&stage.server, "/login/oidc/example", &[("csrf", &csrf), ("next", "/account")]);
    let page = page.expect(503);
    assert_eq!(page.field("retry-after"), Some("60"));
    assert!(page.body.contains("The example does not answer as it should"), "{}", page.body);
    assert!(page.body.contains("/login?next=%2Faccount"), "{}", page.body);
    Browser::sign_in(&stage.server, "jane", PASSWORD);
    let log = String::from_utf8_lossy(&stage.server.log()).into_owned();
    assert_eq!(log.matches("nobody signs in at an issuer").count(), 1, "{log}");
}

#[test]
fn an_issuer_that_goes_down_half_way_signs_nobody_in() {
    let stage = Stage::new();
    let mut browser = Browser::default();
    let address = stage.sent_off(&mut browser, "/");
    let target = stage.issuer.sends_back(&address, &Person::new("1", "ada"));
    stage.issuer.is_down(true);
    browser.get(&stage.server, &target).expect(503);
    stage.issuer.is_down(false);
    browser.get(&stage.server, &target).expect(403);
    assert_eq!(stage.who(&mut browser), None, "that way is closed, and another one open");
    stage.signs_in(&mut browser, &Person::new("1", "ada"), "/").expect(303);
}

#[test]
fn where_passwords_are_off_issuers_are_the_only_way_in() {
    let stage = Stage::with("create_accounts = true", "sign_in.password = false");
    let mut browser = Browser::default();
    let page = browser.get(&stage.server, "/login").expect(200);
    assert!(!page.body.contains("name=\"password\"") && page.body.contains("The example"), "{}", page.body);
    let csrf = page.hidden("csrf").expect("csrf");
    let pairs = [("csrf", csrf.as_str()), ("username", "jane"), ("password", PASSWORD)];
    browser.post(&stage.server, "/login", &pairs).expect(403);
    stage.signs_in(&mut browser, &Person::new("1", "ada"), "/account").expect(303);
    let page = browser.get(&stage.server, "/account").expect(200);
    assert!(page.body.contains("you sign in by other means"), "{}", page.body);
    assert!(page.body.contains("It is the only way in"), "{}", page.body);
}

#[test]
fn no_secret_of_a_sign_in_is_in_the_log_at_any_level() {
    let issuer = Issuer::start();
    let place = Place::new();
    let settings = issuer.settings("example", "create_accounts = true");
    let server = serve(&place, &format!("log.level = \"trace\"\n{settings}"));
    let mut browser = Browser::default();
    let csrf = browser.get(&server, "/login").hidden("csrf").expect("csrf");
    let address = leads_to(&browser.post(&server, "/login/oidc/example", &[("csrf", &csrf)]));
    let journey = browser.cookie("countersign-oidc").expect("a journey").to_owned();
    let target = issuer.sends_back(&address, &Person::new("1", "ada"));
    let code = crate::support::http::value_of(&target, "code").expect("a code");
    browser.get(&server, &target).expect(303);
    let session = browser.cookie("countersign").expect("a session").to_owned();
    assert_eq!(who(&server, &mut browser).as_deref(), Some("ada"));
    browser.get(&server, "/nowhere").expect(404);
    let (_, log, stdout) = server.stop();
    let log = String::from_utf8_lossy(&[log, stdout].concat()).into_owned();
    assert!(log.contains("DEBUG"), "the log is as talkative as can be: {log}");
    let identifier = journey.split('.').next().expect("an identifier");
    for secret in [SECRET, &code, identifier, &session, "access_token", "id_token\":"] {
        assert!(!log.contains(secret), "{secret}");
    }
}
