//! The pages for developers: the life of an application, and those who would use them against others.

#[path = "../support/mod.rs"]
mod support;

mod attacks;
mod keys;
mod suspension;

use support::{
    browser::Browser,
    client::{Call, Dance, Pair},
    http::{Answer, Request, form},
    place::{Place, Ran},
    server::Server,
};

const CALLBACK: &str = "http://127.0.0.1/ready";
const PASSWORD: &str = "correct horse";

struct Stage {
    server: Server,
    place: Place,
}

/// What the form of an application holds, besides what guards it.
type Form<'f> = Vec<(&'f str, &'f str)>;

impl Stage {
    fn new(applications: &str) -> Self {
        Self::with(applications, &[])
    }

    fn with(applications: &str, settings: &[(&str, &str)]) -> Self {
        let place = Place::new();
        place.add_user("jane", PASSWORD);
        place.add_user("joe", PASSWORD);
        let starter = place.server().set("COUNTERSIGN_APPLICATIONS", applications);
        let server = settings.iter().fold(starter, |starter, (name, value)| starter.set(name, value)).start();
        Self { server, place }
    }

    fn sign_in(&self, name: &str) -> Browser {
        Browser::sign_in(&self.server, name, PASSWORD)
    }

    /// Opens the page of a form and sends it with what it hides, and these fields.
    #[track_caller]
    fn fill(&self, browser: &mut Browser, page: &str, fields: &[(&str, &str)]) -> Answer {
        let empty = browser.get(&self.server, page).expect(200);
        let hidden = ["csrf", "once", "revision"].map(|name| (name, empty.hidden(name).unwrap_or_default()));
        let hidden = hidden.iter().map(|(name, value)| (*name, value.as_str()));
        let all: Vec<_> = hidden.chain(fields.iter().copied()).collect();
        browser.post(&self.server, page, &all)
    }

    /// Registers an application; its identifier and secret.
    #[track_caller]
    fn register(&self, browser: &mut Browser, more: &[(&str, &str)]) -> Pair {
        let fields = [&printer()[..], more].concat();
        shown(&self.fill(browser, "/developers/new", &fields).expect(200))
    }

    fn dance<'a>(&'a self, client: &'a Pair) -> Dance<'a> {
        Dance { server: &self.server, client, callback: CALLBACK }
    }

    /// Whether requests of the client are accepted at the first endpoint.
    fn may_begin(&self, client: &Pair) -> bool {
        let call = Call::post("/oauth/initiate", client).with("oauth_callback", CALLBACK);
        call.send(&self.server).status == 200
    }

    fn client(&self, command: &[&str]) -> Ran {
        self.place.run(&[&["client"], command].concat(), "")
    }
}

fn printer() -> Form<'static> {
    vec![("name", "Printer"), ("callbacks", CALLBACK), ("key", "secret")]
}

fn at(client: &Pair, below: &str) -> String {
    format!("/developers/applications/{}{below}", client.id)
}

/// The values that a page shows once.
#[track_caller]
fn shown(page: &Answer) -> Pair {
    let values: Vec<_> = page.body.split("translate=\"no\">").skip(1).collect();
    let text = |at: usize| values.get(at).and_then(|rest| rest.split('<').next()).unwrap_or_default();
    assert!(!text(0).is_empty(), "{}", page.body);
    Pair::new(text(0), text(1))
}

#[test]
fn an_application_lives_from_registration_to_deletion() {
    let stage = Stage::new("open");
    let mut jane = stage.sign_in("jane");
    let client = stage.register(&mut jane, &[("description", "Prints photos.\r\nWell.")]);
    assert!(stage.may_begin(&client));
    let list = jane.get(&stage.server, "/developers").expect(200);
    assert!(list.body.contains("Printer") && list.body.contains("Active"), "{}", list.body);
    let page = jane.get(&stage.server, &at(&client, "")).expect(200);
    assert!(page.body.contains("Prints photos.\nWell.") && !page.body.contains(client.secret.expose()));

    let changed = [("name", "Press"), ("callbacks", "https://press.example.com/ready")];
    stage.fill(&mut jane, &at(&client, "/edit"), &changed).expect(303);
    assert!(jane.get(&stage.server, &at(&client, "")).body.contains("Press"));
    assert!(!stage.may_begin(&client), "the callback is another one by now");

    let wrong = stage.fill(&mut jane, &at(&client, "/delete"), &[("password", "a guess")]).expect(422);
    assert!(wrong.body.contains("The password is wrong."));
    jane.get(&stage.server, &at(&client, "")).expect(200);
    stage.fill(&mut jane, &at(&client, "/delete"), &[("password", PASSWORD)]).expect(303);
    jane.get(&stage.server, &at(&client, "")).expect(404);
    assert!(jane.get(&stage.server, "/developers").body.contains("You have none yet"));
}

#[test]
fn nobody_registers_where_registration_is_closed() {
    let stage = Stage::new("closed");
    let mut jane = stage.sign_in("jane");
    jane.get(&stage.server, "/developers/new").expect(403);
    let csrf = jane.get(&stage.server, "/developers").expect(200).hidden("csrf").expect("csrf");
    let fields = [&printer()[..], &[("csrf", &csrf), ("once", "x")]].concat();
    jane.post(&stage.server, "/developers/new", &fields).expect(403);
    assert_eq!(stage.client(&["list"]).stdout, "");
}

#[test]
fn what_is_proposed_waits_for_approval_and_so_does_a_change_of_it() {
    let stage = Stage::new("proposed");
    let mut jane = stage.sign_in("jane");
    let client = stage.register(&mut jane, &[]);
    assert!(!stage.may_begin(&client));
    let proposed = stage.client(&["proposed"]).stdout;
    assert!(proposed.contains(&client.id) && proposed.contains("jane"), "{proposed}");

    assert_ne!(stage.client(&["reject", &client.id, "--reason", " "]).code, Some(0));
    assert_eq!(stage.client(&["reject", &client.id, "--reason", "Who <are> you?"]).code, Some(0));
    let page = jane.get(&stage.server, &at(&client, "")).expect(200);
    assert!(page.body.contains("Who &lt;are&gt; you?") && page.body.contains("Rejected"), "{}", page.body);
    stage.fill(&mut jane, &at(&client, "/edit"), &printer()).expect(303);
    assert_eq!(stage.client(&["approve", &client.id]).code, Some(0));
    assert_ne!(stage.client(&["approve", &client.id]).code, Some(0), "it waits no more");
    support::until("the server sees it", || stage.may_begin(&client));

    let described = [&printer()[..], &[("description", "Prints.")]].concat();
    stage.fill(&mut jane, &at(&client, "/edit"), &described).expect(303);
    assert!(stage.may_begin(&client), "a description needs no approval");
    let renamed = [&[("name", "Your bank")], &printer()[1..]].concat();
    stage.fill(&mut jane, &at(&client, "/edit"), &renamed).expect(303);
    assert!(!stage.may_begin(&client), "another name does");
}

#[test]
fn another_owners_application_is_not_there() {
    let stage = Stage::new("open");
    let (mut jane, mut joe) = (stage.sign_in("jane"), stage.sign_in("joe"));
    let client = stage.register(&mut jane, &[]);
    let csrf = joe.get(&stage.server, "/developers").hidden("csrf").expect("csrf");
    for below in ["", "/edit", "/delete", "/keys", "/callback", "/transfer"] {
        joe.get(&stage.server, &at(&client, below)).expect(404);
    }
    for below in ["/edit", "/delete", "/keys", "/keys/remove", "/transfer", "/tokens"] {
        let fields = [("csrf", csrf.as_str()), ("password", PASSWORD), ("name", "Mine"), ("to", "joe")];
        joe.post(&stage.server, &at(&client, below), &fields).expect(404);
    }
    for nothing in
        ["/developers/applications/%ff", "/developers/applications/%00", "/developers/applications/none"]
    {
        joe.get(&stage.server, nothing).expect(404);
    }
    assert!(stage.may_begin(&client));
}

#[test]
fn forged_forms_are_refused() {
    let stage = Stage::new("open");
    let (mut jane, mut joe) = (stage.sign_in("jane"), stage.sign_in("joe"));
    let client = stage.register(&mut jane, &[]);
    let csrf = jane.get(&stage.server, "/developers").hidden("csrf").expect("csrf");
    let his = joe.get(&stage.server, "/developers").hidden("csrf").expect("csrf");
    let targets =
        ["/edit", "/delete", "/keys", "/keys/remove", "/transfer", "/tokens"].map(|below| at(&client, below));
    for target in targets.iter().map(String::as_str).chain(["/developers/new"]) {
        let send = |csrf: &str| {
            let fields = [&printer()[..], &[("csrf", csrf), ("password", PASSWORD), ("to", "joe")]].concat();
            Request::new("POST", target).form(&form(&fields))
        };
        for forged in ["", "x", &his] {
            jane.send(&stage.server, send(forged)).expect(403);
        }
        jane.send(&stage.server, send(&csrf).field("Origin", "https://evil.example")).expect(403);
        jane.send(&stage.server, send(&csrf).field("Sec-Fetch-Site", "cross-site")).expect(403);
        send(&csrf).send(&stage.server).expect(403);
    }
    assert!(stage.may_begin(&client));
    assert_eq!(stage.client(&["list"]).stdout.lines().count(), 1);
}

#[test]
fn whoever_is_not_signed_in_comes_back_after_signing_in() {
    let stage = Stage::new("open");
    let away = Browser::default().get(&stage.server, "/developers/new").expect(303);
    assert_eq!(away.field("location"), Some("/login?next=%2Fdevelopers%2Fnew"));
}

#[test]
fn hostile_names_and_forbidden_callbacks_are_refused_and_shown_as_text() {
    let stage = Stage::new("open");
    let mut jane = stage.sign_in("jane");
    let long = "n".repeat(10_000);
    for name in ["", "  ", "a\0b", "a\u{202e}b", "\u{200f}a", "a\nb", long.as_str()] {
        let fields = [&[("name", name)], &printer()[1..]].concat();
        stage.fill(&mut jane, "/developers/new", &fields).expect(422);
    }
    for (field, text) in [
        ("description", "a\0"),
        ("description", long.as_str()),
        ("home_page", "javascript:alert(1)"),
        ("home_page", "https://a@b.example/"),
        ("scope", "none.such"),
        ("method", "none"),
    ] {
        let fields = [&printer()[..], &[(field, text)]].concat();
        stage.fill(&mut jane, "/developers/new", &fields).expect(422);
    }
    for callback in [
        "/ready",
        "//a.example/",
        "oob",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "HTTPS://a.example/",
        "https://A.example/",
        "https://a.example:443/",
        "https://u@a.example/",
        "https://a.example/#f",
        "https://a.example/../x",
        "https://a.example/%2e%2e/x",
        "https://a.example/a b",
        "https://a.example\\b",
        "http://0x7f.1/",
        "https://a.example/%zz",
        "https://a.example:0/",
        "https:///x",
        "x",
        "com.example.app:/a\0",
    ] {
        for field in ["callbacks", "callback_prefixes"] {
            let fields = [("name", "Printer"), ("key", "secret"), (field, callback)];
            let page = stage.fill(&mut jane, "/developers/new", &fields).expect(422);
            assert!(page.body.contains(&format!("id=\"{field}-wrong\"")), "{callback}: {}", page.body);
        }
    }
    assert_eq!(stage.client(&["list"]).stdout, "");
    let fields = [&[("name", "<script>alert(1)</script>\"'&")], &printer()[1..]].concat();
    stage.fill(&mut jane, "/developers/new", &fields).expect(200);
    let list = jane.get(&stage.server, "/developers").expect(200).body;
    assert!(!list.contains("<script>alert") && list.contains("&lt;script&gt;"), "{list}");
}

#[test]
fn form_sent_twice_registers_once() {
    let stage = Stage::new("open");
    let mut jane = stage.sign_in("jane");
    let page = jane.get(&stage.server, "/developers/new").expect(200);
    let (csrf, once) = (page.hidden("csrf").expect("csrf"), page.hidden("once").expect("once"));
    let fields = [&printer()[..], &[("csrf", &csrf), ("once", &once)]].concat();
    jane.post(&stage.server, "/developers/new", &fields).expect(200);
    let again = jane.post(&stage.server, "/developers/new", &fields).expect(409);
    assert!(again.body.contains("sent twice"), "{}", again.body);
    assert_eq!(stage.client(&["list"]).stdout.lines().count(), 1);
}

#[test]
fn stale_form_is_told_what_changed_meanwhile() {
    let stage = Stage::new("open");
    let mut jane = stage.sign_in("jane");
    let client = stage.register(&mut jane, &[]);
    let old = jane.get(&stage.server, &at(&client, "/edit")).expect(200);
    let (csrf, revision) = (old.hidden("csrf").expect("csrf"), old.hidden("revision").expect("revision"));
    let first = [&[("name", "First")], &printer()[1..]].concat();
    stage.fill(&mut jane, &at(&client, "/edit"), &first).expect(303);

    let second = [&[("name", "Second"), ("csrf", &csrf), ("revision", &revision)], &printer()[1..]].concat();
    let told = jane.post(&stage.server, &at(&client, "/edit"), &second).expect(409);
    assert!(
        told.body.contains("<bdi>First</bdi>") && told.body.contains("<bdi>Second</bdi>"),
        "{}",
        told.body
    );
    assert!(jane.get(&stage.server, &at(&client, "")).body.contains("First"));
    let revision = told.hidden("revision").expect("revision");
    let third = [&[("name", "Second"), ("csrf", &csrf), ("revision", &revision)], &printer()[1..]].concat();
    jane.post(&stage.server, &at(&client, "/edit"), &third).expect(303);
    assert!(jane.get(&stage.server, &at(&client, "")).body.contains("Second"));
}

#[test]
fn callbacks_are_tested_by_the_rule_that_requests_meet() {
    let stage = Stage::new("open");
    let mut jane = stage.sign_in("jane");
    let client = stage.register(&mut jane, &[("callback_prefixes", "https://below.example.com/app/")]);
    for (url, told) in [
        (
            "http%3A%2F%2F127.0.0.1%3A9%2Fready",
            "<strong>Accepted</strong> because it is the same as the callback http:",
        ),
        (
            "https%3A%2F%2Fbelow.example.com%2Fapp%2Fx",
            "<strong>Accepted</strong> because it lies below https:",
        ),
        (
            "https%3A%2F%2Fbelow.example.com%2Fapple",
            "<strong>Refused</strong> because the callback is not registered",
        ),
        ("javascript%3Aalert(1)", "<strong>Refused</strong> because a callback may not have this scheme"),
        ("oob", "<strong>Refused</strong> because the client may not use `oob`"),
        ("%3Cb%3E", "<strong>Refused</strong>"),
    ] {
        let page = jane.get(&stage.server, &at(&client, &format!("/callback?url={url}"))).expect(200);
        assert!(page.body.replace("&#x2f;", "/").contains(told), "{url}: {}", page.body);
    }
}

#[test]
fn an_application_for_own_scripts_needs_no_approval_and_nobody_else_can_give_it_access() {
    let stage = Stage::new("proposed");
    let (mut jane, mut joe) = (stage.sign_in("jane"), stage.sign_in("joe"));
    let alone = [&printer()[..], &[("owner_only", "on"), ("two_legged", "on")]].concat();
    stage.fill(&mut jane, "/developers/new", &alone).expect(422);
    let client = stage.register(&mut jane, &[("owner_only", "on")]);
    assert!(stage.may_begin(&client));

    let page = jane.get(&stage.server, &at(&client, "")).expect(200);
    let (csrf, once) = (page.hidden("csrf").expect("csrf"), page.hidden("once").expect("once"));
    let asked = [("csrf", csrf.as_str()), ("once", &once)];
    let token = shown(&jane.post(&stage.server, &at(&client, "/tokens"), &asked).expect(200));
    jane.post(&stage.server, &at(&client, "/tokens"), &asked).expect(409);
    let whoami = Call::get("/api/whoami", &client).token(&token).send(&stage.server).expect(200);
    assert!(whoami.body.contains("jane"), "{}", whoami.body);

    let temporary = stage.dance(&client).initiate();
    joe.consent(&stage.server, &temporary).expect(403);
    let csrf = joe.get(&stage.server, "/developers").hidden("csrf").expect("csrf");
    let grant = [("oauth_token", temporary.id.as_str()), ("decision", "grant"), ("csrf", &csrf)];
    joe.post(&stage.server, "/oauth/authorize", &grant).expect(403);
    stage.dance(&client).grant(&mut jane, &temporary);

    let renamed = [("name", "Mine"), ("two_legged", "on"), ("callbacks", CALLBACK)];
    stage.fill(&mut jane, &at(&client, "/edit"), &renamed).expect(303);
    let page = jane.get(&stage.server, &at(&client, "")).expect(200);
    assert!(page.body.contains("Active, for you alone") && !page.body.contains("calls in its own name"));
    jane.get(&stage.server, &at(&client, "/transfer")).expect(409);
}

#[test]
fn what_waits_for_approval_gives_its_owner_no_token() {
    let stage = Stage::new("proposed");
    let mut jane = stage.sign_in("jane");
    let client = stage.register(&mut jane, &[]);
    let csrf = jane.get(&stage.server, "/developers").hidden("csrf").expect("csrf");
    jane.post(&stage.server, &at(&client, "/tokens"), &[("csrf", &csrf), ("once", "x")]).expect(409);
}

#[test]
fn an_application_is_given_to_another_account() {
    let stage = Stage::new("open");
    let (mut jane, mut joe) = (stage.sign_in("jane"), stage.sign_in("joe"));
    let client = stage.register(&mut jane, &[]);
    let give = |jane: &mut Browser, to, password| {
        stage.fill(jane, &at(&client, "/transfer"), &[("to", to), ("password", password)])
    };
    give(&mut jane, "joe", "a guess").expect(422);
    give(&mut jane, "nobody", PASSWORD).expect(422);
    joe.get(&stage.server, &at(&client, "")).expect(404);
    give(&mut jane, "joe", PASSWORD).expect(303);
    joe.get(&stage.server, &at(&client, "")).expect(200);
    jane.get(&stage.server, &at(&client, "")).expect(404);
}

#[test]
fn secret_is_shown_with_our_own_script_alone() {
    let stage = Stage::new("open");
    let mut jane = stage.sign_in("jane");
    let page = stage.fill(&mut jane, "/developers/new", &printer()).expect(200);
    let policy = page.field("content-security-policy").unwrap_or_default();
    assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(page.field("cache-control"), Some("no-store"));
    let other = jane.get(&stage.server, "/developers").expect(200);
    assert!(!other.field("content-security-policy").unwrap_or_default().contains("script-src"));
}
