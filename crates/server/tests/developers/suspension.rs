//! An application that its owner suspends and resumes, and those who would use that against others or against approval.

use super::{Stage, at, printer, support};
use support::{browser::Browser, client::Call, http::Answer};

/// Presses the button on the application's page that lets it go on.
fn resume(stage: &Stage, browser: &mut Browser, page: &str) -> Answer {
    let csrf = browser.get(&stage.server, page).hidden("csrf").unwrap_or_default();
    browser.post(&stage.server, &format!("{page}/resume"), &[("csrf", &csrf)])
}

#[test]
fn a_suspended_application_is_refused_at_once_and_goes_on_as_it_was() {
    let stage = Stage::new("open");
    let mut jane = stage.sign_in("jane");
    let client = stage.register(&mut jane, &[]);
    let token = stage.dance(&client).whole(&mut jane);
    let call = || Call::get("/api/whoami", &client).token(&token);
    call().send(&stage.server).expect(200);

    let asked = jane.get(&stage.server, &at(&client, "/suspend")).expect(200);
    assert!(asked.body.contains("Suspend <bdi>Printer</bdi>?"), "{}", asked.body);
    call().send(&stage.server).expect(200);
    stage.fill(&mut jane, &at(&client, "/suspend"), &[]).expect(303);
    call().send(&stage.server).refused(401, "consumer_key_refused");
    assert!(!stage.may_begin(&client));
    let page = jane.get(&stage.server, &at(&client, "")).expect(200);
    assert!(page.body.contains("Suspended by you") && page.body.contains("Let it go on"), "{}", page.body);
    jane.get(&stage.server, &at(&client, "/suspend")).expect(409);

    resume(&stage, &mut jane, &at(&client, "")).expect(303);
    call().send(&stage.server).expect(200);
    resume(&stage, &mut jane, &at(&client, "")).expect(409);
}

#[test]
fn suspension_by_an_operator_is_not_lifted_by_the_owner() {
    let stage = Stage::new("open");
    let mut jane = stage.sign_in("jane");
    let client = stage.register(&mut jane, &[]);
    for by_owner_before in [false, true] {
        if by_owner_before {
            stage.fill(&mut jane, &at(&client, "/suspend"), &[]).expect(303);
        }
        assert_eq!(stage.client(&["disable", &client.id]).code, Some(0));
        let page = jane.get(&stage.server, &at(&client, "")).expect(200);
        assert!(page.body.contains("Suspended by an operator") && !page.body.contains("Let it go on"));
        resume(&stage, &mut jane, &at(&client, "")).expect(403);
        // Nor made one's own by suspending it once more, nor by a change of it.
        let csrf = page.hidden("csrf").expect("csrf");
        jane.post(&stage.server, &at(&client, "/suspend"), &[("csrf", &csrf)]).expect(409);
        stage.fill(&mut jane, &at(&client, "/edit"), &printer()).expect(303);
        resume(&stage, &mut jane, &at(&client, "")).expect(403);
        assert!(!stage.may_begin(&client));
        assert_eq!(stage.client(&["enable", &client.id]).code, Some(0));
        support::until("the server sees it", || stage.may_begin(&client));
    }
}

#[test]
fn suspended_application_that_is_widened_waits_for_approval() {
    let stage = Stage::new("proposed");
    let mut jane = stage.sign_in("jane");
    let client = stage.register(&mut jane, &[]);
    assert_eq!(stage.client(&["approve", &client.id]).code, Some(0));
    stage.fill(&mut jane, &at(&client, "/suspend"), &[]).expect(303);
    let widened = [&printer()[..], &[("callback_prefixes", "https://evil.example/")]].concat();
    stage.fill(&mut jane, &at(&client, "/edit"), &widened).expect(303);
    resume(&stage, &mut jane, &at(&client, "")).expect(409);
    assert!(!stage.may_begin(&client));
    assert!(stage.client(&["proposed"]).stdout.contains(&client.id));

    // What says the same to resource owners does not wait.
    assert_eq!(stage.client(&["approve", &client.id]).code, Some(0));
    stage.fill(&mut jane, &at(&client, "/suspend"), &[]).expect(303);
    let described = [&widened[..], &[("description", "Prints.")]].concat();
    stage.fill(&mut jane, &at(&client, "/edit"), &described).expect(303);
    resume(&stage, &mut jane, &at(&client, "")).expect(303);
    assert!(stage.may_begin(&client));
}

#[test]
fn application_that_an_operator_suspended_is_not_widened_unseen() {
    let stage = Stage::new("proposed");
    let mut jane = stage.sign_in("jane");
    let client = stage.register(&mut jane, &[]);
    assert_eq!(stage.client(&["approve", &client.id]).code, Some(0));
    assert_eq!(stage.client(&["disable", &client.id]).code, Some(0));
    let widened = [("name", "Your Bank"), ("callbacks", "https://evil.example/"), ("key", "secret")];
    stage.fill(&mut jane, &at(&client, "/edit"), &widened).expect(303);
    assert!(stage.client(&["proposed"]).stdout.contains(&client.id));
    let enabled = stage.client(&["enable", &client.id]);
    assert!(enabled.code == Some(1) && enabled.stderr.contains("is pending"), "{}", enabled.stderr);
    assert!(!stage.may_begin(&client));
    resume(&stage, &mut jane, &at(&client, "")).expect(409);
}

#[test]
fn stranger_suspends_and_resumes_nothing_of_anothers() {
    let stage = Stage::new("open");
    let (mut jane, mut joe) = (stage.sign_in("jane"), stage.sign_in("joe"));
    let client = stage.register(&mut jane, &[]);
    let csrf = joe.get(&stage.server, "/developers").hidden("csrf").expect("csrf");
    joe.get(&stage.server, &at(&client, "/suspend")).expect(404);
    joe.post(&stage.server, &at(&client, "/suspend"), &[("csrf", &csrf)]).expect(404);
    jane.post(&stage.server, &at(&client, "/suspend"), &[("csrf", &csrf)]).expect(403);
    assert!(stage.may_begin(&client));
    stage.fill(&mut jane, &at(&client, "/suspend"), &[]).expect(303);
    joe.post(&stage.server, &at(&client, "/resume"), &[("csrf", &csrf)]).expect(404);
    jane.post(&stage.server, &at(&client, "/resume"), &[("csrf", &csrf)]).expect(403);
    assert!(!stage.may_begin(&client));
}

#[test]
fn what_waits_for_approval_is_not_let_in_by_enabling_it() {
    let stage = Stage::new("proposed");
    let mut jane = stage.sign_in("jane");
    let client = stage.register(&mut jane, &[]);
    jane.get(&stage.server, &at(&client, "/suspend")).expect(409);
    for rejected in [false, true] {
        if rejected {
            assert_eq!(stage.client(&["reject", &client.id, "--reason", "no"]).code, Some(0));
        }
        let ran = stage.client(&["enable", &client.id]);
        assert!(ran.code == Some(1) && ran.stderr.contains("countersign client approve"), "{}", ran.stderr);
        assert!(!stage.may_begin(&client));
    }
}
