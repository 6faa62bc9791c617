//! The audit stream: one JSON object a line, as it happens, with no secret in it.

mod support;

use serde_json::Value;
use std::fs;
use support::{
    browser::Browser,
    client::{Call, Dance, Pair},
    place::Place,
    until,
};

const CALLBACK: &str = "http://127.0.0.1/ready";
const PASSWORD: &str = "correct horse";

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
    assert_eq!(
        (&lines[1]["client"], &lines[1]["address"]),
        (&client.id.as_str().into(), &"127.0.0.1".into())
    );
    assert_eq!(lines[2]["owner"], "jane");
    assert!(lines.iter().all(|line| line["at"].as_u64().is_some_and(|at| at > 1_700_000_000)));
    for secret in [client.secret.expose(), token.secret.expose(), token.id.as_str(), PASSWORD] {
        assert!(!text.contains(secret), "{secret} in {text}");
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
