//! What attackers, and clumsy backends, do.

use crate::{
    scene::{CALLBACK, PAGES, Scene},
    support::{
        admin::{Admin, ROOT, key},
        browser::Browser,
        http::{Answer, Line, Request, value_of},
    },
};
use serde_json::json as body;
use std::collections::BTreeSet;

#[test]
fn a_challenge_of_another_browser_is_refused_and_stays_for_its_own() {
    let scene = Scene::new();
    let (mut visit, mut stranger) = (scene.visit(CALLBACK), scene.visit(CALLBACK).browser);
    let accepted = scene.accept(&visit.challenge, "jane").expect(200);
    // Whoever is lured to the operator's page with another one's challenge comes back with it, and gives that one nothing.
    scene.follow(&mut stranger, &accepted).expect(403);
    scene.follow(&mut Browser::default(), &accepted).expect(403);
    scene.follow(&mut visit.browser, &accepted).expect(303);
}

#[test]
fn whoever_began_cannot_go_on_with_the_answer_of_somebody_else() {
    let scene = Scene::new();
    let (mut attacker, other) = (scene.visit(CALLBACK), scene.visit(CALLBACK));
    let way_back = scene.way_back(&scene.accept(&attacker.challenge, "jane").expect(200));
    let others = scene.way_back(&scene.accept(&other.challenge, "jane").expect(200));
    let challenge = &attacker.challenge;
    let code = value_of(&way_back, "code").expect("a code");
    for guessed in [
        "",
        "x",
        challenge,
        &code[..code.len() - 1],
        &code.to_lowercase(),
        &value_of(&others, "code").expect("a code"),
    ] {
        let target = format!(
            "/authorize/continue?challenge={challenge}&code={}",
            countersign_core::percent::encode(guessed)
        );
        attacker.browser.get(&scene.server, &target).expect(403);
    }
    attacker.browser.get(&scene.server, &format!("/authorize/continue?challenge={challenge}")).expect(403);
    attacker.browser.get(&scene.server, &way_back).expect(303);
}

#[test]
fn an_answered_challenge_used_twice_grants_once() {
    let scene = Scene::new();
    for answer in ["accept", "reject"] {
        let mut visit = scene.visit(CALLBACK);
        let answered = if answer == "accept" {
            scene.accept(&visit.challenge, "jane")
        } else {
            scene.reject(&visit.challenge)
        };
        let first = scene.follow(&mut visit.browser, &answered.clone().expect(200)).expect(303);
        let second = scene.follow(&mut visit.browser, &answered).expect(401);
        assert!(second.body.contains("This link was already used") && second.field("location").is_none());
        if let Some(verifier) = value_of(first.location(), "oauth_verifier") {
            scene.dance(CALLBACK).exchange(&visit.temporary, &verifier).expect(200);
        }
    }
}

#[test]
fn a_challenge_used_by_many_at_once_grants_once() {
    let scene = Scene::new();
    let visit = scene.visit(CALLBACK);
    let accepted = scene.accept(&visit.challenge, "jane").expect(200);
    let follow = || scene.follow(&mut visit.browser.clone(), &accepted).expect_one_of(&[303, 401]).status;
    assert_eq!(at_once(follow).into_iter().filter(|status| *status == 303).count(), 1);
}

#[test]
fn a_challenge_answered_by_many_at_once_keeps_one_answer() {
    let scene = Scene::new();
    let visit = scene.visit(CALLBACK);
    let owner = std::sync::atomic::AtomicU64::new(0);
    let answer = || {
        let number = owner.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        scene.accept(&visit.challenge, &format!("owner-{number}")).expect_one_of(&[200, 409]).status
    };
    assert_eq!(at_once(answer).into_iter().filter(|status| *status == 200).count(), 1);
}

fn at_once(send: impl Fn() -> u16 + Sync) -> Vec<u16> {
    std::thread::scope(|scope| {
        let senders: Vec<_> = (0..8).map(|_| scope.spawn(&send)).collect();
        senders.into_iter().map(|sender| sender.join().expect("an answer")).collect()
    })
}

#[test]
fn an_expired_challenge_is_one_that_never_was() {
    let scene = Scene::new();
    let (mut answered, mut asked) = (scene.visit(CALLBACK), scene.visit(CALLBACK));
    let accepted = scene.accept(&answered.challenge, "jane").expect(200);
    scene.sql("UPDATE challenges SET expires = 1");
    let unknown = scene.shown("unknown").expect(404).body;
    assert_eq!(scene.shown(&asked.challenge).expect(404).body, unknown);
    assert_eq!(scene.accept(&asked.challenge, "jane").expect(404).body, unknown);
    assert_eq!(scene.reject(&asked.challenge).expect(404).body, unknown);
    assert_eq!(scene.accept(&answered.challenge, "jane").expect(404).body, unknown);
    let late = scene.follow(&mut answered.browser, &accepted).expect(403);
    assert_eq!(late.body, asked.browser.get(&scene.server, "/authorize/continue").expect(403).body);
}

#[test]
fn a_challenge_outlives_its_request_for_access_in_vain() {
    let scene = Scene::new();
    let mut visit = scene.visit(CALLBACK);
    let accepted = scene.accept(&visit.challenge, "jane").expect(200);
    scene.sql("UPDATE temporaries SET expires = 1");
    scene.shown(&visit.challenge).expect(404);
    scene.follow(&mut visit.browser, &accepted).expect(401);
}

#[test]
fn a_second_challenge_of_a_granted_request_is_over() {
    let scene = Scene::new();
    let mut first = scene.visit(CALLBACK);
    let mut second = scene.visit_with(Browser::default(), first.temporary.clone());
    let mut third = scene.visit_with(Browser::default(), first.temporary.clone());
    let accepted = scene.accept(&first.challenge, "jane").expect(200);
    let eve = scene.accept(&second.challenge, "eve").expect(200);
    scene.follow(&mut first.browser, &accepted).expect(303);
    // The owner is whose answer came first, and no verifier is made for another one.
    scene.follow(&mut second.browser, &eve).expect(401);
    scene.shown(&third.challenge).expect(404);
    scene.accept(&third.challenge, "eve").expect(404);
    scene.reject(&third.challenge).expect(404);
    third.browser.consent(&scene.server, &third.temporary).expect(401);
}

#[test]
fn a_revoked_key_answers_nothing() {
    let scene = Scene::new();
    let visit = scene.visit(CALLBACK);
    scene.shown(&visit.challenge).expect(200);
    scene.place.done(&["api-key", "revoke", "1"], "");
    scene.shown(&visit.challenge).problem_about(401, None);
    scene.accept(&visit.challenge, "jane").problem_about(401, None);
    scene.reject(&visit.challenge).problem_about(401, None);
}

#[test]
fn a_key_without_the_scope_answers_nothing() {
    let scene = Scene::new();
    let visit = scene.visit(CALLBACK);
    let other = key(&scene.place, &["tokens:write", "accounts:write", "applications:write"], &[]);
    let other = Admin { server: &scene.server, key: &other };
    let path = format!("/challenges/{}", visit.challenge);
    other.get(&path).problem_about(403, None);
    other.send("POST", &format!("{path}/accept"), &body!({ "owner": "jane" })).problem_about(403, None);
    other.act("POST", &format!("{path}/reject")).problem_about(403, None);
    Request::get(&format!("{ROOT}{path}")).send(&scene.server).problem_about(401, None);
    scene.accept(&visit.challenge, "jane").expect(200);
}

#[test]
fn an_owner_with_control_characters_or_without_an_end_is_refused() {
    let scene = Scene::new();
    let visit = scene.visit(CALLBACK);
    let long = "x".repeat(256);
    for owner in ["", " ", "jane ", "ja\0ne", "jane\r\nX: y", "jane\u{7f}", "jane\u{85}", &long] {
        scene.accept(&visit.challenge, owner).problem_about(422, Some("owner"));
    }
    let path = format!("/challenges/{}/accept", visit.challenge);
    for (sent, field) in [
        (body!({}), Some("owner")),
        (body!({ "owner": 4711 }), Some("owner")),
        (body!({ "owner": "jane", "scopes": [] }), Some("scopes")),
        (body!([]), None),
    ] {
        scene.backend().send("POST", &path, &sent).problem_about(400, field);
    }
    scene.accept(&visit.challenge, &"x".repeat(255)).expect(200);
}

#[test]
fn a_disabled_account_is_granted_nothing_in_its_name() {
    let scene = Scene::new();
    scene.place.add_user("jane", "correct horse");
    let mut visit = scene.visit(CALLBACK);
    scene.place.done(&["user", "disable", "jane"], "");
    scene.accept(&visit.challenge, "jane").problem_about(422, Some("owner"));
    scene.place.done(&["user", "enable", "jane"], "");
    let accepted = scene.accept(&visit.challenge, "jane").expect(200);
    scene.place.done(&["user", "disable", "jane"], "");
    scene.follow(&mut visit.browser, &accepted).expect(403);
    scene.place.done(&["user", "enable", "jane"], "");
    scene.follow(&mut visit.browser, &accepted).expect(303);
}

#[test]
fn an_application_for_its_owner_alone_is_granted_nothing_by_others() {
    let scene = Scene::new();
    scene.place.add_user("jane", "correct horse");
    scene.sql("UPDATE clients SET owner = 'jane', owner_only = 1");
    let visit = scene.visit(CALLBACK);
    scene.accept(&visit.challenge, "eve").problem_about(422, Some("owner"));
    scene.accept(&visit.challenge, "jane").expect(200);
}

#[test]
fn a_suspended_application_is_granted_nothing() {
    let scene = Scene::new();
    let (mut answered, asked) = (scene.visit(CALLBACK), scene.visit(CALLBACK));
    let accepted = scene.accept(&answered.challenge, "jane").expect(200);
    scene.place.done(&["client", "disable", &scene.client.id], "");
    crate::support::until("the server looks it up anew", || scene.shown(&asked.challenge).status == 409);
    scene.accept(&asked.challenge, "jane").problem_about(409, None);
    scene.follow(&mut answered.browser, &accepted).expect(401);
}

#[test]
fn nothing_that_a_link_says_leads_to_another_site() {
    let (scene, mut browser) = (Scene::new(), Browser::default());
    let temporary = scene.dance(CALLBACK).initiate();
    for more in [
        "next=//evil.test",
        "url=https://evil.test",
        "challenge=x",
        "xoauth_lang_pref=%26challenge%3Dx",
        "xoauth_lang_pref=%0d%0aLocation:%20https://evil.test",
        "oauth_callback=https://evil.test",
    ] {
        let sent = browser
            .get(&scene.server, &format!("/oauth/authorize?oauth_token={}&{more}", temporary.id))
            .expect(303);
        let (address, query) = sent.location().split_once("&challenge=").expect("a challenge");
        assert!(
            address == PAGES && !query.contains("&challenge=") && !query.contains("evil.test/"),
            "{}",
            sent.location()
        );
        assert!(sent.fields.iter().filter(|(name, _)| name == "location").count() == 1);
    }
    for token in ["", "unknown", "https://evil.test", "%00", "%FF", "a&oauth_token=b"] {
        let page = browser.get(&scene.server, &format!("/oauth/authorize?oauth_token={token}"));
        assert!(
            (400..500).contains(&page.status) && page.field("location").is_none(),
            "{token}: {}",
            page.status
        );
    }
    for target in [
        "challenge=//evil.test&code=//evil.test",
        "challenge=x&code=x&next=//evil.test",
        "challenge=a&challenge=b",
    ] {
        let page = browser.get(&scene.server, &format!("/authorize/continue?{target}"));
        assert!(
            (400..500).contains(&page.status) && page.field("location").is_none(),
            "{target}: {}",
            page.status
        );
    }
}

#[test]
fn guessed_challenges_are_told_alike() {
    let scene = Scene::new();
    let (mut visit, long) = (scene.visit(CALLBACK), "x".repeat(10_000));
    let other = scene.visit(CALLBACK);
    let (begin, last) = visit.challenge.split_at(visit.challenge.len() - 1);
    let almost = format!("{begin}{}", if last == "0" { "1" } else { "0" });
    let hash = "0".repeat(64);
    let guesses = ["x", "%00", "%FF", "..%2f", "'%20OR%201=1", "a%0d%0ab", &long, &almost, &hash];
    let told: BTreeSet<String> = guesses
        .iter()
        .flat_map(|guess| [scene.shown(guess), scene.accept(guess, "jane"), scene.reject(guess)])
        .map(|answer| answer.expect(404).body)
        .collect();
    assert_eq!(told.len(), 1, "{told:?}");
    let own = visit.challenge.clone();
    let pages: BTreeSet<String> = guesses
        .iter()
        .copied()
        .chain([own.as_str(), other.challenge.as_str()])
        .map(|guess| format!("/authorize/continue?challenge={guess}&code=x"))
        .map(|target| visit.browser.get(&scene.server, &target).expect(403).body)
        .collect();
    assert_eq!(pages.len(), 1, "{pages:?}");
}

#[test]
fn looking_ahead_uses_up_nothing() {
    let scene = Scene::new();
    let mut visit = scene.visit(CALLBACK);
    let accepted = scene.accept(&visit.challenge, "jane").expect(200);
    let target = scene.way_back(&accepted);
    let cookie = visit
        .browser
        .cookies
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect::<Vec<_>>()
        .join("; ");
    let looked = head(&scene, &target, &cookie);
    assert_eq!((looked.status, looked.field("location")), (405, None));
    visit.browser.post(&scene.server, &target, &[]).expect(405);
    scene.follow(&mut visit.browser, &accepted).expect(303);
}

/// An answer to HEAD has a length and no body: its head alone is read.
fn head(scene: &Scene, target: &str, cookie: &str) -> Answer {
    let request = Request::new("HEAD", target).field("Cookie", cookie);
    let mut line = Line::open(scene.server.address).expect("a connection");
    line.send(&request.bytes(&scene.server.public_url)).expect("sent");
    line.head().expect("an answer")
}

#[test]
fn neither_challenge_nor_code_is_stored_or_logged() {
    let scene = Scene::with(&[("COUNTERSIGN_LOG_LEVEL", "trace")]);
    let mut visit = scene.visit(CALLBACK);
    let accepted = scene.accept(&visit.challenge, "jane").expect(200);
    let code = value_of(&scene.way_back(&accepted), "code").expect("a code");
    scene.follow(&mut visit.browser, &accepted).expect(303);
    let secret = visit.browser.cookie("countersign-challenge").expect("a cookie").to_owned();
    let log = String::from_utf8_lossy(&scene.server.log()).into_owned();
    let stored =
        ["x.db", "x.db-wal"].map(|name| std::fs::read(scene.place.path().join(name)).unwrap_or_default());
    let stored = String::from_utf8_lossy(&stored.concat()).into_owned();
    for needle in [&visit.challenge, &code, &secret] {
        assert!(!stored.contains(needle.as_str()), "{needle} is stored");
        assert!(!log.contains(needle.as_str()), "{needle} is logged");
    }
    assert!(stored.contains(&visit.temporary.id), "the database is not read");
}
