//! What keeps an account its owner's: a new password, and the end of sessions that others may have.

mod support;

use support::{
    browser::Browser,
    http::{Answer, Request, form},
    place::Place,
    server::Server,
    until,
};

const PASSWORD: &str = "correct horse";
const NEW: &str = "battery staple";

struct Stage {
    server: Server,
    place: Place,
}

impl Stage {
    fn new() -> Self {
        let place = Place::new();
        place.add_user("jane", PASSWORD);
        place.add_user("mallory", PASSWORD);
        Self { server: place.server().start(), place }
    }

    fn signed_in(&self, name: &str) -> Browser {
        Browser::sign_in(&self.server, name, PASSWORD)
    }

    fn is_signed_in(&self, browser: &mut Browser) -> bool {
        browser.get(&self.server, "/account").status == 200
    }

    fn change(&self, browser: &mut Browser, current: &str, new: &str, again: &str) -> Answer {
        let csrf = csrf(&browser.get(&self.server, "/account").expect(200));
        let pairs = [("csrf", csrf.as_str()), ("current", current), ("new", new), ("again", again)];
        browser.post(&self.server, "/account/password", &pairs)
    }
}

#[track_caller]
fn csrf(page: &Answer) -> String {
    page.hidden("csrf").expect("csrf")
}

/// The names of the sessions that a page offers to end.
fn names(page: &Answer) -> Vec<String> {
    let after = page.body.split("name=\"session\" value=\"").skip(1);
    after.map(|rest| rest.split('"').next().expect("a value").to_owned()).collect()
}

#[test]
fn a_new_password_ends_every_other_session_and_renews_this_one() {
    let stage = Stage::new();
    let (mut jane, mut thief) = (stage.signed_in("jane"), stage.signed_in("jane"));
    let mut kept = jane.clone();
    let answer = stage.change(&mut jane, PASSWORD, NEW, NEW).expect(303);
    assert_eq!(answer.location(), "/account?told=password");
    let page = jane.get(&stage.server, "/account?told=password").expect(200);
    assert!(page.body.contains("Your password was changed"), "{}", page.body);
    assert!(!stage.is_signed_in(&mut thief) && !stage.is_signed_in(&mut kept), "nobody with an older cookie");
    Browser::default().try_sign_in(&stage.server, "jane", PASSWORD, "/").expect(401);
    Browser::sign_in(&stage.server, "jane", NEW);
}

#[test]
fn passwords_that_will_not_do_are_told_and_change_nothing() {
    let stage = Stage::new();
    let mut jane = stage.signed_in("jane");
    for (current, new, again, status, told) in [
        (PASSWORD, "short", "short", 422, "at least 8 characters"),
        (PASSWORD, NEW, "battery stable", 422, "differ"),
        ("a guess", NEW, NEW, 401, "The current password is wrong"),
        ("", NEW, NEW, 401, "The current password is wrong"),
    ] {
        let page = stage.change(&mut jane, current, new, again).expect(status);
        assert!(page.body.contains(told), "{told}: {}", page.body);
        assert!(!page.body.contains(NEW) && !page.body.contains(PASSWORD), "no password comes back");
    }
    Browser::sign_in(&stage.server, "jane", PASSWORD);
}

#[test]
fn guessing_the_password_from_a_stolen_session_is_slowed_down() {
    let stage = Stage::new();
    let mut thief = stage.signed_in("jane");
    let mut page = stage.change(&mut thief, "a guess", NEW, NEW);
    until("guesses are refused", || {
        page = stage.change(&mut thief, "a guess", NEW, NEW);
        page.status == 429
    });
    let wait: u64 = page.field("retry-after").expect("Retry-After").parse().expect("seconds");
    assert!(wait > 0 && page.body.contains("Too many attempts"), "{}", page.body);
    let right = stage.change(&mut thief, PASSWORD, NEW, NEW);
    assert!(right.status == 429, "the right password does not come through either: {}", right.status);
}

#[test]
fn sessions_are_listed_with_browser_and_address_and_end_one_by_one() {
    let stage = Stage::new();
    let mut jane = stage.signed_in("jane");
    let mut other = Browser::default();
    let page = other.get(&stage.server, "/login");
    let pairs = [("username", "jane"), ("password", PASSWORD), ("csrf", &page.hidden("csrf").expect("csrf"))];
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let request = Request::new("POST", "/login").form(&form(&pairs)).field("User-Agent", agent);
    other.send(&stage.server, request).expect(303);

    let page = jane.get(&stage.server, "/account").expect(200);
    for shown in ["Firefox on Linux", "An unknown browser", "127.0.0.1", "this one"] {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    let cookie = other.cookie("countersign").expect("a session");
    assert!(!page.body.contains(cookie), "no cookie can be made of the page");
    let [name] = &names(&page)[..] else { panic!("one other session: {}", page.body) };
    let pairs = [("csrf", csrf(&page)), ("session", name.clone())];
    let pairs = pairs.each_ref().map(|(name, value)| (*name, value.as_str()));
    let told = [(); 2]
        .map(|()| jane.post(&stage.server, "/account/sessions", &pairs).expect(303).location().to_owned());
    assert_eq!(told, ["/account?told=ended", "/account?told=gone"], "a double submit is told so");
    assert!(!stage.is_signed_in(&mut other) && stage.is_signed_in(&mut jane));
}

#[test]
fn all_other_sessions_end_at_once() {
    let stage = Stage::new();
    let mut others = [(); 3].map(|()| stage.signed_in("jane"));
    let (mut jane, mut mallory) = (stage.signed_in("jane"), stage.signed_in("mallory"));
    let csrf = csrf(&jane.get(&stage.server, "/account").expect(200));
    jane.post(&stage.server, "/account/sessions", &[("csrf", &csrf), ("others", "1")]).expect(303);
    assert!(stage.is_signed_in(&mut jane) && stage.is_signed_in(&mut mallory));
    assert!(others.iter_mut().all(|other| !stage.is_signed_in(other)));
    let page = jane.get(&stage.server, "/account").expect(200);
    assert!(names(&page).is_empty(), "{}", page.body);
}

#[test]
fn another_owners_session_cannot_be_ended_by_its_name() {
    let stage = Stage::new();
    let (mut first, mut jane) = (stage.signed_in("jane"), stage.signed_in("jane"));
    let name = names(&jane.get(&stage.server, "/account").expect(200)).remove(0);
    let mut mallory = stage.signed_in("mallory");
    let csrf = csrf(&mallory.get(&stage.server, "/account").expect(200));
    for what in [name.as_str(), "00000000000000000000000000000000"] {
        let pairs = [("csrf", csrf.as_str()), ("session", what)];
        let answer = mallory.post(&stage.server, "/account/sessions", &pairs).expect(303);
        assert_eq!(answer.location(), "/account?told=gone");
    }
    for what in ["", "%", &name.to_ascii_uppercase(), &name[1..]] {
        let pairs = [("csrf", csrf.as_str()), ("session", what)];
        let answer = mallory.post(&stage.server, "/account/sessions", &pairs);
        assert!(answer.status == 400 || answer.location().ends_with("gone"), "{what}");
    }
    assert!(stage.is_signed_in(&mut first) && stage.is_signed_in(&mut jane));
}

#[test]
fn forged_and_stale_forms_change_no_password_and_end_no_session() {
    let stage = Stage::new();
    let (mut jane, mut other) = (stage.signed_in("jane"), stage.signed_in("jane"));
    let page = jane.get(&stage.server, "/account").expect(200);
    let (csrf, name) = (csrf(&page), names(&page).remove(0));
    let hers = stage.signed_in("mallory").get(&stage.server, "/account").hidden("csrf").expect("csrf");
    let posts = |csrf: &str| {
        let password = [("csrf", csrf), ("current", PASSWORD), ("new", NEW), ("again", NEW)];
        [
            Request::new("POST", "/account/password").form(&form(&password)),
            Request::new("POST", "/account/sessions").form(&form(&[("csrf", csrf), ("session", &name)])),
            Request::new("POST", "/account/sessions").form(&form(&[("csrf", csrf), ("others", "1")])),
        ]
    };
    for forged in ["", "x", &csrf[1..], &hers] {
        posts(forged).into_iter().for_each(|post| drop(jane.send(&stage.server, post).expect(403)));
    }
    for (field, value) in [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")] {
        for post in posts(&csrf) {
            jane.send(&stage.server, post.field(field, value)).expect(403);
        }
    }
    posts(&csrf).into_iter().for_each(|post| drop(post.send(&stage.server).expect(403)));
    assert!(stage.is_signed_in(&mut other));
    // A form from before she signed in anew.
    jane.try_sign_in(&stage.server, "jane", PASSWORD, "/").expect(303);
    posts(&csrf).into_iter().for_each(|post| drop(jane.send(&stage.server, post).expect(403)));
    assert!(stage.is_signed_in(&mut other));
    Browser::sign_in(&stage.server, "jane", PASSWORD);
}

#[test]
fn hostile_browser_names_and_accounts_are_shown_and_never_run() {
    let stage = Stage::new();
    stage.place.add_user("<script>alert(1)</script>", PASSWORD);
    let mut browser = Browser::default();
    let csrf = browser.get(&stage.server, "/login").hidden("csrf").expect("csrf");
    let pairs = [("username", "<script>alert(1)</script>"), ("password", PASSWORD), ("csrf", &csrf)];
    let agent = format!("<script>alert(2)</script>{}", "x".repeat(2000));
    let request = Request::new("POST", "/login").form(&form(&pairs)).field("User-Agent", &agent);
    browser.send(&stage.server, request).expect(303);
    let page = browser.get(&stage.server, "/account").expect(200);
    assert!(!page.body.contains("<script") && page.body.contains("&lt;script&gt;alert(2)"), "{}", page.body);
    assert!(!page.body.contains(&"x".repeat(300)), "no more than a line of it is kept");
}

#[test]
fn account_pages_lead_whoever_is_not_signed_in_to_sign_in() {
    let stage = Stage::new();
    let mut nobody = Browser::default();
    assert_eq!(nobody.get(&stage.server, "/account").expect(303).location(), "/login?next=%2Faccount");
    let asked = nobody.get(&stage.server, "/account?told=gone&a=%2F%26").expect(303);
    assert_eq!(asked.location(), "/login?next=%2Faccount%3Ftold%3Dgone%26a%3D%252F%2526");
    let back = nobody.try_sign_in(&stage.server, "jane", PASSWORD, "/account?told=gone&a=%2F%26").expect(303);
    assert_eq!(back.location(), "/account?told=gone&a=%2F%26");
    let mut nobody = Browser::default();
    for path in ["/account/password", "/account/sessions", "/account/connections"] {
        nobody.post(&stage.server, path, &[("csrf", ""), ("others", "1")]).expect(403);
    }
}

#[test]
fn link_that_says_what_was_never_done_is_not_believed() {
    let stage = Stage::new();
    let mut jane = stage.signed_in("jane");
    for target in ["/account?told=password", "/account?told=others", "/account/connections?told=revoked"] {
        let page = jane.get(&stage.server, target).expect(200);
        assert!(!page.body.contains("role=\"status\""), "{target}: {}", page.body);
    }
    let csrf = csrf(&jane.get(&stage.server, "/account").expect(200));
    let ended = jane.post(&stage.server, "/account/sessions", &[("csrf", &csrf), ("others", "1")]);
    let proof = ended.expect(303).fields.into_iter().map(|(_, value)| value);
    let proof = proof.filter(|value| value.starts_with("countersign-told=")).collect::<Vec<_>>();
    assert_eq!(proof, ["countersign-told=others; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"]);
    let said = jane.get(&stage.server, "/account?told=others").expect(200);
    assert!(said.body.contains("You are signed out everywhere else."), "{}", said.body);
    let other = jane.get(&stage.server, "/account?told=password").expect(200);
    assert!(!other.body.contains("role=\"status\""), "{}", other.body);
}

/// The fields that a page says its message is about.
fn invalid(page: &Answer) -> Vec<String> {
    let fields = page.body.split("<input ").skip(1).filter_map(|rest| rest.split_once('>'));
    let tied =
        fields.filter(|(field, _)| field.contains(" aria-describedby=\"problem\" aria-invalid=\"true\""));
    tied.filter_map(|(field, _)| field.split('"').nth(1)).map(Into::into).collect()
}

#[test]
fn what_is_wrong_with_a_password_is_told_at_its_field() {
    let stage = Stage::new();
    let mut jane = stage.signed_in("jane");
    for (current, new, again, fields) in [
        (PASSWORD, "short", "short", &["new"][..]),
        (PASSWORD, NEW, "battery stable", &["new", "again"]),
        ("a guess", NEW, NEW, &["current"]),
    ] {
        let page = stage.change(&mut jane, current, new, again);
        assert_eq!(invalid(&page), fields, "{}", page.body);
    }
}
