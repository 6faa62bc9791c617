//! `countersign import`: what another provider issued works unchanged, and nothing that could never work gets in.

mod support;

use std::fmt::Write;
use support::{
    client::{Call, Pair},
    needles::forms,
    place::{Place, Ran},
    until,
};

const ROWS: &str = r#"{"type":"account","name":"jane"}
{"type":"account","name":"joe","password_hash":"$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$SqlVijFGiPG+935vDSGEsA"}

{"type":"client","client_id":"old key","client_secret":"old&secret","name":"Printer","callbacks":["https://printer.example.com/ready"],"scopes":["photos"],"two_legged":true}
{"type":"client","client_id":"off","client_secret":"x","name":"Off","two_legged":true,"disabled":true}
{"type":"token","token":"old/token","token_secret":"token secret","client":"old key","owner":"jane","scopes":["photos"]}
"#;

fn imported(place: &Place, name: &str, text: &str, flags: &[&str]) -> Ran {
    std::fs::write(place.path().join(name), text).expect("a file");
    place.run(&[&["import", name], flags].concat(), "")
}

fn counted(ran: &Ran) -> (i64, i64, i64) {
    let told = ran.json();
    let number = |name: &str| told[name].as_i64().expect("a number");
    (number("added"), number("known"), number("refused"))
}

#[test]
fn what_another_provider_issued_works_unchanged() {
    let place = Place::new();
    let ran = imported(&place, "all.jsonl", ROWS, &[]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(0), "5 added, 0 there already, 0 refused\n"),
        "{}",
        ran.stderr
    );
    let server = place.server().start();
    let (client, token) = (Pair::new("old key", "old&secret"), Pair::new("old/token", "token secret"));
    let answer = Call::get("/api/whoami", &client).token(&token).send(&server).expect(200);
    assert!(answer.body.contains("\"jane\"") && answer.body.contains("photos"), "{}", answer.body);
    Call::get("/api/whoami", &client).send(&server).expect(200);
    Call::get("/api/whoami", &Pair::new("off", "x")).send(&server).refused(401, "consumer_key_refused");
}

#[test]
fn a_second_run_adds_nothing_and_changes_nothing() {
    let place = Place::new();
    assert_eq!(counted(&imported(&place, "all.jsonl", ROWS, &["--json"])), (5, 0, 0));
    assert_eq!(counted(&imported(&place, "all.jsonl", ROWS, &["--json"])), (0, 5, 0));
    let other = ROWS.replace("old&secret", "another").replace("token secret", "another");
    let ran = imported(&place, "other.jsonl", &other, &["--json"]);
    assert_eq!((ran.code, counted(&ran)), (Some(1), (0, 3, 2)));
    assert!(ran.stderr.contains("other.jsonl:4: there is another client of that name"), "{}", ran.stderr);
    let server = place.server().start();
    Call::get("/api/whoami", &Pair::new("old key", "old&secret")).send(&server).expect(200);
}

#[test]
fn a_dry_run_tells_the_same_and_changes_nothing() {
    let place = Place::new();
    let orphan = r#"{"type":"token","token":"t","token_secret":"s","client":"nobody","owner":"jane"}"#;
    let text = format!("{ROWS}{orphan}\n");
    let dry = imported(&place, "all.jsonl", &text, &["--dry-run", "--json"]);
    assert_eq!((dry.code, counted(&dry)), (Some(1), (5, 0, 1)));
    assert!(dry.stderr.contains("all.jsonl:7: there is no client nobody"), "{}", dry.stderr);
    assert_eq!(place.done(&["client", "list"], "").stdout, "");
    assert_eq!(counted(&imported(&place, "all.jsonl", &text, &["--json"])), (5, 0, 1));
    assert_eq!(counted(&imported(&place, "all.jsonl", &text, &["--dry-run", "--json"])), (0, 5, 1));
}

#[test]
fn a_placeholder_for_a_password_hash_is_refused_by_a_dry_run() {
    let place = Place::new();
    let row = r#"{"type":"account","name":"jane","password_hash":"$argon2id$v=19$m=19456,t=2,p=1$…"}"#;
    for flags in [&["--dry-run", "--json"][..], &["--json"]] {
        let ran = imported(&place, "all.jsonl", row, flags);
        assert_eq!((ran.code, counted(&ran)), (Some(1), (0, 0, 1)));
        assert!(ran.stderr.contains("all.jsonl:1: password_hash"), "{}", ran.stderr);
    }
}

#[test]
fn csv_says_the_same() {
    let place = Place::new();
    let clients = "type,client_id,client_secret,name,callbacks,scopes,two_legged\n\
                   client,old,\"a,\"\"b\",Printer,https://a.example/x https://b.example/y,photos mail,true\n";
    assert_eq!(counted(&imported(&place, "clients.csv", clients, &["--json"])), (1, 0, 0));
    assert_eq!(
        counted(&imported(&place, "a.csv", "type,name,admin\naccount,jane,false\n", &["--json"])),
        (1, 0, 0)
    );
    let tokens = "type,token,token_secret,client,owner,scopes,expires\ntoken,t,s,old,jane,mail,\n";
    assert_eq!(counted(&imported(&place, "tokens.csv", tokens, &["--json"])), (1, 0, 0));
    let server = place.server().start();
    let call = Call::get("/api/whoami", &Pair::new("old", "a,\"b")).token(&Pair::new("t", "s")).send(&server);
    assert!(call.expect(200).body.contains("mail"));
}

#[test]
fn each_refused_row_is_reported_with_its_line_and_reason_and_no_secret() {
    let place = Place::new();
    let rows = [
        (r#"{"type":"client","client_id":"a","name":"A"}"#, "client_secret or a public_key"),
        (
            r#"{"type":"client","client_id":"a","client_secret":"canary","public_key":"x","name":"A"}"#,
            "one of the two",
        ),
        (
            r#"{"type":"client","client_id":"a","client_secret":"canary","name":"A","callbacks":["javascript:x"]}"#,
            "javascript:x",
        ),
        (
            r#"{"type":"client","client_id":"a","client_secret":"canary","name":"A","methods":["RSA-SHA1"]}"#,
            "signs by HMAC",
        ),
        (r#"{"type":"client","client_id":"","client_secret":"canary","name":"A"}"#, "client_id"),
        (r#"{"type":"client","client_id":"a","client_secret":987654321,"name":"A"}"#, "wrong kind"),
        (
            r#"{"type":"client","client_id":"a","client_secret":"canary","name":"A","scope":["x"]}"#,
            "unknown field `scope`",
        ),
        (r#"{"type":"account","name":" jane"}"#, "ends with a space"),
        ("{\"type\":\"account\",\"name\":\"\u{3164}\"}", "at least one visible character"),
        (r#"{"type":"account","name":"jane","password_hash":"$2y$10$canary"}"#, "argon2"),
        (
            r#"{"type":"account","name":"jane","password_hash":"$argon2id$v=19$m=19456,t=2,p=1$…"}"#,
            "password_hash is none of argon2",
        ),
        (
            r#"{"type":"account","name":"jane","password_hash":"$argon2id$v=19$m=19456,t=2,p=1$canarycanary"}"#,
            "the hash itself is not there",
        ),
        (
            r#"{"type":"token","token":"t","token_secret":"canary","client":"a","owner":"jane"}"#,
            "no client a",
        ),
        (r#"{"type":"tokens"}"#, "unknown variant"),
        ("[1]", ""),
        ("{", ""),
        ("\u{fffd}", ""),
    ];
    let text: String = rows.iter().map(|(row, _)| format!("{row}\n")).collect();
    let ran = imported(&place, "bad.jsonl", &text, &["--json", "--report", "refused.jsonl"]);
    assert_eq!((ran.code, counted(&ran)), (Some(1), (0, 0, 17)));
    let report = std::fs::read_to_string(place.path().join("refused.jsonl")).expect("a report");
    // Rows are stored side by side, and told as they are refused.
    let mut told: Vec<serde_json::Value> =
        report.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    told.sort_by_key(|told| told["line"].as_u64());
    for ((at, told), (_, reason)) in told.iter().enumerate().zip(rows) {
        assert_eq!(told["line"], at + 1);
        assert!(told["reason"].as_str().expect("a reason").contains(reason), "{told}: {reason}");
    }
    for secret in ["canary", "987654321"] {
        assert!(![&report, &ran.stdout, &ran.stderr].iter().any(|text| text.contains(secret)), "{secret}");
    }
    assert_eq!(imported(&place, "rows.txt", ROWS, &[]).code, Some(1), "nothing says how it is written");
    assert_eq!(imported(&place, "rows.txt", ROWS, &["--format", "jsonl"]).code, Some(0));
}

#[test]
fn imported_secrets_are_sealed() {
    let place = Place::new();
    let secrets = ["client-canary-0001", "token-canary-0002"];
    let text = ROWS.replace("old&secret", secrets[0]).replace("token secret", secrets[1]);
    assert_eq!(imported(&place, "all.jsonl", &text, &[]).code, Some(0));
    std::fs::remove_file(place.path().join("all.jsonl")).expect("gone");
    for file in std::fs::read_dir(place.path()).expect("a folder").flatten() {
        let bytes = std::fs::read(file.path()).expect("a file");
        for (form, needle) in secrets.iter().flat_map(|secret| forms(secret)) {
            let found = bytes.windows(needle.len()).any(|window| window == needle);
            assert!(!found, "{form} in {}", file.path().display());
        }
    }
}

#[test]
fn an_interrupted_import_is_taken_up_again() {
    let place = Place::new();
    let mut text = String::from("{\"type\":\"account\",\"name\":\"jane\"}\n");
    text += "{\"type\":\"client\",\"client_id\":\"c\",\"client_secret\":\"s\",\"name\":\"C\"}\n";
    for number in 0..20_000 {
        let row = format!(
            "{{\"type\":\"token\",\"token\":\"t{number}\",\"token_secret\":\"s{number}\",\"client\":\"c\",\"owner\":\"jane\"}}"
        );
        writeln!(text, "{row}").expect("text");
    }
    std::fs::write(place.path().join("all.jsonl"), &text).expect("a file");
    place.done(&["migrate"], "");
    let mut child = place.command().args(["import", "all.jsonl"]).spawn().expect("the binary");
    let database = rusqlite::Connection::open(place.database()).expect("a database");
    let count = || database.query_row("SELECT count(*) FROM tokens", [], |row| row.get::<_, i64>(0));
    until("a thousand are there", || count().expect("a count") > 1000);
    child.kill().expect("killed");
    child.wait().expect("an end");
    let (added, known, refused) = counted(&place.run(&["import", "all.jsonl", "--json"], ""));
    assert_eq!((added + known, refused), (20_002, 0));
    assert!(known > 1000, "{known}");
}
