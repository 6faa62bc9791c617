//! Who is signed in, and what guessing, copied cookies and fixed sessions are worth.

use super::*;

#[test]
fn session_fixed_by_an_attacker_is_worth_nothing_after_sign_in() {
    let stage = Stage::new();
    stage.place.add_user("mallory", PASSWORD);
    let mut mallory = Browser::sign_in(&stage.server, "mallory", PASSWORD);
    let planted = mallory.cookie("countersign").expect("a session").to_owned();

    let mut victim = mallory.clone();
    victim.try_sign_in(&stage.server, "jane", PASSWORD, "/").expect(303);
    assert_ne!(victim.cookie("countersign"), Some(planted.as_str()));
    assert!(stage.is_signed_in(&mut victim) && !stage.is_signed_in(&mut mallory));

    let mut invented = Browser::default();
    invented.cookies.push(("countersign".into(), "x".repeat(32)));
    invented.try_sign_in(&stage.server, "jane", PASSWORD, "/").expect(303);
    assert_ne!(invented.cookie("countersign"), Some("x".repeat(32).as_str()));
}

#[test]
fn form_of_somebody_who_is_not_signed_in_lives_an_hour_from_when_it_is_shown() {
    let stage = Stage::new();
    let mut jane = Browser::default();
    let first = jane.get(&stage.server, "/login").expect(200).hidden("csrf").expect("csrf");
    let again = jane.get(&stage.server, "/login").expect(200);
    assert_eq!(again.hidden("csrf"), Some(first.clone()), "a page in another tab can still be sent");
    let renewed = again.field("set-cookie").expect("the cookie once more");
    assert!(renewed.starts_with(&format!("countersign-form={first};")), "{renewed}");
    assert!(renewed.contains("Max-Age=3600"), "{renewed}");
    let failed = jane.try_sign_in(&stage.server, "jane", "wrong password", "/").expect(401);
    assert!(failed.field("set-cookie").is_some_and(|cookie| cookie.contains(&*first)), "{failed:?}");
}

#[test]
fn cookie_that_we_never_set_is_not_given_back_as_ours() {
    let stage = Stage::new();
    for planted in ["\"".repeat(32), ",".repeat(32), "x".repeat(31)] {
        let request = Request::get("/login").field("Cookie", &format!("countersign-form={planted}"));
        let answer = request.send(&stage.server).expect(200);
        let set = answer.field("set-cookie").expect("a new one");
        assert!(!set.contains(&*planted), "{set}");
    }
}

#[test]
fn unknown_account_and_wrong_password_are_answered_alike() {
    let stage = Stage::new();
    stage.place.add_user("gone", PASSWORD);
    stage.place.done(&["user", "disable", "gone"], "");
    let answer = |name: &str, password: &str| {
        let answer = Browser::default().try_sign_in(&stage.server, name, password, "/").expect(401);
        let csrf = answer.hidden("csrf").expect("csrf");
        answer.body.replace(&csrf, "CSRF").replace(name, "NAME")
    };
    let wrong = answer("jane", "wrong password");
    assert_eq!(wrong, answer("nobody", "wrong password"));
    assert_eq!(wrong, answer("gone", PASSWORD));
}

#[test]
fn guessing_is_slowed_down_more_and_more() {
    let stage = Stage::new();
    let guess = || Browser::default().try_sign_in(&stage.server, "jane", "wrong password", "/");
    // All at once: what runs in parallel counts too.
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let guesses: Vec<_> = (0..12).map(|_| scope.spawn(|| guess().status)).collect();
        guesses.into_iter().map(|guess| guess.join().expect("an answer")).collect()
    });
    let checked = statuses.iter().filter(|status| **status == 401).count();
    assert!(statuses.iter().all(|status| [401, 429].contains(status)) && checked <= 6, "{statuses:?}");

    let mut waits = Vec::new();
    until("the delay grows", || {
        let answer = guess();
        if answer.status == 429 {
            let wait: u64 = answer.field("retry-after").expect("Retry-After").parse().expect("seconds");
            assert!(answer.body.contains("Too many attempts"), "{}", answer.body);
            waits.push(wait);
        }
        waits.iter().max().is_some_and(|most| *most >= 4)
    });
    let right = Browser::default().try_sign_in(&stage.server, "jane", PASSWORD, "/");
    assert_eq!(right.status, 429, "the right password does not come through either");
    Browser::default().try_sign_in(&stage.server, "joe", PASSWORD, "/").expect(401);
}

#[test]
fn signing_out_ends_the_session_for_whoever_kept_the_cookie() {
    let stage = Stage::new();
    let mut jane = stage.jane();
    let mut thief = jane.clone();
    let csrf = jane.get(&stage.server, "/").hidden("csrf").expect("csrf");
    jane.post(&stage.server, "/logout", &[("csrf", "forged")]).expect(403);
    assert!(stage.is_signed_in(&mut thief), "a forged form signs nobody out");

    jane.post(&stage.server, "/logout", &[("csrf", &csrf)]).expect(200);
    assert_eq!(jane.cookie("countersign"), None);
    assert!(!stage.is_signed_in(&mut thief));
    let database = rusqlite::Connection::open(stage.place.database()).expect("the database");
    let sessions: u32 =
        database.query_row("SELECT count(*) FROM sessions", [], |row| row.get(0)).expect("a count");
    assert_eq!(sessions, 0);
}

#[test]
fn disabled_account_loses_its_sessions_and_its_tokens() {
    let stage = Stage::new();
    let mut jane = stage.jane();
    let token = stage.dance(CALLBACK).whole(&mut jane);
    let temporary = stage.dance(CALLBACK).initiate();
    let csrf = jane.consent(&stage.server, &temporary).hidden("csrf").expect("csrf");
    let whoami = || Call::get("/api/whoami", &stage.client).token(&token).send(&stage.server);
    whoami().expect(200);

    stage.place.done(&["user", "disable", "jane"], "");
    assert!(!stage.is_signed_in(&mut jane));
    let pairs = [("oauth_token", temporary.id.as_str()), ("decision", "grant"), ("csrf", &csrf)];
    let asked_again = jane.post(&stage.server, "/oauth/authorize", &pairs).expect(303);
    assert!(asked_again.location().starts_with("/login?next="), "{}", asked_again.location());
    let start = std::time::Instant::now();
    until("the token is refused", || whoami().status == 401);
    assert!(start.elapsed().as_secs() <= 5, "{:?}", start.elapsed());
    whoami().refused(401, "token_rejected");
}

#[test]
fn cookies_are_out_of_reach_of_scripts_and_of_http() {
    let place = Place::new();
    place.add_user("jane", PASSWORD);
    for (url, name, end) in [
        ("http://countersign.test", "countersign", "HttpOnly; SameSite=Lax"),
        ("https://countersign.test", "__Host-countersign", "HttpOnly; SameSite=Lax; Secure"),
    ] {
        let server =
            place.server().public_url(url).set("COUNTERSIGN_TLS_TERMINATED_UPSTREAM", "true").start();
        let mut browser = Browser::default();
        let page = Request::get("/login").send(&server).expect(200);
        let signed_in = browser.try_sign_in(&server, "jane", PASSWORD, "/").expect(303);
        let names = [format!("{name}-form="), format!("{name}=")];
        for (answer, name) in [page, signed_in].iter().zip(names) {
            let cookie = answer.field("set-cookie").expect("a cookie");
            assert!(
                cookie.starts_with(&name) && cookie.ends_with(end) && cookie.contains("; Path=/;"),
                "{cookie}"
            );
        }
    }
}
