//! What is proposed, approved and rejected.

use crate::stage::{CALLBACK, Stage, at};

#[test]
fn what_waits_is_decided_on_in_place_the_oldest_first() {
    let stage = Stage::new();
    let (mut ada, mut jane) = (stage.sign_in("ada"), stage.sign_in("jane"));
    let [first, second] = ["Printer", "Press"].map(|name| stage.proposed(&mut jane, name));
    let queue = stage.page(&mut ada, "/admin/approvals");
    let place = |text: &str| queue.find(text).unwrap_or_else(|| panic!("{text}: {queue}"));
    assert!(place(&first.id) < place(&second.id));
    assert!(queue.contains("127.0.0.1&#x2f;ready") && queue.contains(">jane<"), "{queue}");

    let back = ("back", "approvals");
    let approved = stage.post(&mut ada, &at(&first, "/approve"), &[("revision", "0"), back]).expect(303);
    assert_eq!(approved.location(), "/admin/approvals?told=active");
    assert!(stage.may_begin(&first) && !stage.may_begin(&second));
    let reason = ("reason", "Who <are> you?\r\nReally.");
    stage.post(&mut ada, &at(&second, "/reject"), &[("revision", "0"), back, reason]).expect(303);
    assert!(stage.page(&mut ada, "/admin/approvals").contains("Nothing waits."));
    let page = stage.page(&mut jane, &format!("/developers/applications/{}", second.id));
    assert!(page.contains("Who &lt;are&gt; you?\nReally."), "{page}");
    let twice = stage.post(&mut ada, &at(&first, "/approve"), &[("revision", "0"), back]).expect(409);
    assert!(twice.body.contains("The application is active by now."), "{}", twice.body);
}

#[test]
fn rejection_says_why() {
    let stage = Stage::new();
    let (mut ada, mut jane) = (stage.sign_in("ada"), stage.sign_in("jane"));
    let client = stage.proposed(&mut jane, "Printer");
    for reason in ["", "  ", "a\u{202e}b", &"x".repeat(1001)] {
        stage.fill(&mut ada, &at(&client, "/reject"), &[("reason", reason)]).expect(422);
    }
    stage.fill(&mut ada, &at(&client, "/reject"), &[("reason", "No.")]).expect(303);
    assert!(stage.page(&mut ada, &at(&client, "")).contains("Why it was rejected"));
}

#[test]
fn what_its_owner_changes_meanwhile_is_not_approved_unseen() {
    let stage = Stage::new();
    let (mut ada, mut jane) = (stage.sign_in("ada"), stage.sign_in("jane"));
    let client = stage.proposed(&mut jane, "Printer");
    let open = stage.open(&mut ada, &at(&client, ""));
    let edit = format!("/developers/applications/{}/edit", client.id);
    stage.fill(&mut jane, &edit, &[("name", "Your bank"), ("callbacks", CALLBACK)]).expect(303);
    let fields: Vec<_> = open.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let stale = ada.post(&stage.server, &at(&client, "/approve"), &fields).expect(409);
    assert!(stale.body.contains("Somebody changed it"), "{}", stale.body);
    assert!(!stage.may_begin(&client));
    for revision in ["", "x", "-1"] {
        stage.post(&mut ada, &at(&client, "/approve"), &[("revision", revision)]).expect(400);
    }
}

#[test]
fn suspended_application_goes_on_once_it_is_resumed() {
    let stage = Stage::new();
    let (mut ada, mut jane) = (stage.sign_in("ada"), stage.sign_in("jane"));
    let client = stage.proposed(&mut jane, "Printer");
    for (step, may) in [("/approve", true), ("/suspend", false), ("/resume", true)] {
        let open = stage.open(&mut ada, &at(&client, ""));
        let fields: Vec<_> = open.iter().map(|(name, value)| (*name, value.as_str())).collect();
        ada.post(&stage.server, &at(&client, step), &fields).expect(303);
        assert_eq!(stage.may_begin(&client), may, "{step}");
    }
}
