//! What a false server, a network or a careless hand must not learn or do.

use crate::{
    World,
    fake::{Fake, JSON, answer},
    refused, remote,
    support::place::Place,
};

const LIST: &[&str] = &["user", "list"];
const KEY: &str = "csk_precious";

#[test]
fn key_in_an_argument_is_refused_and_not_told_again() {
    let world = World::new();
    let url = format!("http://{}", world.server.address);
    for flag in [&["--api-key", KEY][..], &["--api-key=csk_precious"], &["--key", KEY]] {
        let ran = world.elsewhere.run(&[LIST, &["--remote", &url], flag].concat(), "");
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert!(
            ran.stderr.contains("COUNTERSIGN_API_KEY") && ran.stderr.contains("--api-key-file"),
            "{}",
            ran.stderr
        );
        assert!(!ran.stderr.contains("precious") && ran.stdout.is_empty(), "{}", ran.stderr);
    }
    let ran = remote(&world.elsewhere, "http://jane:csk_precious@127.0.0.1", "k", LIST, "");
    refused(&ran, &["no user"]);
    assert!(!ran.stderr.contains("precious"), "{}", ran.stderr);
}

#[test]
fn redirect_to_elsewhere_is_not_followed_and_carries_no_key() {
    let elsewhere = Place::with([]);
    let thief = Fake::answering(vec![answer("200 OK", JSON, r#"{"items":[]}"#)]);
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let location = format!("Location: {}/admin/api/v1/accounts\r\n", thief.url);
        let fake = Fake::answering(vec![answer(status, &location, "")]);
        refused(&remote(&elsewhere, &fake.url, KEY, LIST, ""), &["leads on to", &thief.url]);
        assert!(fake.asked()[0].contains(KEY), "the server that was named has it");
    }
    assert!(thief.asked().is_empty(), "{:?}", thief.asked());
}

#[test]
fn http_to_another_machine_is_refused_before_anything_is_sent() {
    let elsewhere = Place::with([]);
    for url in [
        "http://192.0.2.1",
        "http://photos.example.net",
        "http://127.0.0.1.example.net",
        "http://[2001:db8::1]",
    ] {
        refused(&remote(&elsewhere, url, KEY, LIST, ""), &[url, "https://", "--insecure-http"]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn http_to_another_address_is_sent_where_somebody_insists() {
    let world = World::new();
    let any = format!("http://0.0.0.0:{}", world.server.address.port());
    refused(&remote(&world.elsewhere, &any, &world.key, LIST, ""), &["--insecure-http"]);
    let insists = [LIST, &["--insecure-http"]].concat();
    assert_eq!(remote(&world.elsewhere, &any, &world.key, &insists, "").code, Some(0));
}

#[test]
fn creation_whose_answer_was_lost_is_sent_once_more_under_its_name() {
    let elsewhere = Place::with([]);
    let made =
        r#"{"number":7,"link":"https://a.example/signup?invitation=c","code":"c","expires":1,"warnings":[]}"#;
    let fake = Fake::answering(vec![String::new(), answer("201 Created", JSON, made)]);
    let ran = remote(&elsewhere, &fake.url, KEY, &["user", "invite"], "");
    assert!(ran.code == Some(0) && ran.stdout.contains("invitation=c"), "{}", ran.stderr);
    let asked = fake.asked();
    let name = |request: &String| {
        let lower = request.to_ascii_lowercase();
        let line =
            lower.lines().find(|line| line.starts_with("idempotency-key:")).expect("a name").to_owned();
        assert!(line.len() > 40, "{line}");
        line
    };
    assert_eq!((asked.len(), name(&asked[0])), (2, name(&asked[1])));
    let lost = Fake::answering(vec![String::new(), String::new()]);
    refused(
        &remote(&elsewhere, &lost.url, KEY, &["user", "invite"], ""),
        &["no answer came", "may have been done"],
    );
    assert_eq!(lost.asked().len(), 2);
}

#[test]
fn creation_that_is_still_under_way_is_waited_for_and_not_begun_again() {
    let elsewhere = Place::with([]);
    let busy = r#"{"status":409,"detail":"this request is being answered","field":"Idempotency-Key"}"#;
    let busy = answer("409 Conflict", "Content-Type: application/problem+json\r\n", busy);
    let made =
        r#"{"number":7,"link":"https://a.example/signup?invitation=c","code":"c","expires":1,"warnings":[]}"#;
    let fake = Fake::answering(vec![String::new(), busy.clone(), busy, answer("201 Created", JSON, made)]);
    let ran = remote(&elsewhere, &fake.url, KEY, &["user", "invite"], "");
    assert!(ran.code == Some(0) && ran.stdout.contains("invitation=c"), "{}", ran.stderr);
    let asked = fake.asked();
    assert!(asked.len() == 4 && asked.iter().all(|request| *request == asked[0]), "one name: {asked:?}");
}

#[test]
fn change_whose_answer_was_lost_is_not_sent_again() {
    let elsewhere = Place::with([]);
    for command in [&["user", "disable", "jane"][..], &["client", "remove", "x"], &["api-key", "revoke", "1"]]
    {
        let fake = Fake::answering(vec![String::new(), answer("204 No Content", "", "")]);
        refused(&remote(&elsewhere, &fake.url, KEY, command, ""), &["may have been done", "look"]);
        assert_eq!(fake.asked().len(), 1, "{command:?}");
    }
}

#[test]
fn what_a_false_server_says_steers_no_terminal() {
    let elsewhere = Place::with([]);
    let account = r#"{"items":[{"name":"a\u001b[2Jb\u009bc\rd","admin":false,"disabled":false,"has_password":true,"created":1}]}"#;
    let detail = r#"{"status":409,"detail":"x\u001b]0;title\u0007y"}"#;
    let fake = Fake::answering(vec![
        answer("200 OK", JSON, account),
        answer("409 Conflict", "Content-Type: application/problem+json\r\n", detail),
        answer("302 Found", "Location: https://a.example/\u{1b}[2J\r\n", ""),
        answer("429 Too Many Requests", "Retry-After: 1\u{9b}2J\r\n", ""),
    ]);
    for command in [LIST, &["user", "enable", "jane"], LIST, LIST] {
        let ran = remote(&elsewhere, &fake.url, KEY, command, "");
        let told = [&*ran.stdout, &*ran.stderr].concat();
        assert!(!told.contains(|char: char| char.is_control() && char != '\n'), "{told:?}");
    }
}

#[test]
fn endless_list_of_a_false_server_ends() {
    let elsewhere = Place::with([]);
    let page = answer("200 OK", JSON, r#"{"items":[],"next_cursor":"again"}"#);
    let fake = Fake::answering(vec![page; 5]);
    assert_eq!(remote(&elsewhere, &fake.url, KEY, LIST, "").code, Some(0));
    assert_eq!(fake.asked().len(), 2, "the same cursor twice is no next one");
}

#[test]
fn name_that_looks_like_a_path_stays_one_part() {
    let elsewhere = Place::with([]);
    let absent = || {
        answer(
            "404 Not Found",
            "Content-Type: application/problem+json\r\n",
            r#"{"status":404,"detail":"x"}"#,
        )
    };
    let fake = Fake::answering(vec![absent()]);
    refused(
        &remote(&elsewhere, &fake.url, KEY, &["user", "enable", "../api-keys/1?x#y"], ""),
        &["no account"],
    );
    assert!(
        fake.asked()[0]
            .starts_with("POST /admin/api/v1/accounts/..%2Fapi-keys%2F1%3Fx%23y/enable HTTP/1.1\r\n")
    );
}

#[test]
fn private_key_that_was_named_by_mistake_is_sent_to_nobody() {
    let elsewhere = Place::with([]);
    let pem = "-----BEGIN PRIVATE KEY-----\nMIIEvPRECIOUS\n-----END PRIVATE KEY-----\n";
    std::fs::write(elsewhere.path().join("key.pem"), pem).expect("a file");
    let fake = Fake::answering(vec![answer("500 Internal Server Error", "", "")]);
    let add = ["client", "add", "--name", "A", "--two-legged", "--rsa-public-key", "key.pem"];
    let ran = remote(&elsewhere, &fake.url, KEY, &add, "");
    refused(&ran, &["key.pem"]);
    assert!(fake.asked().is_empty() && !ran.stderr.contains("PRECIOUS"), "{}", ran.stderr);
}
