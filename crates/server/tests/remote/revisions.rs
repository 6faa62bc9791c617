//! Two who administrate at once, here and there: the later one is told, and nothing is done.

use crate::{
    Way, World, refused,
    support::admin::{Admin, json},
};
use serde_json::json as body;

#[test]
fn application_that_was_changed_since_one_looked_is_not_decided_on() {
    let world = World::new();
    let admin = Admin { server: &world.server, key: &world.key };
    let id = admin.application("Printer", &body!({ "pending": true }));
    let proposed = || world.both(&["client", "proposed", "--json"]).json()["revision"].to_string();
    let seen = proposed();
    let listed = world.both(&["client", "proposed"]).stdout;
    assert!(listed.contains(&format!("revision {seen}")), "{listed}");

    admin.act("POST", &format!("/applications/{id}/approve")).expect(200);
    let meanwhile = ["changed meanwhile", "nothing was done", &format!("client show {id}")];
    let reject = |revision: &str| {
        world.both(&["client", "reject", &id, "--reason", "Say why.", "--revision", revision])
    };
    refused(&reject(&seen), &meanwhile);
    refused(&world.both(&["client", "approve", &id, "--revision", &seen]), &meanwhile);
    admin.act("POST", &format!("/applications/{id}/suspend")).expect(200);
    refused(&world.both(&["client", "enable", &id, "--revision", &seen]), &meanwhile);
    let status = || json(&admin.get(&format!("/applications/{id}")).expect(200))["status"].clone();
    assert_eq!(status(), "suspended");

    let shown = || world.both(&["client", "show", &id, "--json"]).json()["revision"].to_string();
    let here = |arguments: &[&str]| world.place.run(arguments, "");
    let there = |arguments: &[&str]| world.run(arguments, "");
    let ways: [Way<'_>; 2] = [&here, &there];
    for way in ways {
        assert_eq!(way(&["client", "enable", &id, "--revision", &shown()]).code, Some(0));
        assert_eq!(status(), "active");
        assert_eq!(way(&["client", "disable", &id]).code, Some(0));
    }
}

#[test]
fn application_at_the_revision_that_was_seen_is_decided_on() {
    let world = World::new();
    let admin = Admin { server: &world.server, key: &world.key };
    for here in [true, false] {
        let id = admin.application("Printer", &body!({ "pending": true }));
        let run = |arguments: &[&str]| {
            if here { world.place.run(arguments, "") } else { world.run(arguments, "") }
        };
        let seen = || run(&["client", "show", &id, "--json"]).json()["revision"].to_string();
        let rejected = run(&["client", "reject", &id, "--reason", "Say why.", "--revision", &seen()]);
        assert_eq!(rejected.code, Some(0), "{}", rejected.stderr);
        let approved = run(&["client", "approve", &id, "--revision", &seen()]);
        assert_eq!(approved.code, Some(0), "{}", approved.stderr);
    }
}
