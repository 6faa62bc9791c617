//! What happens when everybody does what they should.

use crate::{
    scene::{CALLBACK, PAGES, Scene, challenge_of},
    support::{
        admin::{Admin, json, key},
        browser::Browser,
        client::Pair,
        http::{Line, Request, value_of},
        place::Place,
    },
};
use serde_json::Value;

#[test]
fn an_accepted_challenge_ends_in_a_token_of_that_owner() {
    let scene = Scene::new();
    let mut visit = scene.visit(CALLBACK);
    let shown = json(&scene.shown(&visit.challenge).expect(200));
    assert_eq!((&shown["state"], &shown["owner"]), (&"pending".into(), &Value::Null));
    assert_eq!(shown["client"]["client_id"], scene.client.id.as_str());
    assert_eq!(
        (&shown["client"]["name"], &shown["client"]["home_page"]),
        (&"Printer <b>".into(), &Value::Null)
    );
    assert_eq!(shown["scopes"], serde_json::json!([{ "name": "photos", "description": "See your photos" }]));
    assert_eq!(shown["destination"], "http://127.0.0.1");
    assert!(shown["expires"].is_u64(), "{shown}");

    let accepted = scene.accept(&visit.challenge, "customer-4711").expect(200);
    assert_eq!(json(&accepted)["state"], "accepted");
    let shown = json(&scene.shown(&visit.challenge).expect(200));
    assert_eq!((&shown["state"], &shown["owner"]), (&"accepted".into(), &"customer-4711".into()));

    let back = scene.follow(&mut visit.browser, &accepted).expect(303);
    assert!(back.location().starts_with(&format!("{CALLBACK}?oauth_token=")), "{}", back.location());
    let verifier = value_of(back.location(), "oauth_verifier").expect("a verifier");
    let token = Pair::from(&scene.dance(CALLBACK).exchange(&visit.temporary, &verifier).expect(200));
    assert_eq!(scene.owner_of(&token), "customer-4711");
}

#[test]
fn a_rejected_challenge_tells_the_client_that_its_owner_refused() {
    let scene = Scene::new();
    let mut visit = scene.visit(CALLBACK);
    let rejected = scene.reject(&visit.challenge).expect(200);
    let back = scene.follow(&mut visit.browser, &rejected).expect(303);
    assert_eq!(value_of(back.location(), "oauth_problem").as_deref(), Some("user_refused"));
    assert!(back.location().starts_with(CALLBACK) && !back.location().contains("oauth_verifier"));
    scene.dance(CALLBACK).exchange(&visit.temporary, "guess").refused(401, "user_refused");
}

#[test]
fn without_a_callback_the_code_or_the_refusal_is_a_page() {
    let scene = Scene::new();
    let mut visit = scene.visit("oob");
    assert_eq!(json(&scene.shown(&visit.challenge).expect(200))["destination"], Value::Null);
    let accepted = scene.accept(&visit.challenge, "customer-4711").expect(200);
    let page = scene.follow(&mut visit.browser, &accepted).expect(200);
    assert!(page.body.contains("Printer &lt;b&gt;") && !page.body.contains("Sign out"), "{}", page.body);
    let (_, rest) = page.body.split_once("id=\"verifier\" translate=\"no\">").expect("a code");
    let code = rest.split('<').next().expect("a code");
    scene.dance("oob").exchange(&visit.temporary, code).expect(200);

    let mut visit = scene.visit("oob");
    let rejected = scene.reject(&visit.challenge).expect(200);
    assert_eq!(scene.follow(&mut visit.browser, &rejected).expect(303).location(), "/denied");
}

#[test]
fn the_same_answer_is_told_again_and_another_one_is_a_conflict() {
    let scene = Scene::new();
    let mut visit = scene.visit(CALLBACK);
    scene.accept(&visit.challenge, "jane").expect(200);
    let again = scene.accept(&visit.challenge, "jane").expect(200);
    scene.accept(&visit.challenge, "eve").problem_about(409, None);
    scene.reject(&visit.challenge).problem_about(409, None);
    scene.follow(&mut visit.browser, &again).expect(303);
    scene.shown(&visit.challenge).expect(404);
    scene.accept(&visit.challenge, "jane").expect(200);
    scene.accept(&visit.challenge, "eve").problem_about(409, None);

    let visit = scene.visit(CALLBACK);
    scene.reject(&visit.challenge).expect(200);
    scene.reject(&visit.challenge).expect(200);
    scene.accept(&visit.challenge, "jane").problem_about(409, None);
}

#[test]
fn two_tabs_of_one_browser_finish_both() {
    let scene = Scene::new();
    let first = scene.visit(CALLBACK);
    let second = scene.visit_with(first.browser, scene.dance(CALLBACK).initiate());
    let mut browser = second.browser;
    for challenge in [first.challenge, second.challenge] {
        let accepted = scene.accept(&challenge, "jane").expect(200);
        scene.follow(&mut browser, &accepted).expect(303);
    }
}

#[test]
fn the_languages_that_a_client_names_are_passed_on() {
    let (scene, mut browser) = (Scene::new(), Browser::default());
    let temporary = scene.dance(CALLBACK).initiate();
    let target = format!("/oauth/authorize?oauth_token={}&xoauth_lang_pref=cs-CZ", temporary.id);
    let sent = browser.get(&scene.server, &target).expect(303);
    assert!(sent.location().ends_with("&xoauth_lang_pref=cs-CZ"), "{}", sent.location());
    challenge_of(sent.location());
}

#[test]
fn the_server_asks_nobody_itself_though_they_can_still_sign_in() {
    let scene = Scene::new();
    scene.place.add_user("jane", "correct horse");
    let jane = Browser::sign_in(&scene.server, "jane", "correct horse");
    let mut visit = scene.visit_with(jane, scene.dance(CALLBACK).initiate());
    visit.browser.get(&scene.server, "/account").expect(200);
    let account = visit.browser.get(&scene.server, "/account");
    let csrf = account.hidden("csrf").expect("csrf");
    let pairs = [("oauth_token", visit.temporary.id.as_str()), ("decision", "grant"), ("csrf", &csrf)];
    visit.browser.post(&scene.server, "/oauth/authorize", &pairs).expect(405);
    scene.shown(&visit.challenge).expect(200);
}

#[test]
fn a_browser_goes_on_at_the_origin_where_it_began() {
    let scene = Scene::with(&[("COUNTERSIGN_ACCEPTED_ORIGINS", "http://a.test,http://b.test:8080/api")]);
    for (host, expected) in [
        ("b.test:8080", "http://b.test:8080/api/"),
        ("a.test", "http://a.test/"),
        ("elsewhere.test", "http://countersign.test/"),
    ] {
        let temporary = scene.dance(CALLBACK).initiate();
        let target = format!("/oauth/authorize?oauth_token={}", temporary.id);
        let request = Request::get(&target).bytes(&format!("http://{host}"));
        let sent = Line::open(scene.server.address).and_then(|mut line| line.exchange(&request));
        let sent = sent.expect("an answer");
        let accepted = scene.accept(&challenge_of(sent.location()), "jane").expect(200);
        let url = json(&accepted)["continue"].as_str().expect("an address").to_owned();
        assert!(url.starts_with(&format!("{expected}authorize/continue?challenge=")), "{url}");
    }
}

#[test]
fn the_audit_log_names_the_key_that_answered() {
    let scene = Scene::new();
    for answer in ["accept", "reject"] {
        let mut visit = scene.visit(CALLBACK);
        let answered = if answer == "accept" {
            scene.accept(&visit.challenge, "customer-4711")
        } else {
            scene.reject(&visit.challenge)
        };
        scene.follow(&mut visit.browser, &answered.expect(200)).expect(303);
    }
    let reader = key(&scene.place, &["audit:read"], &[]);
    let admin = Admin { server: &scene.server, key: &reader };
    for (event, owner) in [
        ("challenge_accepted", Some("customer-4711")),
        ("granted", Some("customer-4711")),
        ("challenge_rejected", None),
        ("denied", None),
    ] {
        let found = json(&admin.get(&format!("/audit?event={event}")).expect(200));
        let entries = found["items"].as_array().expect("entries");
        assert_eq!(entries.len(), 1, "{event}: {found}");
        assert_eq!(
            (&entries[0]["actor"], entries[0]["owner"].as_str()),
            (&"API key 1 (Tests)".into(), owner),
            "{event}"
        );
        assert_eq!(entries[0]["client_id"], scene.client.id.as_str(), "{event}: {found}");
    }
}

const WITH_API: &str = "admin_api.enabled = true\n[own_pages]\nurl = \"https://shop.example/login\"\n";

#[test]
fn an_address_that_cannot_work_is_told_with_its_line() {
    let place = Place::new();
    let file = place.path().join("c.toml");
    for (text, line, told) in [
        (format!("\n[own_pages]\nurl = \"{PAGES}\"\n"), 3, "passwords are typed"),
        ("[own_pages]\nurl = \"https://shop.example/login\"\n".into(), 2, "[admin_api]"),
        ("[own_pages]\nurl = \"shop.example\"\n".into(), 2, "no address of a page"),
        (format!("sign_up = \"invitation\"\n{WITH_API}"), 4, "strangers can make accounts"),
    ] {
        std::fs::write(&file, &text).expect("a file");
        let ran = place.run(&["config", "check", "--config", "c.toml"], "");
        let found = ran.code != Some(0) && ran.stderr.contains(&format!("c.toml:{line}: own_pages.url"));
        assert!(found && ran.stderr.contains(told), "{text}: {}", ran.stderr);
    }
    let works =
        "public_url = \"https://a.example\"\ntls_terminated_upstream = true\nadmin_api.enabled = true\n";
    std::fs::write(&file, format!("{works}own_pages.url = \"https://shop.example/login\"\n"))
        .expect("a file");
    place.done(&["config", "check", "--config", "c.toml"], "");
}
