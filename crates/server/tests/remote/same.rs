//! A command prints the same, wherever it works.

use crate::{
    World, remote,
    support::{
        admin::{Admin, json},
        place::{Place, Ran},
        until,
    },
};
use std::fs;

const PUBLIC_KEY: &str = include_str!("../../../provider/tests/provider/support/signer.pub.pem");

/// Commands one after another, with what stands on their standard input: what works, what is listed, what is refused.
const COMMANDS: &[(&[&str], &str)] = &[
    (&["user", "add", "root", "--admin", "--password-stdin"], "correct horse"),
    (&["user", "add", "jane", "--password-stdin"], "correct horse"),
    (&["user", "add", "jane", "--password-stdin"], "correct horse"),
    (&["user", "add", "jim", "--password-stdin"], "short"),
    (&["user", "add", "a\u{202e}b", "--password-stdin"], "correct horse"),
    (&["user", "add", "jane\u{3164}", "--password-stdin"], "correct horse"),
    (&["user", "list"], ""),
    (&["user", "list", "--json"], ""),
    (&["user", "passwd", "jane", "--password-stdin"], "another horse"),
    (&["user", "passwd", "nobody", "--password-stdin"], "another horse"),
    (&["user", "disable", "jane"], ""),
    (&["user", "disable", "jane"], ""),
    (&["user", "list"], ""),
    (&["user", "enable", "jane"], ""),
    (&["user", "enable", "jane"], ""),
    (&["user", "disable", "root"], ""),
    (&["user", "enable", "nobody"], ""),
    (&["user", "demote", "root"], ""),
    (&["user", "promote", "jane"], ""),
    (&["user", "promote", "jane"], ""),
    (&["user", "list"], ""),
    (&["user", "demote", "jane"], ""),
    (&["user", "demote", "jane"], ""),
    (&["user", "promote", "nobody"], ""),
    (&["user", "sessions", "jane"], ""),
    (&["user", "sessions", "jane", "--end"], ""),
    (&["user", "sessions", "nobody"], ""),
    (&["user", "sessions", "nobody", "--end"], ""),
    (&["user", "connect", "jane", "--issuer", "https://id.example.net", "--subject", "7"], ""),
    (&["user", "connect", "jane", "--issuer", "https://id.example.net", "--subject", "7"], ""),
    (&["user", "connect", "nobody", "--issuer", "https://id.example.net", "--subject", "8"], ""),
    (&["user", "connect", "jane", "--issuer", "https://id.example.net", "--subject", ""], ""),
    (&["user", "identities", "jane", "--json"], ""),
    (&["user", "identities", "nobody"], ""),
    (&["user", "disconnect", "jane", "--issuer", "https://id.example.net", "--subject", "9"], ""),
    (&["user", "disconnect", "nobody", "--issuer", "https://id.example.net", "--subject", "7"], ""),
    (&["user", "disconnect", "jane", "--issuer", "https://id.example.net", "--subject", "7"], ""),
    (&["user", "disconnect", "jane", "--issuer", "https://id.example.net", "--subject", "7"], ""),
    (&["user", "identities", "jane"], ""),
    (&["user", "invite", "--note", "Jane"], ""),
    (&["user", "invite", "--note", "John", "--days", "2", "--json"], ""),
    (&["user", "invite", "--note", "a\u{202e}b"], ""),
    (&["user", "invitations"], ""),
    (&["user", "invitations", "--json"], ""),
    (&["user", "uninvite", "1"], ""),
    (&["user", "uninvite", "1"], ""),
    (&["client", "add", "--name", "Made up", "--two-legged"], ""),
    (&["client", "add", "--name", "Made up", "--two-legged", "--json"], ""),
    (
        &[
            "client",
            "add",
            "--name",
            "Printer",
            "--client-id",
            "old",
            "--client-secret-stdin",
            "--scope",
            "photos",
            "--allow-oob",
        ],
        "precious",
    ),
    (&["client", "add", "--name", "Printer", "--client-id", "old", "--two-legged"], ""),
    (&["client", "add", "--name", "Unreachable", "--client-id", "far"], ""),
    (
        &[
            "client",
            "add",
            "--name",
            "Plain",
            "--client-id",
            "plain",
            "--two-legged",
            "--method",
            "PLAINTEXT",
        ],
        "",
    ),
    (
        &[
            "client",
            "add",
            "--name",
            "Key",
            "--client-id",
            "key",
            "--two-legged",
            "--rsa-public-key",
            "key.pem",
            "--json",
        ],
        "",
    ),
    (&["client", "add", "--name", "Wrong", "--callback", "oob"], ""),
    (&["client", "add", "--name", "Wrong", "--two-legged", "--method", "RSA-SHA1"], ""),
    (&["client", "add", "--name", "Wrong", "--two-legged", "--rsa-public-key", "nowhere.pem"], ""),
    (&["client", "show", "old"], ""),
    (&["client", "show", "old", "--json"], ""),
    (&["client", "show", "key"], ""),
    (&["client", "show", "nobody"], ""),
    (&["client", "proposed"], ""),
    (&["client", "proposed", "--json"], ""),
    (&["client", "approve", "old"], ""),
    (&["client", "approve", "nobody"], ""),
    (&["client", "reject", "old", "--reason", "Say why."], ""),
    (&["client", "reject", "old", "--reason", " "], ""),
    (&["client", "disable", "old"], ""),
    (&["client", "disable", "old"], ""),
    (&["client", "enable", "old"], ""),
    (&["client", "enable", "old"], ""),
    (&["client", "enable", "nobody"], ""),
    (&["client", "transfer", "old", "--to", "jane"], ""),
    (&["client", "transfer", "old", "--to", "jane"], ""),
    (&["client", "transfer", "old", "--to", "nobody"], ""),
    (&["client", "transfer", "old", "--to", "a\u{7}b"], ""),
    (&["client", "transfer", "nobody", "--to", "jane"], ""),
    (&["token", "issue", "--client", "old", "--user", "jane", "--scope", "photos"], ""),
    (&["token", "issue", "--client", "old", "--user", "jane", "--scope", "admin", "--json"], ""),
    (
        &["token", "issue", "--client", "old", "--user", "jane", "--token-id", "t", "--token-secret-stdin"],
        "precious",
    ),
    (&["token", "issue", "--client", "old", "--user", "jane", "--token-id", "t"], ""),
    (&["token", "issue", "--client", "nobody", "--user", "jane"], ""),
    (&["token", "issue", "--client", "old", "--user", "nobody"], ""),
    (&["token", "issue", "--client", "old", "--user", "jane", "--scope", "a b"], ""),
    (&["token", "list", "--client", "old", "--user", "jane", "--json"], ""),
    (&["token", "list", "--client", "key"], ""),
    (&["token", "list", "--client", "nobody"], ""),
    (&["token", "list", "--user", "nobody"], ""),
    (&["token", "revoke", "t"], ""),
    (&["token", "revoke", "t"], ""),
    (&["token", "revoke", "unknown"], ""),
    (&["token", "list"], ""),
    (&["api-key", "new", "--name", "Backup", "--scope", "accounts:read"], ""),
    (&["api-key", "new", "--name", "Backup", "--scope", "accounts:read", "--expires", "never", "--json"], ""),
    (&["api-key", "new", "--name", "Backup", "--scope", "accounts:read", "--account", "jane"], ""),
    (&["api-key", "new", "--name", "Backup", "--scope", "accounts:read", "--account", "nobody"], ""),
    (&["api-key", "list"], ""),
    (&["api-key", "list", "--json"], ""),
    (&["api-key", "revoke", "2"], ""),
    (&["api-key", "revoke", "2"], ""),
    (&["client", "key", "add", "plain"], ""),
    (&["client", "key", "add", "plain", "--json"], ""),
    (&["client", "key", "add", "key", "--rsa-public-key", "key.pem"], ""),
    (&["client", "key", "list", "plain", "--json"], ""),
    (&["client", "key", "list", "key", "--json"], ""),
    (&["client", "remove", "plain"], ""),
    (&["client", "remove", "plain"], ""),
    (&["client", "list"], ""),
    (&["client", "list", "--json"], ""),
];

/// Without what is made by chance, or at a time: words of 20 letters and digits or more, and Unix seconds.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for word in text.split_inclusive(|char: char| !char.is_ascii_alphanumeric() && char != '_') {
        let bare = word.trim_end_matches(|char: char| !char.is_ascii_alphanumeric() && char != '_');
        let is_time = bare.len() == 10 && bare.bytes().all(|byte| byte.is_ascii_digit());
        let is_random = bare.len() >= 20 && !["invitation", "oauth_consumer_key"].contains(&bare);
        plain.push_str(if is_time {
            "TIME"
        } else if is_random {
            "RANDOM"
        } else {
            bare
        });
        plain.push_str(&word[bare.len()..]);
    }
    plain
}

fn told(ran: &Ran) -> (Option<i32>, String, String) {
    (ran.code, sorted(&plain(&ran.stdout)), plain(&ran.stderr))
}

/// Lists of what was named by chance come in an order by chance.
fn sorted(text: &str) -> String {
    let mut lines: Vec<_> = text.lines().collect();
    if text.contains("RANDOM") {
        lines.sort_unstable();
    }
    lines.join("\n")
}

/// A folder with the same as the server's has at its start: one key, the public URL that links hold, and an API that is on.
fn local() -> Place {
    let place = Place::with([
        ("COUNTERSIGN_DATABASE_URL", "sqlite:x.db".into()),
        ("COUNTERSIGN_PUBLIC_URL", "http://countersign.test".into()),
        ("COUNTERSIGN_ADMIN_API_ENABLED", "true".into()),
    ]);
    crate::key(&place, &crate::SCOPES, &["--expires", "never"]);
    fs::write(place.path().join("key.pem"), PUBLIC_KEY).expect("a file");
    place
}

#[test]
fn every_command_prints_the_same_here_and_there() {
    let (world, here) = (World::new(), local());
    fs::write(world.elsewhere.path().join("key.pem"), PUBLIC_KEY).expect("a file");
    let mut done = 0;
    for (arguments, input) in COMMANDS {
        let (local, remote) = (here.run(arguments, input), world.run(arguments, input));
        // When a key was last used is known of the one that asks alone.
        let used = |(code, stdout, stderr): (Option<i32>, String, String)| {
            (code, stdout.replace("\"last_used\":null", "\"last_used\":TIME"), stderr)
        };
        assert_eq!(used(told(&remote)), used(told(&local)), "{arguments:?}");
        done += usize::from(local.code == Some(0));
    }
    assert!(
        done > 40 && done < COMMANDS.len() - 20,
        "{done} of {}: what works and what is refused",
        COMMANDS.len()
    );
    let left: Vec<_> = fs::read_dir(world.elsewhere.path()).expect("the folder").collect();
    assert_eq!(left.len(), 1, "no database was made elsewhere: {left:?}");
}

#[test]
fn the_same_over_tls_with_a_root_of_ones_own() {
    let place = Place::new();
    let key = crate::key(&place, &crate::SCOPES, &[]);
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let file = |name: &str| place.path().join(name);
    fs::write(file("key.pem"), made.signing_key.serialize_pem()).expect("a file");
    fs::write(file("certificate.pem"), made.cert.pem()).expect("a file");
    let server = crate::support::server::Starter::over_https(place.command())
        .set("COUNTERSIGN_ADMIN_API_ENABLED", "true")
        .set("COUNTERSIGN_TLS_CERTIFICATE", "certificate.pem")
        .set("COUNTERSIGN_TLS_KEY", "key.pem")
        .start();
    let (elsewhere, port) = (Place::with([]), server.address.port());
    fs::write(elsewhere.path().join("root.pem"), made.cert.pem()).expect("a file");
    let ask =
        |url: &str, flags: &[&str]| remote(&elsewhere, url, &key, &[&["user", "list"], flags].concat(), "");
    let roots = ["--root-certificates", "root.pem"];
    let added = ["user", "add", "jane", "--password-stdin", "--root-certificates", "root.pem"];
    let url = format!("https://localhost:{port}");
    let ran = remote(&elsewhere, &url, &key, &added, "correct horse");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "added jane\n"), "{}", ran.stderr);
    assert_eq!(ask(&url, &roots).stdout, "jane\n");
    // Of a stranger, by another name, and in plain text to a socket of TLS.
    crate::refused(&ask(&url, &[]), &["cannot be reached", "certificate"]);
    crate::refused(&ask(&format!("https://127.0.0.1:{port}"), &roots), &["cannot be reached", "certificate"]);
    crate::refused(&ask(&format!("http://127.0.0.1:{port}"), &[]), &["127.0.0.1"]);
    for (name, text) in [("none.pem", ""), ("garbage.pem", "garbage")] {
        fs::write(elsewhere.path().join(name), text).expect("a file");
        crate::refused(&ask(&url, &["--root-certificates", name]), &[name]);
    }
    crate::refused(&ask(&url, &["--root-certificates", "nowhere.pem"]), &["nowhere.pem"]);
}

#[test]
fn long_lists_come_whole() {
    let world = World::new();
    let row = |at: usize| format!("{{\"type\":\"account\",\"name\":\"account-{at:04}\"}}\n");
    let rows: String = (0..450).map(row).collect();
    fs::write(world.place.path().join("accounts.jsonl"), rows).expect("a file");
    world.place.done(&["import", "accounts.jsonl"], "");
    let listed = world.run(&["user", "list"], "").stdout;
    assert_eq!(listed, world.place.done(&["user", "list"], "").stdout);
    assert_eq!(listed.lines().count(), 450);
}

#[test]
fn what_a_command_does_there_is_recorded_there_by_the_key() {
    let world = World::new();
    assert_eq!(world.run(&["user", "add", "jane", "--password-stdin"], "correct horse").code, Some(0));
    assert_eq!(world.run(&["user", "invite"], "").code, Some(0));
    assert_eq!(world.run(&["user", "uninvite", "1"], "").code, Some(0));
    let admin = Admin { server: &world.server, key: &world.key };
    for event in ["account_added", "invitation_added", "invitation_withdrawn"] {
        until("it is recorded", || {
            let found = json(&admin.get(&format!("/audit?event={event}")).expect(200));
            let actors = found["items"].as_array().expect("items").iter().map(|item| &item["actor"]);
            actors.eq(["API key 1 (Tests)"])
        });
    }
}

#[test]
fn client_that_its_owner_suspended_is_the_operators_once_one_suspends_it() {
    let world = World::new();
    let admin = Admin { server: &world.server, key: &world.key };
    let id = admin.application("Printer", &serde_json::json!({}));
    let suspended_by =
        || json(&admin.get(&format!("/applications/{id}")).expect(200))["suspended_by"].clone();
    let here = |verb: &str| world.place.run(&["client", verb, &id], "");
    let there = |verb: &str| world.run(&["client", verb, &id], "");
    let ways: [&dyn Fn(&str) -> Ran; 2] = [&here, &there];
    for way in ways {
        let database = rusqlite::Connection::open(world.place.database()).expect("the database");
        assert_eq!(way("disable").code, Some(0));
        let by_owner = "UPDATE clients SET suspended_by_owner = 1 WHERE id = ?1";
        assert_eq!(database.execute(by_owner, [&id]).expect("SQL"), 1);
        assert_eq!(suspended_by(), "owner");
        assert_eq!(way("disable").code, Some(0));
        assert_eq!(suspended_by(), "operator");
        assert_eq!(way("enable").code, Some(0));
        assert_eq!(suspended_by(), serde_json::Value::Null);
    }
}

#[test]
fn client_that_waits_is_enabled_by_approval_alone() {
    let world = World::new();
    let admin = Admin { server: &world.server, key: &world.key };
    let new = |name| admin.application(name, &serde_json::json!({ "pending": true }));
    let (good, bad) = (new("Good"), new("Bad"));
    let both = |arguments: &[&str]| {
        let (here, there) = (world.place.run(arguments, ""), world.run(arguments, ""));
        assert_eq!((here.code, &here.stdout, &here.stderr), (there.code, &there.stdout, &there.stderr));
        there
    };
    for flags in [&["client", "proposed"][..], &["client", "proposed", "--json"]] {
        let listed = both(flags).stdout;
        assert!(listed.lines().count() == 2 && listed.contains(&good) && listed.contains(&bad), "{listed}");
    }
    for verb in ["enable", "disable"] {
        crate::refused(&both(&["client", verb, &good]), &["is pending", "client approve"]);
    }
    assert_eq!(world.run(&["client", "reject", &bad, "--reason", "Say why."], "").code, Some(0));
    crate::refused(&both(&["client", "enable", &bad]), &["is rejected"]);
    crate::refused(
        &both(&["client", "reject", &bad, "--reason", "Again."]),
        &["is rejected", "client proposed"],
    );
    assert_eq!(world.run(&["client", "approve", &good], "").code, Some(0));
    assert_eq!(both(&["client", "proposed"]).stdout, "");
    assert_eq!(world.place.run(&["client", "approve", &bad], "").code, Some(0));
    crate::refused(&both(&["client", "approve", &bad]), &["is active"]);
    both(&["client", "list"]);
}
