//! The key ring as an operator meets it: keys that are listed, rotated and removed beside a server that runs.

mod support;

use base64ct::Encoding;
use std::{
    fs,
    io::{BufRead, BufReader},
    process::Stdio,
};
use support::{
    client::{Call, Dance},
    keys::Listed,
    place::{Place, Ran},
    until,
};

fn place() -> Place {
    let place = Place::new();
    place.add_user("jane", "correct horse");
    place
}

/// Asserts that it says all of this in one line on standard error, and ends with exit code 1.
#[track_caller]
fn refused(ran: &Ran, told: &[&str]) {
    let one_line = ran.stderr.lines().count() == 1 && ran.stderr.starts_with("countersign: ");
    assert!(ran.code == Some(1) && one_line && ran.stdout.is_empty(), "{:?}: {}", ran.code, ran.stderr);
    let missing: Vec<_> = told.iter().filter(|part| !ran.stderr.contains(**part)).collect();
    assert!(missing.is_empty(), "without {missing:?}: {}", ran.stderr);
}

fn line(key: &str, state: &str, (clients, tokens, temporaries): (u64, u64, u64)) -> Listed {
    Listed { key: Some(key.into()), state: state.into(), clients, tokens, temporaries }
}

#[test]
fn what_is_sealed_after_a_rotation_opens_at_once_on_a_server_that_runs() {
    let place = place();
    let before = place.add_client(&["--name", "Before", "--two-legged", "--allow-oob"]);
    let server = place.server().start();
    Call::get("/api/whoami", &before).send(&server).expect(200);
    let mut old = place.sealing();
    // Twice: in the second round the server has looked a moment ago.
    for round in 1..=2 {
        let new = place.rotated();
        let after = place.add_client(&["--name", "After", "--two-legged"]);
        Call::get("/api/whoami", &after).send(&server).expect(200);
        let token = place.issue_token(&after.id, "jane", &[], "");
        Call::get("/api/whoami", &after).token(&token).send(&server).expect(200);
        Call::get("/api/whoami", &before).send(&server).expect(200);
        // And the server seals under it too.
        Dance { server: &server, client: &before, callback: "oob" }.initiate();
        let listed = place.listed();
        assert_eq!(listed[0], line(&new, "seals", (1, 1, 1)), "round {round}");
        assert_eq!(listed[1].key.as_ref(), Some(&old));
        old = new;
    }
}

#[test]
fn idle_server_follows_a_ring_of_which_no_key_is_left() {
    let place = place();
    let client = place.add_client(&["--name", "Printer", "--two-legged"]);
    let server = place.server().start();
    let old = place.sealing();
    place.rotated();
    place.done(&["keys", "reseal"], "");
    place.ring_is_old();
    place.done(&["keys", "remove", &old], "");
    assert_eq!(place.entries().len(), 1);
    Call::get("/api/whoami", &client).send(&server).expect(200);
}

#[test]
fn broken_ring_keeps_that_of_before_and_is_told_once() {
    let place = place();
    let client = place.add_client(&["--name", "Printer", "--two-legged", "--allow-oob"]);
    let server = place.server().start();
    let good = place.ring_text();
    fs::write(place.ring(), "a:c2hvcnQ=\n").expect("a bad ring");
    let warnings = || String::from_utf8_lossy(&server.log()).matches("that of before stays").count();
    let dance = Dance { server: &server, client: &client, callback: "oob" };
    for _ in 0..20 {
        dance.initiate();
        Call::get("/api/whoami", &client).send(&server).expect(200);
    }
    until("it is told", || warnings() > 0);
    assert_eq!(warnings(), 1);
    let log = String::from_utf8_lossy(&server.log()).into_owned();
    assert!(
        log.contains("countersign.keys") && log.contains("entry 1") && !log.contains("c2hvcnQ="),
        "{log}"
    );
    refused(&place.keys(&["rotate"]), &["countersign.keys", "entry 1"]);
    fs::write(place.ring(), good).expect("the good ring");
    let new = place.rotated();
    dance.initiate();
    assert_eq!(place.listed()[0], line(&new, "seals", (0, 0, 1)));
}

#[test]
fn key_that_seals_or_is_needed_is_not_removed() {
    let place = place();
    let client = place.add_client(&["--name", "Printer", "--two-legged"]);
    place.issue_token(&client.id, "jane", &[], "");
    let old = place.sealing();
    let ring = place.ring_text();
    refused(&place.keys(&["remove", &old]), &[&old, "seals", "keys rotate", "keys reseal"]);
    refused(&place.keys(&["remove", "k0"]), &["no key k0", "keys list"]);
    assert_eq!(place.ring_text(), ring);

    let new = place.rotated();
    refused(&place.keys(&["remove", &old]), &[&old, "clients: 1, tokens: 1", "keys reseal"]);
    assert_eq!(place.listed(), [line(&new, "seals", (0, 0, 0)), line(&old, "opens", (1, 1, 0))]);
    let text = place.done(&["keys", "list"], "").stdout;
    assert!(text.contains(&format!("{old}  opens    clients: 1, tokens: 1")), "{text}");

    let done = place.done(&["keys", "reseal"], "").stdout;
    assert!(done.contains(&format!("2 secrets are under {new}, 2 of them sealed anew")), "{done}");
    place.ring_is_old();
    let removed = place.done(&["keys", "remove", &old], "");
    assert!(removed.stderr.is_empty() && removed.stdout.contains(&old), "{}", removed.stderr);
    assert_eq!(place.listed(), [line(&new, "seals", (1, 1, 0))]);
    let server = place.server().start();
    Call::get("/api/whoami", &client).send(&server).expect(200);
}

/// As from a process that sealed it a moment before the ring changed, and then waited for the database.
#[test]
fn secret_that_arrives_while_its_key_is_removed_still_opens() {
    let place = place();
    let client = place.add_client(&["--name", "Printer", "--two-legged"]);
    let raw = rusqlite::Connection::open(place.database()).expect("the database");
    let text = "SELECT secret FROM clients WHERE id = ?1";
    let late: String = raw.query_row(text, [&client.id], |row| row.get(0)).expect("a secret");
    let old = place.sealing();
    place.rotated();
    place.done(&["keys", "reseal"], "");
    let ring = place.ring_text();

    let mut command = place.command();
    let command = command.args(["keys", "remove", &old]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let waits = lines.next().expect("a line").expect("text");
    assert!(waits.contains("waiting"), "{waits}");
    let put = "UPDATE clients SET secret = ?2 WHERE id = ?1";
    assert_eq!(raw.execute(put, [&client.id, &late]), Ok(1));
    let refused = lines.next().expect("a line").expect("text");
    assert!(refused.contains(&old) && refused.contains("clients: 1"), "{refused}");
    assert!(!child.wait().expect("an end").success());
    assert_eq!(place.ring_text(), ring, "as it was");
    let server = place.server().start();
    Call::get("/api/whoami", &client).send(&server).expect(200);
}

/// A ring that lost a key still says which one is needed, and what for.
#[test]
fn missing_key_is_listed_and_named_at_start() {
    let place = place();
    place.add_client(&["--name", "Printer", "--two-legged"]);
    let old = place.sealing();
    let new = place.rotated();
    let both = place.ring_text();
    let first = both.lines().find(|line| line.starts_with(&new)).expect("the new key");
    fs::write(place.ring(), first).expect("half a ring");
    assert_eq!(place.listed(), [line(&new, "seals", (0, 0, 0)), line(&old, "missing", (1, 0, 0))]);
    refused(&place.keys(&["reseal"]), &[&old, "missing", "countersign.keys"]);
    refused(&place.run(&["serve", "--insecure-http", "--listen", "127.0.0.1:0"], ""), &[&old, "missing"]);

    fs::remove_file(place.ring()).expect("no ring");
    let ran = place.keys(&["list"]);
    assert!(ran.code == Some(0) && ran.stderr.contains("there is no key ring"), "{}", ran.stderr);
    assert!(ran.stdout.contains(&old) && ran.stdout.contains("missing"), "{}", ran.stdout);
    refused(&place.keys(&["rotate"]), &["there is no key ring", "first start"]);
    assert!(!place.ring().exists(), "no other ring is made");
}

#[test]
fn rotations_at_once_lose_no_key() {
    let place = place();
    let client = place.add_client(&["--name", "Printer", "--two-legged"]);
    let rotate = || {
        let mut command = place.command();
        let command = command.args(["keys", "rotate"]).stdout(Stdio::null()).stderr(Stdio::piped());
        command.spawn().expect("the binary")
    };
    let running: Vec<_> = (0..8).map(|_| rotate()).collect();
    for child in running {
        let ran = Ran::from(child.wait_with_output().expect("an end"));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
    let listed = place.listed();
    assert_eq!((listed.len(), listed[8].clients), (9, 1), "{listed:?}");
    let server = place.server().start();
    Call::get("/api/whoami", &client).send(&server).expect(200);
}

#[cfg(unix)]
#[test]
fn ring_is_left_alone_where_it_cannot_be_replaced_and_keeps_mode_and_owner() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    let place = place();
    let ring = place.ring();
    let before = place.ring_text();
    let mode = |path: &std::path::Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("its mode");
    };
    // Stands for whatever may be in the way; a folder that cannot be written stops no superuser.
    let obstacle = place.path().join("countersign.keys.new");
    fs::create_dir(&obstacle).expect("a folder");
    refused(&place.keys(&["rotate"]), &["countersign.keys"]);
    fs::remove_dir(&obstacle).expect("no folder");
    mode(place.path(), 0o500);
    let ran = place.keys(&["rotate"]);
    mode(place.path(), 0o700);
    let superuser = fs::metadata(&ring).expect("the ring").uid() == 0;
    if superuser {
        println!("SKIPPED: a read-only folder, which a superuser may write");
        fs::write(&ring, &before).expect("the ring of before");
    } else {
        refused(&ran, &["countersign.keys", "denied"]);
    }
    assert_eq!(place.ring_text(), before);

    mode(&ring, 0o644);
    for command in [&["rotate"][..], &["list"], &["reseal"], &["remove", "k0"]] {
        refused(&place.keys(command), &["countersign.keys", "chmod 600"]);
    }
    assert_eq!(place.ring_text(), before);
    mode(&ring, 0o600);
    if superuser {
        chown(&ring, Some(65534), None).expect("another owner");
    }
    let owner = fs::metadata(&ring).expect("the ring").uid();
    place.rotated();
    let found = fs::metadata(&ring).expect("the ring");
    assert_eq!((found.mode() & 0o777, found.uid()), (0o600, owner), "the server still reads it");
}

/// The way that the refusal of `rotate` tells, step by step.
#[test]
fn ring_of_the_variable_is_rotated_by_hand() {
    let place = place();
    let new = || place.done(&["keys", "new"], "").stdout.trim().to_owned();
    let name = |entry: &str| entry.split_once(':').expect("a key").0.to_owned();
    let (old, next) = (new(), new());
    assert!(name(&old) != name(&next) && place.keys(&["new"]).stderr.is_empty());
    let key = next.split_once(':').expect("a key").1;
    assert_eq!(base64ct::Base64::decode_vec(key).expect("base64").len(), 32);
    let with = |ring: &str, arguments: &[&str]| place.run_with(arguments, "", &[("COUNTERSIGN_KEYS", ring)]);
    let done = |ring: &str, arguments: &[&str]| {
        let ran = with(ring, arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.stderr);
        ran.stdout
    };
    fs::remove_file(place.ring()).expect("no file");
    done(&old, &["client", "add", "--name", "Printer", "--two-legged", "--json"]);
    refused(&with(&old, &["keys", "rotate"]), &["COUNTERSIGN_KEYS", "keys new", "at its end", "keys reseal"]);
    let both = format!("{next},{old}");
    refused(&with(&both, &["keys", "remove", &name(&old)]), &["clients: 1", "keys reseal"]);
    let told = done(&both, &["keys", "reseal"]);
    assert!(told.contains(&name(&next)), "{told}");
    refused(&with(&both, &["keys", "remove", &name(&old)]), &["nothing is sealed", "COUNTERSIGN_KEYS"]);
    refused(&with(&both, &["keys", "remove", &name(&next)]), &["seals"]);
    let listed = done(&next, &["keys", "list", "--json"]);
    assert!(listed.lines().count() == 1 && listed.contains(&name(&next)), "{listed}");
    refused(&with("a:c2hvcnQ=", &["keys", "list"]), &["COUNTERSIGN_KEYS", "entry 1"]);
    assert!(!place.ring().exists());
}

#[test]
fn commands_show_no_key_but_new_and_have_examples() {
    let place = place();
    place.add_client(&["--name", "Printer", "--two-legged"]);
    let mut said = String::new();
    let old = place.sealing();
    for arguments in [
        &["rotate"][..],
        &["rotate", "--json"],
        &["list"],
        &["list", "--json"],
        &["reseal"],
        &["reseal", "--json"],
    ] {
        let ran = place.keys(arguments);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        said.extend([ran.stdout, ran.stderr]);
    }
    let server = place.server().start();
    place.rotated();
    let all = place.entries();
    let client = place.add_client(&["--name", "Printer", "--two-legged"]);
    Call::get("/api/whoami", &client).send(&server).expect(200);
    let log = || String::from_utf8_lossy(&server.log()).into_owned();
    until("the server says that it read the ring", || log().contains("read the changed key ring"));
    place.ring_is_old();
    said.extend([place.done(&["keys", "remove", &old], "").stdout]);
    said.push_str(&log());
    for entry in &all {
        let (name, key) = entry.split_once(':').expect("a key");
        assert!(said.contains(name) && !said.contains(key), "{said}");
    }
    for command in [&["--help"][..], &["reseal", "--help"]] {
        let help = place.keys(command).stdout;
        assert!(help.contains("Examples:") && help.contains("countersign keys reseal"), "{help}");
    }
}
