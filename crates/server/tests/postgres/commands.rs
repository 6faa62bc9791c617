//! The command line.

use super::{
    scene::{self, MISSING, PASSWORD, Scene},
    support::{
        client::{Call, Pair},
        place::Place,
    },
};
use std::{fmt::Write, time::Instant};

#[test]
fn migrate_check_tells_whether_the_database_is_current_and_changes_nothing() {
    let place = scene::empty();
    for _ in 0..2 {
        let ran = place.run(&["migrate", "--check"], "");
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
        assert!(ran.stderr.contains(MISSING), "{}", ran.stderr);
    }
    let absent = place.run(&["user", "list"], "");
    assert!(absent.code == Some(1) && absent.stderr.contains("`countersign migrate`"), "{}", absent.stderr);
    assert!(!place.path().join("countersign.keys").exists());
    assert!(place.done(&["migrate"], "").stdout.contains("is up to date"));
    assert!(place.done(&["migrate", "--check"], "").stdout.contains("is up to date"));
    place.done(&["migrate"], "");
}

#[test]
fn accounts_clients_and_tokens_are_kept_by_commands() {
    let scene = Scene::new();
    let place = &scene.place;
    let again = place.run(&["user", "add", "jane", "--password-stdin"], PASSWORD);
    assert!(again.code == Some(1) && again.stderr.contains("already"), "{}", again.stderr);
    place.add_user("Jane", PASSWORD);
    place.done(&["user", "passwd", "jane", "--password-stdin"], "another horse");
    place.done(&["user", "disable", "Jane"], "");
    assert_eq!(place.done(&["user", "list"], "").stdout, "Jane  disabled\njane\n");
    assert!(place.done(&["client", "list"], "").stdout.contains("active  Printer"));
    assert!(place.done(&["client", "show", &scene.client.id], "").stdout.contains("two_legged"));

    let token = place.issue_token(&scene.client.id, "jane", &["--scope", "photos"], "");
    let listed = place.done(&["token", "list", "--user", "jane", "--json"], "").stdout;
    assert!(listed.contains("photos") && !listed.contains(token.secret.expose()), "{listed}");
    place.done(&["token", "revoke", &token.id], "");
    let gone = place.run(&["token", "revoke", &token.id], "");
    assert!(gone.code == Some(1), "{}", gone.stderr);
    place.done(&["client", "remove", &scene.client.id], "");
    assert_eq!(place.done(&["token", "list"], "").stdout, "");
    assert!(place.done(&["config", "check", "--insecure-http"], "").stdout.contains("can work"));
}

fn imported(place: &Place, text: &str) -> (Option<i32>, serde_json::Value, String) {
    std::fs::write(place.path().join("all.jsonl"), text).expect("a file");
    let ran = place.run(&["import", "--json", "all.jsonl"], "");
    (ran.code, ran.json(), ran.stderr)
}

#[test]
fn what_another_provider_issued_works_unchanged_and_is_imported_once() {
    let place = scene::empty();
    let mut rows = String::from(ROWS);
    for number in 0..20_000 {
        writeln!(
            rows,
            r#"{{"type":"token","token":"t-{number}","token_secret":"s","client":"old key","owner":"jane","scopes":["photos"]}}"#
        )
        .expect("a string");
    }
    let start = Instant::now();
    let (code, told, stderr) = imported(&place, &rows);
    println!("{} rows in {} ms", rows.lines().count(), start.elapsed().as_millis());
    assert_eq!((code, &told["added"], &told["refused"]), (Some(0), &20_004.into(), &0.into()), "{stderr}");
    let orphans = ROWS.replace("old/token", "another").replace("\"owner\":\"jane\"", "\"owner\":\"nobody\"");
    let (code, told, stderr) = imported(&place, &format!("{ROWS}{orphans}"));
    assert_eq!((code, &told["known"], &told["refused"]), (Some(1), &7.into(), &1.into()), "{stderr}");
    assert!(stderr.contains("no account nobody"), "{stderr}");
    let server = place.server().start();
    let (client, token) = (Pair::new("old key", "old&secret"), Pair::new("old/token", "token secret"));
    let answer = Call::get("/api/whoami", &client).token(&token).send(&server).expect(200);
    assert!(answer.body.contains("\"jane\"") && answer.body.contains("photos"), "{}", answer.body);
    let last = Pair::new("t-19999", "s");
    Call::get("/api/whoami", &client).token(&last).send(&server).expect(200);
}

const ROWS: &str = r#"{"type":"account","name":"jane"}
{"type":"account","name":"joe","password_hash":"$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$SqlVijFGiPG+935vDSGEsA"}
{"type":"client","client_id":"old key","client_secret":"old&secret","name":"Printer","scopes":["photos"],"two_legged":true}
{"type":"token","token":"old/token","token_secret":"token secret","client":"old key","owner":"jane","scopes":["photos"]}
"#;
