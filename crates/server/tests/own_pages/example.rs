//! `examples/own-pages/pages.py` as the operator's pages: a whole dance through them, in a language of its own.
//!
//! It needs Python: run by name, as `./dev test own-pages` does once that is installed.

#[path = "../support/mod.rs"]
mod support;

#[expect(dead_code, reason = "each test uses its part")]
mod scene;

use scene::{CALLBACK, Scene, Visit};
use std::{fs, path::PathBuf};
use support::{
    client::Pair,
    http::{Answer, Request, form, value_of},
    server::{Server, Starter},
};

/// The pages, started for a server.
fn pages(scene: &Scene) -> Server {
    let mut python = scene.place.command_of("python3");
    python
        .arg(program())
        .env("COUNTERSIGN", format!("http://{}", scene.server.address))
        .env("API_KEY", scene.key());
    Starter::program(python).start()
}

fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/own-pages/pages.py")
}

/// Opens the page of a visit, fills in its form, and presses a button.
#[track_caller]
fn fill_in(pages: &Server, visit: &Visit, pairs: &[(&str, &str)]) -> Answer {
    let page =
        Request::get(&format!("/login?theme=dark&challenge={}", visit.challenge)).send(pages).expect(200);
    assert!(page.body.contains("<bdi>Printer &lt;b&gt;</bdi> asks for access"), "{}", page.body);
    assert!(page.body.contains("See your photos") && page.body.contains("http://127.0.0.1"), "{}", page.body);
    let challenge = page.hidden("challenge").expect("a challenge");
    let pairs = [&[("challenge", challenge.as_str())][..], pairs].concat();
    Request::new("POST", "/login?theme=dark").form(&form(&pairs)).send(pages)
}

/// Goes where the pages send the browser, which must be the server.
#[track_caller]
fn follow(scene: &Scene, visit: &mut Visit, sent: &Answer) -> Answer {
    let target =
        sent.location().strip_prefix(scene.server.public_url.as_str()).expect("the server's address");
    visit.browser.get(&scene.server, target)
}

const SIGNED_IN: [(&str, &str); 3] = [("name", "jane"), ("password", "correct horse"), ("answer", "allow")];

#[test]
fn whoever_signs_in_and_agrees_there_is_the_owner_of_the_token() {
    let scene = Scene::new();
    let (pages, mut visit) = (pages(&scene), scene.visit(CALLBACK));
    let sent = fill_in(&pages, &visit, &SIGNED_IN).expect(303);
    let back = follow(&scene, &mut visit, &sent).expect(303);
    assert!(back.location().starts_with(CALLBACK), "{}", back.location());
    let verifier = value_of(back.location(), "oauth_verifier").expect("a verifier");
    let token = Pair::from(&scene.dance(CALLBACK).exchange(&visit.temporary, &verifier).expect(200));
    assert_eq!(scene.owner_of(&token), "customer-4711");
}

#[test]
fn whoever_denies_there_needs_no_password_and_gives_nothing() {
    let scene = Scene::new();
    let (pages, mut visit) = (pages(&scene), scene.visit(CALLBACK));
    let sent = fill_in(&pages, &visit, &[("answer", "deny")]).expect(303);
    let back = follow(&scene, &mut visit, &sent).expect(303);
    assert_eq!(value_of(back.location(), "oauth_problem").as_deref(), Some("user_refused"));
    scene.dance(CALLBACK).exchange(&visit.temporary, "guess").refused(401, "user_refused");
    // The way back was used, and the page says so whoever comes again.
    let again = Request::get(&format!("/login?challenge={}", visit.challenge)).send(&pages);
    assert!(again.expect(410).body.contains("has ended"));
}

#[test]
fn a_wrong_password_there_leaves_the_request_open() {
    let scene = Scene::new();
    let (pages, mut visit) = (pages(&scene), scene.visit(CALLBACK));
    for (name, password) in [("jane", "wrong"), ("eve", ""), ("", ""), ("eve", "correct horse")] {
        let wrong = [("name", name), ("password", password), ("answer", "allow")];
        let told = fill_in(&pages, &visit, &wrong).expect(401);
        assert!(told.body.contains("Name or password is wrong."), "{}", told.body);
    }
    assert_eq!(support::admin::json(&scene.shown(&visit.challenge).expect(200))["state"], "pending");
    let sent = fill_in(&pages, &visit, &SIGNED_IN).expect(303);
    follow(&scene, &mut visit, &sent).expect(303);
}

#[test]
fn a_challenge_that_nobody_made_is_told_as_ended_there() {
    let scene = Scene::new();
    let pages = pages(&scene);
    for target in
        ["/login", "/login?challenge=guess", "/login?challenge=..%2F..%2Ftokens", "/login?challenge=%3Cb%3E"]
    {
        let told = Request::get(target).send(&pages).expect(410);
        assert!(told.body.contains("has ended") && !told.body.contains("<b>"), "{}", told.body);
    }
}

#[test]
fn the_example_has_60_lines_at_most_and_none_is_wide() {
    let text = fs::read_to_string(program()).expect("the example");
    let lines = text.lines().count();
    println!("pages.py: {lines} lines");
    assert!((30..=60).contains(&lines), "{lines}");
    assert_eq!(text.lines().find(|line| line.chars().count() > 120), None);
}

#[test]
fn form_that_is_not_utf8_is_refused_there() {
    let scene = Scene::new();
    let pages = pages(&scene);
    let mut bad = Request::new("POST", "/login").form("");
    bad.body = b"challenge=\xff&answer=allow".to_vec();
    assert!(bad.send(&pages).expect(400).body.contains("cannot be read"));
}

#[test]
fn server_that_is_down_is_told_there() {
    let scene = Scene::new();
    let pages = pages(&scene);
    scene.server.stop();
    assert!(Request::get("/login?challenge=a").send(&pages).expect(502).body.contains("in a minute"));
}
