//! The audit log: who did what, by which way ever; and its stream, one JSON object a line. No secret is in them.

mod support;

use rusqlite::Connection;
use serde_json::{Value, json};
use std::fs;
use support::{
    admin::{self, Admin},
    browser::Browser,
    client::{Call, Dance, Pair},
    place::Place,
    until,
};

const CALLBACK: &str = "http://127.0.0.1/ready";
const PASSWORD: &str = "correct horse";

/// An event as the database has it; what it does not say is empty.
#[derive(Debug)]
struct Recorded {
    name: String,
    client: String,
    owner: String,
    actor: String,
    address: String,
    detail: String,
}

/// All events, the oldest first.
fn recorded(place: &Place) -> Vec<Recorded> {
    let database = Connection::open(place.database()).expect("the database");
    let sql = "SELECT event, client, owner, actor, address, detail FROM audit ORDER BY id";
    let mut rows = database.prepare(sql).expect("SQL");
    let read = rows.query_map([], |row| {
        let text = |column| row.get::<_, Option<String>>(column).map(Option::unwrap_or_default);
        Ok(Recorded {
            name: text(0)?,
            client: text(1)?,
            owner: text(2)?,
            actor: text(3)?,
            address: text(4)?,
            detail: text(5)?,
        })
    });
    read.expect("rows").map(|row| row.expect("a row")).collect()
}

fn stage() -> (Place, Pair) {
    let place = Place::new();
    place.add_user("jane", PASSWORD);
    let client = place.add_client(&["--name", "Printer", "--allow-oob", "--callback", CALLBACK]);
    (place, client)
}

fn parsed(lines: &str) -> Vec<Value> {
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

#[test]
fn each_step_of_the_dance_is_a_line_on_standard_output_and_holds_no_secret() {
    let (place, client) = stage();
    let server = place.server().set("COUNTERSIGN_AUDIT_STREAM", "stdout").start();
    let mut jane = Browser::sign_in(&server, "jane", PASSWORD);
    let token = Dance { server: &server, client: &client, callback: CALLBACK }.whole(&mut jane);
    let call = Call::get("/api/whoami", &client).token(&token);
    call.send(&server).expect(200);
    (0..3).for_each(|_| drop(call.send(&server).refused(401, "nonce_used")));
    let (status, _, stdout) = server.stop();
    assert!(status.success());
    let text = String::from_utf8(stdout).expect("text");
    let lines = parsed(&text);
    let events: Vec<_> = lines.iter().map(|line| line["event"].as_str().expect("an event")).collect();
    assert_eq!(events, ["signed_in", "initiated", "granted", "issued", "replayed"]);
    assert_eq!((&lines[0]["owner"], &lines[0]["detail"]), (&"jane".into(), &"password".into()));
    assert_eq!(lines[1]["client"], client.id.as_str());
    assert!(lines.iter().all(|line| line["address"] == "127.0.0.1"), "{text}");
    assert!(lines.iter().all(|line| line["at"].as_u64().is_some_and(|at| at > 1_700_000_000)));
    for secret in [client.secret.expose(), token.secret.expose(), token.id.as_str(), PASSWORD] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[test]
fn whoever_denies_is_recorded_with_it() {
    let (place, client) = stage();
    let server = place.server().start();
    let mut jane = Browser::sign_in(&server, "jane", PASSWORD);
    let temporary = Dance { server: &server, client: &client, callback: CALLBACK }.initiate();
    jane.answer(&server, &temporary, "deny").expect(303);
    until("the denial is recorded", || {
        let events = recorded(&place);
        let denied = events.iter().find(|event| event.name == "denied");
        denied.is_some_and(|event| (&*event.owner, &*event.address) == ("jane", "127.0.0.1"))
    });
}

#[test]
fn each_command_that_changes_something_is_an_event_of_whoever_ran_it() {
    let place = Place::new();
    let with = |arguments: &[&str], input: &str| place.done(arguments, input);
    let run = |arguments: &[&str]| with(arguments, "");
    with(&["user", "add", "root", "--admin", "--password-stdin"], PASSWORD);
    with(&["user", "add", "jane", "--password-stdin"], PASSWORD);
    with(&["user", "passwd", "jane", "--password-stdin"], "another horse");
    run(&["user", "disable", "jane"]);
    run(&["user", "enable", "jane"]);
    let invited = run(&["user", "invite", "--json"]).json()["code"].as_str().expect("a code").to_owned();
    run(&["user", "uninvite", "1"]);
    let api_key = run(&["api-key", "new", "--json", "--name", "Backup", "--scope", "audit:read"]).json();
    run(&["api-key", "revoke", "1"]);
    let client = place.add_client(&["--name", "Printer", "--allow-oob"]);
    // What is so already is no event.
    (0..2).for_each(|_| drop(run(&["client", "disable", &client.id])));
    (0..2).for_each(|_| drop(run(&["client", "enable", &client.id])));
    let token = place.issue_token(&client.id, "jane", &[], "");
    run(&["token", "revoke", &token.id]);
    (0..2).for_each(|_| drop(run(&["user", "promote", "jane"])));
    (0..2).for_each(|_| drop(run(&["user", "demote", "jane"])));
    run(&["user", "sessions", "jane"]);
    run(&["user", "sessions", "jane", "--end"]);
    run(&["client", "transfer", &client.id, "--to", "jane"]);
    run(&["keys", "rotate"]);
    run(&["keys", "reseal"]);
    run(&["client", "remove", &client.id]);
    // Refused, or nothing but looked at: no events.
    for arguments in [&["user", "add", "jane", "--password-stdin"][..], &["client", "disable", &client.id]] {
        assert_eq!(place.run(arguments, PASSWORD).code, Some(1));
    }
    run(&["client", "list"]);

    let events = recorded(&place);
    let names: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "administrator_added",
            "account_added",
            "password_changed",
            "account_disabled",
            "account_enabled",
            "invitation_added",
            "invitation_withdrawn",
            "api_key_added",
            "api_key_revoked",
            "application_registered",
            "application_suspended",
            "application_resumed",
            "issued",
            "revoked",
            "administrator_added",
            "administrator_removed",
            "sessions_ended",
            "application_transferred",
            "sealing_key_added",
            "secrets_resealed",
            "application_removed",
        ]
    );
    assert!(events.iter().all(|event| event.actor.starts_with("command line")), "{events:?}");
    assert_eq!((&*events[2].owner, &*events[9].client, &*events[12].owner), ("jane", &*client.id, "jane"));
    assert!(events[7].detail.contains("Backup") && events[7].detail.contains("audit:read"));
    let all = format!("{events:?}");
    let api_key = api_key["api_key"].as_str().expect("a key");
    for secret in [
        PASSWORD,
        "another horse",
        &invited,
        api_key,
        client.secret.expose(),
        token.secret.expose(),
        &token.id,
    ] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
}

#[test]
fn approval_by_command_is_the_same_event_as_by_the_admin_api() {
    let place = Place::new();
    let key = admin::key(&place, &["applications:write", "audit:read"], &[]);
    let server = admin::server(&place);
    let admin = Admin { server: &server, key: &key };
    let pending = json!({ "pending": true });
    let [one, other] = ["One", "Other"].map(|name| admin.application(name, &pending));
    place.done(&["client", "reject", &one, "--reason", "say what it is for"], "");
    place.done(&["client", "approve", &one], "");
    admin.act("POST", &format!("/applications/{other}/approve")).expect(200);
    // The server records without keeping anybody waiting.
    let mut listed = Value::Null;
    until("both are recorded", || {
        listed = admin::json(&admin.get("/audit?event=application_approved").expect(200));
        listed["items"].as_array().map(Vec::len) == Some(2)
    });
    let told = |at: usize| (listed["items"][at]["client_id"].as_str(), listed["items"][at]["actor"].as_str());
    assert_eq!((told(0).0, told(1).0), (Some(&*other), Some(&*one)));
    assert!(told(0).1.is_some_and(|actor| actor.starts_with("API key 1 (Tests)")), "{listed}");
    assert!(told(1).1.is_some_and(|actor| actor.starts_with("command line")), "{listed}");
    let rejected = admin::json(&admin.get("/audit?event=application_rejected").expect(200));
    assert_eq!(rejected["items"].as_array().map(Vec::len), Some(1));
}

#[test]
fn guesser_of_passwords_is_recorded_and_fills_no_table() {
    let (place, _) = stage();
    let server = place.server().start();
    let mut stranger = Browser::default();
    for _ in 0..12 {
        let answer = stranger.try_sign_in(&server, "jane", "wrong password", "/");
        assert!([401, 429].contains(&answer.status), "{}", answer.status);
        // A password in the wrong field: of no account.
        stranger.try_sign_in(&server, PASSWORD, "jane", "/");
    }
    let mut jane = Browser::default();
    until("the delay is over", || jane.try_sign_in(&server, "jane", PASSWORD, "/").status == 303);
    let csrf = jane.get(&server, "/account").hidden("csrf").expect("csrf");
    jane.post(&server, "/logout", &[("csrf", &csrf)]);
    assert!(server.stop().0.success());

    let events = recorded(&place);
    let of = |name: &str, owner: &str| {
        events.iter().filter(|event| event.name == name && event.owner == owner).count()
    };
    // Two where a minute ended in between.
    assert!((1..=2).contains(&of("sign_in_failed", "jane")), "{events:?}");
    assert!((1..=2).contains(&of("sign_in_failed", "")), "{events:?}");
    assert_eq!((of("locked_out", "jane"), of("locked_out", "")), (1, 1), "{events:?}");
    assert_eq!((of("signed_in", "jane"), of("signed_out", "jane")), (1, 1), "{events:?}");
    let failed = events.iter().find(|event| event.name == "locked_out").expect("an event");
    assert_eq!(failed.address, "127.0.0.1");
    assert!(!format!("{events:?}").contains(PASSWORD), "{events:?}");
}

#[test]
fn old_events_are_deleted_by_command_and_by_a_server_that_is_told_to() {
    let (place, client) = stage();
    let age = |days: i64| {
        let database = Connection::open(place.database()).expect("the database");
        let old = "INSERT INTO audit (at, event) VALUES (unixepoch() - ?1 * 86400, 'old')";
        database.execute(old, [days]).expect("an event");
    };
    let old = || recorded(&place).iter().filter(|event| event.name == "old").count();
    [40, 40, 20, 2].into_iter().for_each(age);
    let ran = place.done(&["audit", "forget", "--older-than", "30d"], "");
    assert_eq!((ran.stdout.as_str(), old()), ("deleted 2 events\n", 2));
    let forgotten = recorded(&place).pop().expect("an event");
    assert_eq!(forgotten.name, "audit_forgotten");
    assert!(
        forgotten.actor.starts_with("command line") && forgotten.detail.starts_with("2 events of before ")
    );

    let server = place.server().start();
    Dance { server: &server, client: &client, callback: "oob" }.initiate();
    assert!(server.stop().0.success());
    assert_eq!(old(), 2, "by default nothing is");
    let server = place.server().set("COUNTERSIGN_AUDIT_KEEP", "7").start();
    until("what is older than a week is gone", || old() == 1);
    assert!(server.stop().0.success());
    let forgotten = recorded(&place).pop().expect("an event");
    assert_eq!((&*forgotten.name, &*forgotten.actor), ("audit_forgotten", ""));
    for span in ["0d", "yesterday", "never", ""] {
        assert_eq!(place.run(&["audit", "forget", "--older-than", span], "").code, Some(2), "{span}");
    }
}

#[test]
fn a_file_is_appended_to_while_the_server_runs_and_survives_its_end() {
    let (place, client) = stage();
    let path = place.path().join("audit.jsonl");
    for round in 1..=2 {
        let server = place.server().set("COUNTERSIGN_AUDIT_STREAM", path.to_str().expect("a path")).start();
        Dance { server: &server, client: &client, callback: "oob" }.initiate();
        until("the event is in the file", || {
            parsed(&fs::read_to_string(&path).expect("a file")).len() == round
        });
        server.stop();
    }
}

#[test]
fn a_stream_that_cannot_be_written_is_refused_at_the_start() {
    let (place, _) = stage();
    for (stream, told) in
        [("/nowhere/at/all/audit.jsonl", "audit"), ("stderr", "stdout"), (".", "is a folder")]
    {
        let ran = place.run_with(
            &["serve", "--insecure-http", "--listen", "127.0.0.1:0"],
            "",
            &[("COUNTERSIGN_AUDIT_STREAM", stream)],
        );
        assert_ne!(ran.code, Some(0));
        assert!(
            ran.stderr.contains("COUNTERSIGN_AUDIT_STREAM") && ran.stderr.contains(told),
            "{}",
            ran.stderr
        );
    }
}
