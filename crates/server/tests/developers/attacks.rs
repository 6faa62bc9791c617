//! Those who would use the pages against others.

use super::{PASSWORD, Stage, at, printer};
use crate::support::{
    browser::Browser,
    http::{Request, form},
    until,
};

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
    for name in ["", "  ", "a\0b", "a\u{202e}b", "\u{200f}a", "a\nb", "\u{3164}", "a\u{fe0f}", long.as_str()]
    {
        let fields = [&[("name", name)], &printer()[1..]].concat();
        stage.fill(&mut jane, "/developers/new", &fields).expect(422);
    }
    for (field, text) in [
        ("description", "a\0"),
        ("description", "a\u{3164}"),
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
fn an_emoji_in_colour_is_no_hostile_name() {
    let stage = Stage::new("open");
    let mut jane = stage.sign_in("jane");
    let heart = [&[("name", "❤\u{fe0f} Prints")], &printer()[1..]].concat();
    stage.fill(&mut jane, "/developers/new", &heart).expect(200);
    let listed = stage.client(&["list"]).stdout;
    assert!(listed.contains("❤\u{fe0f} Prints"), "{listed}");
}

#[test]
fn names_of_accounts_guessed_by_giving_an_application_away_are_answered_less_and_less_often() {
    let stage = Stage::new("open");
    let (mut jane, mut joe) = (stage.sign_in("jane"), stage.sign_in("joe"));
    let clients = [&mut jane, &mut joe].map(|browser| stage.register(browser, &[]));
    let give = |browser: &mut Browser, client, to| {
        let fields = [("to", to), ("password", PASSWORD)];
        stage.fill(browser, &at(client, "/transfer"), &fields)
    };
    let (mut told, mut refused) = (0, String::new());
    until("it is delayed", || {
        let answer = give(&mut jane, &clients[0], "nobody").expect_one_of(&[422, 429]);
        assert_eq!(answer.status == 429, answer.field("retry-after").is_some());
        if answer.status == 422 {
            told += 1;
            assert!(answer.body.contains("It cannot be given to that account."), "{}", answer.body);
        }
        refused = answer.body;
        answer.status == 429
    });
    assert!((3..10).contains(&told), "{told}");
    assert!(refused.contains("Too many attempts.") && !refused.contains("cannot be given"), "{refused}");
    give(&mut joe, &clients[1], "nobody").expect(422);
    stage.sign_in("jane");
}
