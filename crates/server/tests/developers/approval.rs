//! Who may register, what waits for approval, and what needs none.

use super::{CALLBACK, Stage, at, printer, shown};
use crate::support::{client::Call, until};

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
    until("the server sees it", || stage.may_begin(&client));

    let described = [&printer()[..], &[("description", "Prints.")]].concat();
    stage.fill(&mut jane, &at(&client, "/edit"), &described).expect(303);
    assert!(stage.may_begin(&client), "a description needs no approval");
    let renamed = [&[("name", "Your bank")], &printer()[1..]].concat();
    stage.fill(&mut jane, &at(&client, "/edit"), &renamed).expect(303);
    assert!(!stage.may_begin(&client), "another name does");
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
fn description_that_nobody_approved_is_told_by_no_pages_of_the_operators() {
    let pages =
        [("COUNTERSIGN_ADMIN_API_ENABLED", "true"), ("COUNTERSIGN_OWN_PAGES_URL", "http://pages.test/login")];
    let stage = Stage::with("proposed", &pages);
    let mut jane = stage.sign_in("jane");
    let client = stage.register(&mut jane, &[("description", "Prints photos.")]);
    assert_eq!(stage.client(&["approve", &client.id]).code, Some(0));
    until("the server sees it", || stage.may_begin(&client));
    let described = |text| [&printer()[..], &[("description", text)]].concat();
    let form = jane.get(&stage.server, &at(&client, "/edit")).expect(200).body;
    assert!(form.contains("A change of more than the methods waits for approval"), "{form}");
    stage.fill(&mut jane, &at(&client, "/edit"), &described("Prints photos.")).expect(303);
    assert!(stage.may_begin(&client), "nothing was changed");
    stage.fill(&mut jane, &at(&client, "/edit"), &described("Your bank's own.")).expect(303);
    assert!(!stage.may_begin(&client));
}
