//! What a command says where it cannot be done there.

use crate::{
    World,
    fake::{Fake, JSON, answer},
    refused, remote,
    support::{admin::key, place::Place},
};
use std::{fs, net::TcpListener};

const LIST: &[&str] = &["user", "list"];

#[test]
fn a_key_that_is_wrong_or_lacks_a_scope_is_told_which() {
    let world = World::new();
    let url = format!("http://{}", world.server.address);
    let ask = |key: &str, arguments: &[&str]| remote(&world.elsewhere, &url, key, arguments, "correct horse");
    refused(&ask("csk_wrong", LIST), &["not taken", &url]);
    refused(&ask("two words", LIST), &["COUNTERSIGN_API_KEY", "one word"]);
    refused(&ask("", LIST), &["no API key", "COUNTERSIGN_API_KEY", "--api-key-file", "api-key new"]);
    let few = key(&world.place, &["accounts:write", "applications:write"], &[]);
    refused(&ask(&few, LIST), &["lacks the scope accounts:read"]);
    refused(&ask(&few, &["token", "list"]), &["lacks the scope tokens:read"]);
    // What writes looks only where it may.
    let added = ask(&few, &["user", "add", "jane", "--password-stdin"]);
    assert_eq!((added.code, added.stdout.as_str()), (Some(0), "added jane\n"), "{}", added.stderr);
    refused(&ask(&few, &["user", "add", "jane", "--password-stdin"]), &["there is an account jane already"]);
    refused(&ask(&few, &["client", "approve", "nobody"]), &["no client nobody"]);
    world.place.done(&["api-key", "revoke", "2"], "");
    refused(&ask(&few, LIST), &["not taken"]);
}

#[test]
fn a_key_is_read_from_a_file_that_nobody_else_can_read() {
    let world = World::new();
    let (url, file) = (format!("http://{}", world.server.address), world.elsewhere.path().join("key"));
    fs::write(&file, format!("{}\n", world.key)).expect("a file");
    let ask = || world.elsewhere.run(&["user", "list", "--remote", &url, "--api-key-file", "key"], "");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("a mode");
        refused(&ask(), &["key: ", "chmod 600"]);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("a mode");
    }
    assert_eq!(ask().code, Some(0), "{}", ask().stderr);
    fs::write(&file, "").expect("a file");
    refused(&ask(), &["key holds no API key"]);
    fs::remove_file(&file).expect("gone");
    refused(&ask(), &["key: "]);
}

#[test]
fn commands_of_this_machine_say_so() {
    let place = Place::new();
    place.done(&["migrate"], "");
    for arguments in [
        &["keys", "rotate"][..],
        &["jwt", "list"],
        &["migrate"],
        &["audit", "forget", "--older-than", "1d"],
        &["import", "x.jsonl"],
    ] {
        refused(
            &remote(&place, "https://a.example", "k", arguments, ""),
            &["COUNTERSIGN_REMOTE", "this machine"],
        );
    }
    for arguments in [
        &["keys", "rotate"][..],
        &["migrate"],
        &["import", "x"],
        &["audit", "forget"],
        &["serve"],
        &["health"],
        &["demo"],
        &["config", "check"],
    ] {
        for flag in [&["--remote", "https://a.example"][..], &["--remote=https://a.example"]] {
            let ran = place.run(&[arguments, flag].concat(), "");
            assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.stderr);
            assert!(ran.stderr.contains("this machine alone"), "{arguments:?}: {}", ran.stderr);
        }
    }
    // Who sets it for other commands can still make a configuration.
    assert_eq!(remote(&place, "https://a.example", "k", &["config", "init"], "").code, Some(0));
    assert_eq!(remote(&place, "", "k", &["keys", "list"], "").code, Some(0), "empty is unset");
}

#[test]
fn flags_that_contradict_each_other_are_refused() {
    let place = Place::new();
    let both = ["user", "list", "--remote", "https://a.example", "--database", "sqlite:x.db"];
    refused(&place.run(&both, ""), &["--database", "--remote"]);
    for flag in [&["--api-key-file", "x"][..], &["--root-certificates", "x"], &["--insecure-http"]] {
        refused(&place.run(&[LIST, flag].concat(), ""), &[flag[0], "--remote"]);
    }
    for url in ["a.example", "ftp://a.example", "https://a.example/?x"] {
        refused(&remote(&place, url, "k", LIST, ""), &["--remote"]);
    }
}

#[test]
fn a_server_that_is_not_there_or_has_no_such_api_is_named() {
    let elsewhere = Place::with([]);
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    refused(
        &remote(&elsewhere, &format!("http://{free}"), "k", LIST, ""),
        &[&free.to_string(), "cannot be reached", "refused"],
    );
    refused(
        &remote(&elsewhere, "https://nowhere.invalid", "k", LIST, ""),
        &["nowhere.invalid", "cannot be reached"],
    );
    let place = Place::new();
    place.done(&["migrate"], "");
    let server = place.server().start();
    let url = format!("http://{}", server.address);
    refused(&remote(&elsewhere, &url, "k", LIST, ""), &[&url, "admin_api.enabled"]);
}

#[test]
fn an_older_server_is_told_by_its_version() {
    let elsewhere = Place::with([]);
    let unknown = answer("404 Not Found", "Content-Type: text/html\r\n", "<h1>Not found</h1>");
    let document = answer("200 OK", JSON, r#"{"info":{"version":"0.0.9"}}"#);
    let fake = Fake::answering(vec![unknown, document]);
    refused(
        &remote(&elsewhere, &fake.url, "k", &["user", "invitations"], ""),
        &["version 0.0.9", env!("CARGO_PKG_VERSION")],
    );
    let other = Fake::answering(vec![answer("200 OK", JSON, r#"{"items":[{"nom":"jane"}]}"#)]);
    refused(&remote(&elsewhere, &other.url, "k", LIST, ""), &["not one that this version knows"]);
    let page = Fake::answering(vec![answer("200 OK", "Content-Type: text/html\r\n", "<h1>Hello</h1>")]);
    refused(&remote(&elsewhere, &page.url, "k", LIST, ""), &["200"]);
}

#[test]
fn a_servers_trouble_is_told_with_when_to_try_again() {
    let elsewhere = Place::with([]);
    let problem = |status: &str, detail: &str| {
        let body = format!(r#"{{"type":"about:blank","title":"x","status":503,"detail":"{detail}"}}"#);
        answer(status, "Content-Type: application/problem+json\r\nRetry-After: 60\r\n", &body)
    };
    let fake = Fake::answering(vec![
        problem("503 Service Unavailable", "the service does not answer at the moment"),
        answer("429 Too Many Requests", "Retry-After: 7\r\n", "slower"),
        answer("502 Bad Gateway", "", "nginx"),
    ]);
    refused(&remote(&elsewhere, &fake.url, "k", LIST, ""), &["503", "does not answer at the moment", "60 s"]);
    refused(&remote(&elsewhere, &fake.url, "k", LIST, ""), &["too often", "7 s"]);
    refused(&remote(&elsewhere, &fake.url, "k", LIST, ""), &["502"]);
}
