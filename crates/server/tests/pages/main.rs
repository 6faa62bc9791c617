//! The pages against those who attack their visitors: framing, forged forms, fixed sessions, open redirects, guessing.

#[path = "../support/mod.rs"]
mod support;

mod errors;
mod sessions;

use support::{
    browser::Browser,
    client::{Call, Dance, Pair},
    http::{Answer, Request, form},
    place::Place,
    server::Server,
    until,
};

const CALLBACK: &str = "http://127.0.0.1/ready";
const PASSWORD: &str = "correct horse";
/// The one script that is ours.
const COPY: &str = "<script src=\"/assets/copy.js\" defer></script>";

struct Stage {
    server: Server,
    place: Place,
    client: Pair,
}

impl Stage {
    fn new() -> Self {
        Self::with_name("Printer")
    }

    fn with_name(name: &str) -> Self {
        let place = Place::new();
        place.add_user("jane", PASSWORD);
        let client =
            place.add_client(&["--name", name, "--callback", CALLBACK, "--allow-oob", "--scope", "photos"]);
        Self { server: place.server().start(), place, client }
    }

    fn jane(&self) -> Browser {
        Browser::sign_in(&self.server, "jane", PASSWORD)
    }

    fn dance<'a>(&'a self, callback: &'a str) -> Dance<'a> {
        Dance { server: &self.server, client: &self.client, callback }
    }

    fn is_signed_in(&self, browser: &mut Browser) -> bool {
        browser.get(&self.server, "/").expect(200).body.contains("Signed in as")
    }
}

/// Asserts what every page has, and gives it back.
#[track_caller]
fn guarded(page: Answer, form_to: &str) -> Answer {
    allowing(page, &format!("form-action 'self'{form_to}"), "")
}

/// The same for a page on which our own script may run, and no other.
#[track_caller]
fn copyable(page: Answer) -> Answer {
    assert_eq!(page.body.matches(COPY).count(), 1, "{}", page.body);
    allowing(page, "script-src 'self'; form-action 'self'", COPY)
}

#[track_caller]
fn allowing(page: Answer, allowed: &str, script: &str) -> Answer {
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; {allowed}; frame-ancestors 'none'; base-uri 'none'"
    );
    for (name, value) in [
        ("content-security-policy", policy.as_str()),
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
    ] {
        assert_eq!(page.field(name), Some(value), "{name}: {} {:?} {}", page.status, page.fields, page.body);
    }
    let handler =
        |rest: &str| rest.trim_start_matches(|char: char| char.is_ascii_lowercase()).starts_with('=');
    let body = page.body.replacen(script, "", 1);
    assert!(!body.split(" on").skip(1).any(handler), "inline code: {body}");
    assert!(!body.contains("<script") && !body.contains(" style="), "inline code: {body}");
    page
}

#[test]
fn every_page_is_unframeable_uncached_and_without_inline_code() {
    let stage = Stage::new();
    let (server, mut nobody, mut jane) = (&stage.server, Browser::default(), stage.jane());
    for (target, status) in [
        ("/", 200),
        ("/login", 200),
        ("/help/nonce_used", 200),
        ("/denied", 200),
        ("/nowhere", 404),
        ("/help/nonsense", 404),
        ("/login?next=%ff", 200),
        ("/login?next=/a&next=/b", 400),
        ("/help/%ff", 400),
        ("/logout", 405),
    ] {
        let page = guarded(nobody.get(server, target), "");
        assert_eq!(page.status, status, "{target}");
    }
    guarded(jane.get(server, "/").expect(200), "");
    guarded(jane.get(server, "/oauth/authorize?oauth_token=none").expect(401), "");
    guarded(jane.get(server, "/oauth/authorize").expect(400), "");
    guarded(jane.get(server, "/oauth/authorize?oauth_token=%ff").expect(400), "");
    guarded(nobody.try_sign_in(server, "jane", "wrong password", "/").expect(401), "");
    for path in ["/login", "/logout", "/oauth/authorize"] {
        guarded(jane.post(server, path, &[]), "");
        guarded(jane.send(server, Request::new("POST", path).field("Content-Type", "text/plain")), "");
        guarded(jane.send(server, Request::new("POST", path).form("csrf=%ff&csrf=2")), "");
    }
    let temporary = stage.dance(CALLBACK).initiate();
    guarded(jane.consent(server, &temporary).expect(200), " http://127.0.0.1");
    let temporary = stage.dance("oob").initiate();
    guarded(jane.consent(server, &temporary).expect(200), "");
    let page = copyable(jane.answer(server, &temporary, "grant").expect(200));
    assert!(page.body.contains("id=\"verifier\""));
    let csrf = jane.get(server, "/").hidden("csrf").expect("csrf");
    guarded(jane.post(server, "/logout", &[("csrf", &csrf)]).expect(200), "");
}

#[test]
fn forged_sign_in_is_refused() {
    let stage = Stage::new();
    let mut browser = Browser::default();
    let csrf = browser.get(&stage.server, "/login").hidden("csrf").expect("csrf");
    let with = |csrf: &str| form(&[("username", "jane"), ("password", PASSWORD), ("csrf", csrf)]);
    let post = |csrf: &str| Request::new("POST", "/login").form(&with(csrf));
    for forged in ["", "x", &csrf[1..], &csrf.to_ascii_lowercase()] {
        browser.send(&stage.server, post(forged)).expect(403);
    }
    // Right token, but no cookie; right both, but sent from elsewhere.
    post(&csrf).send(&stage.server).expect(403);
    post("").field("Cookie", "countersign-form=").send(&stage.server).expect(403);
    for (name, value) in elsewhere() {
        browser.send(&stage.server, post(&csrf).field(name, value)).expect(403);
    }
    browser.send(&stage.server, post(&csrf).field("Sec-Fetch-Site", "same-origin")).expect(303);
}

/// What a browser says of a form that another site sends.
fn elsewhere() -> [(&'static str, &'static str); 7] {
    [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Sec-Fetch-Site", "none"),
        ("Origin", "https://evil.example"),
        ("Origin", "https://countersign.test"),
        ("Origin", "http://countersign.test.evil.example"),
        ("Origin", "null"),
    ]
}

#[test]
fn forged_consent_is_refused_and_leaves_the_question_open() {
    let stage = Stage::new();
    stage.place.add_user("mallory", PASSWORD);
    let (mut jane, mut mallory) = (stage.jane(), Browser::sign_in(&stage.server, "mallory", PASSWORD));
    let temporary = stage.dance(CALLBACK).initiate();
    let csrf = jane.consent(&stage.server, &temporary).hidden("csrf").expect("csrf");
    let hers = mallory.consent(&stage.server, &temporary).hidden("csrf").expect("csrf");
    let post = |csrf: &str| {
        let form = form(&[("oauth_token", &temporary.id), ("decision", "grant"), ("csrf", csrf)]);
        Request::new("POST", "/oauth/authorize").form(&form)
    };
    for forged in ["", "x", &csrf[1..], &hers] {
        jane.send(&stage.server, post(forged)).expect(403);
    }
    post(&csrf).send(&stage.server).expect(403);
    for (name, value) in elsewhere() {
        jane.send(&stage.server, post(&csrf).field(name, value)).expect(403);
    }
    let undecided = form(&[("oauth_token", &temporary.id), ("csrf", &csrf)]);
    jane.send(&stage.server, Request::new("POST", "/oauth/authorize").form(&undecided)).expect(400);

    jane.send(&stage.server, post(&csrf)).expect(303);
    let again = form(&[("oauth_token", &temporary.id), ("decision", "deny"), ("csrf", &csrf)]);
    jane.send(&stage.server, Request::new("POST", "/oauth/authorize").form(&again)).expect(401);
}

#[test]
fn button_that_is_pressed_twice_is_answered_the_same_twice() {
    let stage = Stage::new();
    let mut jane = stage.jane();
    for callback in [CALLBACK, "oob"] {
        let temporary = stage.dance(callback).initiate();
        let csrf = jane.consent(&stage.server, &temporary).hidden("csrf").expect("csrf");
        let form = form(&[("oauth_token", &temporary.id), ("decision", "grant"), ("csrf", &csrf)]);
        let cookie = format!("countersign={}", jane.cookie("countersign").expect("a cookie"));
        let press = || {
            Request::new("POST", "/oauth/authorize").form(&form).field("Cookie", &cookie).send(&stage.server)
        };
        let answers: Vec<_> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..8).map(|_| scope.spawn(press)).collect();
            all.into_iter().map(|one| one.join().expect("an answer")).collect()
        });
        let told = |answer: &crate::support::http::Answer| {
            (answer.status, answer.field("location").map(ToOwned::to_owned), answer.body.clone())
        };
        assert!(answers.iter().all(|answer| told(answer) == told(&answers[0])), "{:?}", told(&answers[0]));
        assert_eq!(answers[0].status, if callback == "oob" { 200 } else { 303 });
        let again = jane.consent(&stage.server, &temporary);
        again.expect(401);
    }
}

#[test]
fn open_redirect_after_sign_in_leads_home() {
    let stage = Stage::new();
    for evil in [
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\r\nLocation: https://evil.example",
        "evil.example",
        "",
    ] {
        let mut browser = Browser::default();
        let page = browser.get(&stage.server, &format!("/login?{}", form(&[("next", evil)]))).expect(200);
        let csrf = page.hidden("csrf").expect("csrf");
        let pairs = [("username", "jane"), ("password", PASSWORD), ("csrf", csrf.as_str()), ("next", evil)];
        let answer = browser.post(&stage.server, "/login", &pairs).expect(303);
        assert_eq!(answer.location(), "/", "{evil:?}");
        assert_eq!(answer.field("cache-control"), Some("no-store"), "{evil:?}");
    }
    let mut browser = Browser::default();
    let onward =
        browser.try_sign_in(&stage.server, "jane", PASSWORD, "/oauth/authorize?oauth_token=a").expect(303);
    assert_eq!(onward.location(), "/oauth/authorize?oauth_token=a");
}

#[test]
fn hostile_names_are_shown_and_never_run() {
    let stage =
        Stage::with_name("<script>alert('1')</script>\"><img src=x onerror=alert(2)>{{ 7777 * 7777 }}");
    let mut jane = stage.jane();
    let temporary = stage.dance("oob").initiate();
    for page in [
        jane.consent(&stage.server, &temporary).expect(200),
        jane.answer(&stage.server, &temporary, "grant").expect(200),
        Browser::default()
            .try_sign_in(&stage.server, "\"><script>alert(3)</script>", "wrong", "/")
            .expect(401),
        jane.get(&stage.server, "/nowhere/%3Cscript%3Ealert(4)%3C/script%3E").expect(404),
        jane.get(&stage.server, "/login?next=/%22%3E%3Cscript%3Ealert(5)%3C/script%3E").expect(200),
    ] {
        let body = page.body.replacen(COPY, "", 1);
        assert!(!body.contains("<script") && !body.contains("<img src=x"), "{body}");
        assert!(!page.body.contains("60481729"), "{}", page.body);
    }
    assert!(jane.consent(&stage.server, &stage.dance("oob").initiate()).body.contains("&lt;script&gt;"));
}

#[test]
fn session_that_ends_in_the_middle_of_consent_leads_back_to_the_same_question() {
    let stage = Stage::new();
    let mut jane = stage.jane();
    let temporary = stage.dance(CALLBACK).initiate();
    let csrf = jane.consent(&stage.server, &temporary).expect(200).hidden("csrf").expect("csrf");
    let mut elsewhere = jane.clone();
    elsewhere.post(&stage.server, "/logout", &[("csrf", &csrf)]).expect(200);

    let pairs = [("oauth_token", temporary.id.as_str()), ("decision", "grant"), ("csrf", &csrf)];
    let forged = Request::new("POST", "/oauth/authorize").form(&form(&pairs));
    jane.send(&stage.server, forged.field("Origin", "https://evil.example")).expect(403);
    let sent = jane.post(&stage.server, "/oauth/authorize", &pairs).expect(303);
    let question = format!("/oauth/authorize?oauth_token={}", temporary.id);
    assert_eq!(sent.location(), format!("/login?{}", form(&[("next", &question)])));
    let back = jane.try_sign_in(&stage.server, "jane", PASSWORD, &question).expect(303);
    assert_eq!(back.location(), question);
    jane.answer(&stage.server, &temporary, "grant").expect(303);
}

#[test]
fn application_of_one_owner_alone_is_granted_by_nobody_else() {
    let stage = Stage::new();
    stage.place.add_user("mallory", PASSWORD);
    let database = rusqlite::Connection::open(stage.place.database()).expect("the database");
    let owned = "UPDATE clients SET owner = 'jane', owner_only = 1, home_page = 'https://printer.example'";
    assert_eq!(database.execute(owned, []).expect("a change"), 1);
    let (mut jane, mut mallory) = (stage.jane(), Browser::sign_in(&stage.server, "mallory", PASSWORD));
    let temporary = stage.dance(CALLBACK).initiate();
    let page = guarded(mallory.consent(&stage.server, &temporary).expect(403), "");
    let csrf = mallory.get(&stage.server, "/").hidden("csrf").expect("csrf");
    let pairs = [("oauth_token", temporary.id.as_str()), ("decision", "grant"), ("csrf", &csrf)];
    mallory.post(&stage.server, "/oauth/authorize", &pairs).expect(403);
    // They may have another account that is the owner's.
    let next = page.hidden("next").expect("a way to switch").replace("&#x2f;", "/");
    let question = format!("/oauth/authorize?oauth_token={}", temporary.id);
    assert!(next == question && page.body.contains("Switch account"), "{next}: {}", page.body);
    let left = mallory.post(&stage.server, "/logout", &[("csrf", &csrf), ("next", &next)]).expect(303);
    let asked = mallory.get(&stage.server, left.location()).expect(303);
    assert_eq!(asked.location(), format!("/login?{}", form(&[("next", &question)])));
    let page = jane.consent(&stage.server, &temporary).expect(200);
    assert!(page.body.contains("https:&#x2f;&#x2f;printer.example"), "{}", page.body);
    jane.answer(&stage.server, &temporary, "grant").expect(303);
}

#[test]
fn denial_is_told_at_the_callback_or_on_a_page_of_its_own() {
    let stage = Stage::new();
    let mut jane = stage.jane();
    let temporary = stage.dance("oob").initiate();
    let answer = jane.answer(&stage.server, &temporary, "deny").expect(303);
    assert!(answer.location().contains("denied"), "{}", answer.location());
    let target = answer.location().to_owned();
    guarded(jane.get(&stage.server, &target).expect(200), "");

    let temporary = stage.dance(CALLBACK).initiate();
    let answer = jane.answer(&stage.server, &temporary, "deny").expect(303);
    let told = format!("{CALLBACK}?oauth_token={}&oauth_problem=user_refused", temporary.id);
    assert_eq!(answer.location(), told);
    assert_eq!(answer.field("cache-control"), Some("no-store"));
}

#[test]
fn every_code_has_a_help_page() {
    let stage = Stage::new();
    for code in [
        "parameter_absent",
        "parameter_rejected",
        "version_rejected",
        "signature_method_rejected",
        "insecure_transport",
        "callback_rejected",
        "body_required",
        "consumer_key_unknown",
        "consumer_key_refused",
        "token_rejected",
        "token_expired",
        "token_revoked",
        "signature_invalid",
        "timestamp_refused",
        "nonce_used",
        "permission_unknown",
        "user_refused",
        "verifier_invalid",
        "permission_denied",
        "method_not_allowed",
        "body_too_large",
        "rate_limited",
        "store_unavailable",
    ] {
        let page = Request::get(&format!("/help/{code}")).send(&stage.server).expect(200);
        assert!(page.body.contains(code), "{code}");
    }
    let refusal =
        Call::post("/oauth/token", &stage.client).send(&stage.server).refused(400, "parameter_absent");
    let link = refusal.value("oauth_problem_help");
    let path = link.strip_prefix(&stage.server.public_url).expect("a link of ours");
    Request::get(path).send(&stage.server).expect(200);
}
