//! From one secret or public key of a client to the next, here and there.

use crate::{
    Way, World, refused,
    support::{
        client::{Call, Pair},
        until,
    },
};
use serde_json::Value;
use std::fs;

const PUBLIC_KEY: &str = include_str!("../support/rsa/spki.pem");
const PRIVATE_KEY: &str = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";

fn is_accepted(world: &World, client: &Pair) -> bool {
    Call::get("/api/whoami", client).send(&world.server).status == 200
}

/// Since when each of its keys is valid, the newest first.
#[track_caller]
fn keys(world: &World, id: &str) -> Vec<String> {
    let listed = world.both(&["client", "key", "list", id, "--json"]).stdout;
    let since = |line: &str| serde_json::from_str::<Value>(line).expect("JSON")["since"].to_string();
    listed.lines().map(since).collect()
}

#[test]
fn client_changes_over_to_a_new_secret_without_an_outage() {
    let world = World::new();
    let here = |arguments: &[&str]| world.place.run(arguments, "");
    let there = |arguments: &[&str]| world.run(arguments, "");
    let ways: [Way<'_>; 2] = [&here, &there];
    let mut old = world.place.add_client(&["--name", "Till", "--two-legged"]);
    let id = old.id.clone();
    for way in ways {
        let added = way(&["client", "key", "add", &id, "--json"]);
        assert_eq!(added.code, Some(0), "{}", added.stderr);
        let secret = added.json()["client_secret"].as_str().expect("a secret").to_owned();
        let new = Pair::new(&id, &secret);
        until("both are accepted", || is_accepted(&world, &old) && is_accepted(&world, &new));
        refused(&way(&["client", "key", "add", &id]), &["two keys already"]);

        let [newest, previous] = &keys(&world, &id)[..] else { panic!("two keys") };
        assert_eq!(added.json()["since"].to_string(), *newest);
        until("it is told when they were used", || {
            let listed = there(&["client", "key", "list", &id]).stdout;
            listed.lines().count() == 2 && !listed.contains("never")
        });
        assert!(!world.both(&["client", "key", "list", &id]).stdout.contains(&secret));
        let removed = way(&["client", "key", "remove", &id, previous]);
        assert!(
            removed.stdout.starts_with(&format!("removed key {previous} of {id};")),
            "{}",
            removed.stderr
        );
        until("the old one is refused", || !is_accepted(&world, &old) && is_accepted(&world, &new));
        refused(&way(&["client", "key", "remove", &id, newest]), &["the last key stays"]);
        refused(
            &way(&["client", "key", "remove", &id, previous]),
            &[&format!("has no key {previous}"), "client key list"],
        );
        old = new;
    }
    for verb in [&["list"][..], &["add"], &["remove"]] {
        let since = if verb == ["remove"] { &["1"][..] } else { &[] };
        let ran = world.both(&[&["client", "key"], verb, &["nobody"], since].concat());
        refused(&ran, &["there is no client nobody"]);
    }
    until("all of it is recorded", || {
        let recorded = there(&["audit", "list", "--client", &id]).stdout;
        ["key_added", "key_removed"].iter().all(|event| recorded.matches(event).count() == 2)
    });
    let recorded = world.both(&["audit", "list", "--client", &id]).stdout;
    let [newest] = &keys(&world, &id)[..] else { panic!("one key") };
    assert_eq!(recorded.matches(&format!("key {newest}")).count(), 1, "the log says which: {recorded}");
}

#[test]
fn client_that_does_no_more_than_begin_the_dance_uses_its_key() {
    let world = World::new();
    let client = world.place.add_client(&["--name", "Till", "--allow-oob"]);
    let listed = || world.both(&["client", "key", "list", &client.id]).stdout;
    assert!(listed().contains("never, as far as is known"), "{}", listed());
    Call::post("/oauth/initiate", &client).with("oauth_callback", "oob").send(&world.server).expect(200);
    until("its use is told", || {
        !world.run(&["client", "key", "list", &client.id], "").stdout.contains("never")
    });
    let used = world.both(&["usage", "list", "--client", &client.id]).stdout;
    assert!(used.contains("HMAC-SHA1") && used.contains("1 requests"), "{used}");
}

#[test]
fn second_key_of_another_kind_would_let_a_request_choose() {
    let world = World::new();
    for folder in [world.place.path(), world.elsewhere.path()] {
        fs::write(folder.join("public.pem"), PUBLIC_KEY).expect("a file");
        fs::write(folder.join("private.pem"), PRIVATE_KEY).expect("a file");
    }
    let with = |file| ["--rsa-public-key", file];
    let secret = world.place.add_client(&["--name", "Secret", "--two-legged"]);
    let keyed = world.place.add_client(
        &[&["--name", "Key", "--two-legged", "--client-id", "keyed"], &with("public.pem")[..]].concat(),
    );
    let add = |id: &str, flags: &[&str]| world.both(&[&["client", "key", "add", id], flags].concat());
    refused(&add(&keyed.id, &[]), &["keeps to the kind of key"]);
    refused(&add(&secret.id, &with("public.pem")), &["keeps to the kind of key"]);
    refused(&add(&keyed.id, &with("private.pem")), &["private.pem"]);
    refused(&add(&keyed.id, &with("nowhere.pem")), &["nowhere.pem"]);
    assert_eq!(keys(&world, &keyed.id).len() + keys(&world, &secret.id).len(), 2, "nothing was added");
    let added = world.run(&[&["client", "key", "add", "keyed"], &with("public.pem")[..]].concat(), "");
    assert!(!added.stdout.contains("secret"), "{}", added.stdout);
    let listed = world.both(&["client", "key", "list", "keyed"]).stdout;
    assert_eq!(listed.matches("  rsa 2048 bits  valid since 2").count(), 2, "{listed}");
}
