//! What a person at a terminal meets: lost output, wrong folders, signals, registrations that could never work.

mod support;

use std::{
    fs::File,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};
use support::{
    client::{Call, Pair},
    hang_up_is_ignored,
    http::Request,
    place::{Place, Ran},
    server::signal,
    until,
};

const PUBLIC_KEY: &str = include_str!("../../provider/tests/provider/support/signer.pub.pem");

/// Asserts that it says all of this in one line on standard error, and ends with exit code 1.
#[track_caller]
fn refused(ran: &Ran, told: &[&str]) {
    let one_line = ran.stderr.lines().count() == 1 && ran.stderr.starts_with("countersign: ");
    assert!(ran.code == Some(1) && one_line && ran.stdout.is_empty(), "{:?}: {}", ran.code, ran.stderr);
    let missing: Vec<_> = told.iter().filter(|part| !ran.stderr.contains(**part)).collect();
    assert!(missing.is_empty(), "without {missing:?}: {}", ran.stderr);
}

/// Asserts that the command line itself is refused, and that it says all of this.
#[track_caller]
fn misused(ran: &Ran, told: &[&str]) {
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    let missing: Vec<_> = told.iter().filter(|part| !ran.stderr.contains(**part)).collect();
    assert!(missing.is_empty(), "without {missing:?}: {}", ran.stderr);
}

/// Runs a command whose standard output is this.
fn into(place: &Place, out: impl Into<Stdio>, arguments: &[&str]) -> Ran {
    let output =
        place.command().args(arguments).stdin(Stdio::null()).stdout(out).stderr(Stdio::piped()).output();
    Ran::from(output.expect("the binary"))
}

/// A pipe that nobody reads any more.
fn closed() -> std::io::PipeWriter {
    std::io::pipe().expect("a pipe").1
}

fn prepared() -> (Place, Pair) {
    let place = Place::new();
    place.add_user("jane", "correct horse");
    let client = place.add_client(&["--name", "Printer", "--two-legged", "--scope", "photos"]);
    (place, client)
}

/// What is in the folder, by name.
fn files(place: &Place) -> Vec<String> {
    let names = std::fs::read_dir(place.path()).expect("the folder");
    let mut names: Vec<_> =
        names.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn reader_that_went_away_ends_a_command_quietly() {
    let (place, _) = prepared();
    for arguments in [
        &["client", "list"][..],
        &["client", "list", "--json"],
        &["user", "list"],
        &["audit", "list"],
        &["keys", "list"],
        &["keys", "new"],
        &["completions", "bash"],
        &["config", "init"],
        &["config", "check", "--insecure-http"],
        &["demo", "--once"],
        &["demo"],
    ] {
        let ran = into(&place, closed(), arguments);
        assert!(ran.code == Some(0) && ran.stderr.is_empty(), "{arguments:?} {:?}: {}", ran.code, ran.stderr);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn full_disk_behind_the_output_is_told_in_one_line() {
    let (place, _) = prepared();
    for arguments in [&["client", "list"][..], &["completions", "bash"], &["config", "init"], &["demo"]] {
        let full = File::options().write(true).open("/dev/full").expect("/dev/full");
        refused(&into(&place, full, arguments), &["standard output", "No space left"]);
    }
}

/// A log that cannot be written stops nobody.
#[cfg(target_os = "linux")]
#[test]
fn full_disk_behind_the_log_does_not_end_the_server() {
    let place = Place::new();
    let listen = ["serve", "--insecure-http", "--listen", "127.0.0.1:0"];
    let full = File::options().write(true).open("/dev/full").expect("/dev/full");
    let mut child = place.command().args(listen).stderr(full).spawn().expect("the binary");
    // By then it listens for signals too, and it announces itself before it ends.
    until("it starts", || place.database().exists());
    signal(&child, "TERM");
    assert!(child.wait().expect("an end").success());
}

#[cfg(target_os = "linux")]
#[test]
fn secret_that_could_not_be_shown_is_not_kept() {
    let (place, client) = prepared();
    let add = ["client", "add", "--name", "Lost", "--two-legged"];
    let issue = ["token", "issue", "--client", &client.id, "--user", "jane"];
    let kept = ["token", "issue", "--client", &client.id, "--user", "jane", "--token-id", "mine"];
    for arguments in [&add[..], &issue, &kept] {
        let full = File::options().write(true).open("/dev/full").expect("/dev/full");
        refused(&into(&place, full, arguments), &["not shown", "so it was not"]);
        refused(&into(&place, closed(), arguments), &["not shown", "so it was not"]);
    }
    assert_eq!(place.done(&["client", "list"], "").stdout.lines().count(), 1);
    assert_eq!(place.done(&["token", "list"], "").stdout, "");
    place.done(&kept, "");
}

#[test]
fn database_is_complete_in_one_file_after_a_stop() {
    let (place, client) = prepared();
    assert_eq!(files(&place), ["countersign.keys", "x.db"]);
    for hang_up in [false, true] {
        if hang_up && hang_up_is_ignored() {
            continue;
        }
        let server = place.server().start();
        Call::get("/api/whoami", &client).send(&server).expect(200);
        Request::get("/login").send(&server).expect(200);
        if hang_up {
            server.hang_up();
        } else {
            server.terminate();
        }
        let (status, log, _) = server.ended();
        let log = String::from_utf8_lossy(&log).into_owned();
        assert!(status.success() && log.contains("stopped"), "{status}: {log}");
        assert_eq!(files(&place), ["countersign.keys", "x.db"]);
    }
}

#[test]
fn demo_that_is_ended_leaves_nothing_behind() {
    for name in ["TERM", "HUP", "INT"] {
        if name == "HUP" && hang_up_is_ignored() {
            continue;
        }
        let place = Place::new();
        let mut demo = place.command();
        demo.arg("demo").env("TMPDIR", place.path()).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = demo.spawn().expect("the binary");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        assert!(lines.any(|line| line.is_ok_and(|line| line.contains("curl -i"))), "the whole demo");
        assert_eq!(files(&place).len(), 1, "its folder");
        signal(&child, name);
        assert!(child.wait().expect("an end").success());
        assert_eq!(files(&place), [""; 0], "SIG{name}");
    }
}

#[test]
fn client_that_could_never_work_is_refused_with_the_remedy() {
    let place = Place::new();
    let key = place.path().join("key.pem");
    std::fs::write(&key, PUBLIC_KEY).expect("a key");
    let add = |flags: &[&str]| place.run(&[&["client", "add", "--name", "Printer"], flags].concat(), "");
    let with_key = ["--two-legged", "--rsa-public-key", "key.pem"];
    refused(&add(&["--two-legged", "--method", "RSA-SHA1"]), &["--method", "--rsa-public-key"]);
    refused(&add(&[&with_key[..], &["--method", "HMAC-SHA1"]].concat()), &["--method", "RSA"]);
    refused(&add(&["--callback", "oob"]), &["--allow-oob"]);
    refused(&add(&["--callback", "https://jane@printer.example/"]), &["user"]);
    refused(&add(&["--two-legged", "--scope", "a b"]), &["one word"]);
    refused(&add(&["--two-legged", "--scope", "a\u{7}"]), &["one word"]);
    assert!(!place.database().exists(), "what is refused makes no database");

    let unreachable = add(&[]);
    assert_eq!(unreachable.code, Some(0), "tokens may be issued to it by hand");
    for remedy in ["token issue", "--callback", "--allow-oob", "--two-legged"] {
        assert!(unreachable.stderr.contains(remedy), "{}", unreachable.stderr);
    }
    let off = add(&["--two-legged", "--method", "PLAINTEXT"]);
    assert!(off.code == Some(0) && off.stderr.contains("allow_plaintext"), "{}", off.stderr);
    add(&[&with_key[..], &["--method", "RSA-SHA1"]].concat());
    let twice = [
        "--callback",
        "https://a.example/",
        "--callback",
        "https://a.example/",
        "--scope",
        "s",
        "--scope",
        "s",
    ];
    let client = place.add_client(&[&["--name", "Twice"], &twice[..]].concat());
    let shown = place.done(&["client", "show", &client.id, "--json"], "").json();
    assert_eq!(shown["callbacks"], serde_json::json!(["https://a.example/"]));
    assert_eq!(shown["scopes"], serde_json::json!(["s"]));
}

#[test]
fn what_is_unknown_is_told_from_what_is_done_already() {
    let (place, client) = prepared();
    let run = |arguments: &[&str]| place.run(arguments, "");
    refused(&run(&["user", "disable", "nobody"]), &["no account nobody"]);
    place.done(&["user", "disable", "jane"], "");
    refused(&run(&["user", "disable", "jane"]), &["jane is disabled already"]);
    place.done(&["user", "enable", "jane"], "");
    refused(&run(&["user", "enable", "jane"]), &["jane is enabled already"]);
    refused(&run(&["token", "revoke", "zzz"]), &["no token zzz"]);
    let token = place.issue_token(&client.id, "jane", &["--scope", "photos"], "");
    place.done(&["token", "revoke", &token.id], "");
    refused(&run(&["token", "revoke", &token.id]), &["revoked before", &token.id]);
    refused(&run(&["token", "list", "--client", "zzz"]), &["no client zzz"]);
    refused(&run(&["token", "list", "--user", "nobody"]), &["no account nobody"]);
    refused(&run(&["client", "show", "zzz"]), &["no client zzz"]);
    let issue = ["token", "issue", "--client", &client.id, "--user", "jane", "--scope", "admin"];
    let given = run(&issue);
    assert_eq!(given.code, Some(0), "an operator may give what a client may not ask for");
    for told in ["admin", &client.id, "photos"] {
        assert!(given.stderr.contains(told), "{}", given.stderr);
    }
    // Without a password, nor a terminal to ask on: the name is looked at first.
    refused(&run(&["user", "add", "jane"]), &["account jane already"]);
    refused(&run(&["user", "add", "jane\u{3164}"]), &["invisible"]);
    refused(&run(&["user", "add", "\u{3164}"]), &["at least one visible character"]);
    refused(&run(&["user", "passwd", "nobody"]), &["no account nobody"]);
}

#[test]
fn client_that_was_changed_since_one_looked_is_not_let_in() {
    let (place, client) = prepared();
    let shown = || place.done(&["client", "show", &client.id, "--json"], "").json();
    let seen = shown()["revision"].as_u64().expect("a number");
    place.done(&["client", "disable", &client.id], "");
    let enable =
        |revision: u64| place.run(&["client", "enable", &client.id, "--revision", &revision.to_string()], "");
    for stale in [seen, u64::MAX] {
        refused(&enable(stale), &[&client.id, "changed", "nothing was done", "client show"]);
    }
    assert_eq!(shown()["status"], "suspended");
    assert!(place.done(&["client", "show", &client.id], "").stdout.contains("revision"));
    let seen = shown()["revision"].as_u64().expect("a number");
    assert_eq!(enable(seen).code, Some(0));
    refused(&enable(seen), &["changed"]);
    misused(&place.run(&["client", "approve", &client.id, "--revision", "x"], ""), &["--revision"]);
    let help = place.done(&["client", "approve", "--help"], "").stdout;
    assert!(help.contains("client approve CLIENT --revision 3"), "{help}");
}

#[test]
fn command_that_only_reads_makes_no_database() {
    let place = Place::new();
    for arguments in [
        &["client", "list"][..],
        &["client", "show", "x"],
        &["client", "remove", "x"],
        &["user", "list"],
        &["user", "disable", "x"],
        &["token", "list"],
        &["token", "revoke", "x"],
        &["token", "issue", "--client", "x", "--user", "y"],
        &["audit", "list"],
        &["usage", "list"],
        &["keys", "list"],
        &["keys", "reseal"],
        &["keys", "remove", "x"],
    ] {
        let whole = place.path().join("x.db").display().to_string();
        refused(&place.run(arguments, ""), &[&whole, "--database", "--config", "migrate"]);
        assert_eq!(files(&place), [""; 0], "{arguments:?}");
    }
    let nowhere = ["client", "add", "--name", "x", "--two-legged", "--database", "sqlite:none/x.db"];
    refused(&place.run(&nowhere, ""), &["database.url", "none", "No such file"]);
    place.done(&["migrate"], "");
    assert_eq!(files(&place), ["countersign.keys", "x.db"]);
}

/// Where nothing was sealed yet a lost ring is no loss; what is sealed then must open later.
#[test]
fn first_secret_is_sealed_under_a_ring_that_is_kept() {
    let place = Place::new();
    place.add_user("jane", "correct horse");
    std::fs::write(place.path().join("key.pem"), PUBLIC_KEY).expect("a key");
    let client = place.add_client(&["--name", "Ledger", "--two-legged", "--rsa-public-key", "key.pem"]);
    let ring = place.path().join("countersign.keys");
    std::fs::remove_file(&ring).expect("the ring");
    place.done(&["client", "list"], "");
    assert!(!ring.exists(), "who only reads makes none");
    place.issue_token(&client.id, "jane", &[], "");
    assert!(ring.exists());
    place.done(&["token", "list"], "");
}

#[test]
fn check_refuses_what_serve_could_not_do_and_takes_its_flags() {
    let place = Place::new();
    let check = |flags: &[&str]| place.run(&[&["config", "check"], flags].concat(), "");
    refused(&check(&[]), &["insecure_http = true", "--insecure-http", "public_url"]);
    assert_eq!(check(&["--insecure-http"]).code, Some(0));
    let https = ["--public-url", "https://photos.example.net"];
    refused(&check(&https), &["trusted_proxies", "tls_terminated_upstream"]);
    assert_eq!(check(&[&https[..], &["--trusted-proxy", "127.0.0.1"]].concat()).code, Some(0));
    refused(&check(&["--insecure-http", "--listen", "0.0.0.0:80"]), &["public_url"]);
    refused(&check(&["--insecure-http", "--cache", "mongodb://h"]), &["cache.url"]);
    refused(
        &check(&["--insecure-http", "--nonces", "memcached://h"]),
        &["--nonces: nonces.url", "danger_nonces"],
    );
    refused(&check(&["--insecure-http", "--database", "mongodb://h"]), &["database.url"]);
    misused(&check(&["--listen", "8081"]), &["--listen", "127.0.0.1:8081"]);
    misused(&check(&["--trusted-proxy", "foo"]), &["foo", "127.0.0.1/32"]);
    assert_eq!(files(&place), [""; 0]);
}

#[test]
fn commands_that_have_no_database_take_none() {
    let place = Place::new();
    for command in [&["demo"][..], &["completions"]] {
        let help = place.done(&[command, &["--help"]].concat(), "").stdout;
        assert!(!help.contains("--database") && !help.contains("--config"), "{help}");
        misused(&place.run(&[command, &["--database", "sqlite:x.db"]].concat(), ""), &["--database"]);
    }
    let help = place.done(&["client", "add", "--help"], "").stdout;
    assert!(help.contains("--database") && help.contains("--config"), "{help}");
}

#[test]
fn unusable_file_is_named_once_with_the_remedy() {
    let (place, _) = prepared();
    let list = |place: &Place| place.run(&["client", "list"], "");
    std::fs::write(place.path().join("countersign.keys"), "a:c2hvcnQ=\n").expect("a bad ring");
    refused(&list(&place), &["countersign.keys", "entry 1", "32 bytes"]);

    let place = Place::new();
    for (input, told) in [(&b""[..], "no password on standard input"), (b"\xff\xfe", "password")] {
        let mut add = place.command();
        let child = add.args(["user", "add", "jane", "--password-stdin"]).stdin(Stdio::piped());
        let mut child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary");
        std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), input).expect("input");
        let ran = Ran::from(child.wait_with_output().expect("an end"));
        assert!(ran.code == Some(1) && ran.stderr.contains(told), "{}", ran.stderr);
        assert!(ran.stderr.contains("standard input"), "{}", ran.stderr);
    }
    let client = place
        .add_client_with(&["--name", "P", "--client-id", "p", "--client-secret-stdin"], "\u{feff}secret\n");
    assert!(client.secret.matches("secret"));
}

/// Pasted line by line, so that no line may be set in.
#[test]
fn python_of_the_demo_can_be_pasted() {
    let place = Place::new();
    let mut child = place.command();
    let mut child = child.arg("demo").stdout(Stdio::piped()).spawn().expect("the binary");
    let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut lines = lines.map(|line| line.expect("text")).skip_while(|line| !line.contains("In Python"));
    let pasted: Vec<_> = lines.by_ref().skip(1).take_while(|line| !line.is_empty()).collect();
    lines.find(|line| line.contains("curl -i")).expect("the rest");
    signal(&child, "TERM");
    assert!(child.wait().expect("an end").success());
    assert!(pasted.len() == 4 && pasted.iter().all(|line| !line.starts_with(' ')), "{pasted:#?}");
    let python = Command::new("python3")
        .args(["-c", &format!("compile({:?}, 'demo', 'exec')", pasted.join("\n"))])
        .status();
    match python {
        Ok(status) => assert!(status.success()),
        Err(why) => println!("SKIPPED: its syntax was not looked at, without python3: {why}"),
    }
}
