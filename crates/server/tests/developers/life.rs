//! The life of an application: registered, changed, given away, deleted.

use super::{PASSWORD, Stage, at, printer};
use crate::support::{browser::Browser, http::form, until};

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
    for event in ["application_registered", "application_changed", "application_removed"] {
        let listed =
            || stage.place.done(&["audit", "list", "--user", "jane", "--event", event, "--json"], "").stdout;
        until("it is recorded from where", || listed().contains("\"address\":\"127.0.0.1\""));
    }
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
fn stale_form_with_a_fault_does_not_become_a_fresh_one() {
    let stage = Stage::new("open");
    let mut jane = stage.sign_in("jane");
    let client = stage.register(&mut jane, &[]);
    let old = jane.get(&stage.server, &at(&client, "/edit")).expect(200);
    let (csrf, revision) = (old.hidden("csrf").expect("csrf"), old.hidden("revision").expect("revision"));
    stage
        .fill(&mut jane, &at(&client, "/edit"), &[&[("name", "First")], &printer()[1..]].concat())
        .expect(303);

    let sent = [("csrf", &*csrf), ("revision", &*revision), ("name", ""), ("callbacks", "javascript:x")];
    let told = jane.post(&stage.server, &at(&client, "/edit"), &sent).expect(409);
    assert!(told.body.contains("Somebody changed it meanwhile") && told.body.contains("<bdi>First</bdi>"));
    assert!(told.body.contains("may not have this scheme"), "and its faults with it: {}", told.body);
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

#[test]
fn callbacks_are_tested_by_the_rule_that_requests_meet() {
    let stage = Stage::new("open");
    let mut jane = stage.sign_in("jane");
    let client = stage.register(&mut jane, &[("callback_prefixes", "https://below.example.com/app/")]);
    let target = at(&client, "/callback?url=oob");
    let asked = Browser::default().get(&stage.server, &target).expect(303);
    assert_eq!(asked.location(), format!("/login?{}", form(&[("next", &target)])));
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
