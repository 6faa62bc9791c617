//! The audit log, listed here and there.

use crate::{
    World, refused, remote,
    support::{place::Place, until},
};
use serde_json::Value;

const LIST: [&str; 3] = ["audit", "list", "--json"];

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// What these filters let through, the same here and there, by name.
#[track_caller]
fn events(world: &World, filters: &[&str]) -> Vec<String> {
    let listed = lines(&world.both(&[&LIST, filters].concat()).stdout);
    listed.iter().map(|event| event["event"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn audit_log_is_listed_the_newest_first_and_narrowed_here_as_there() {
    let world = World::new();
    assert_eq!(world.run(&["user", "add", "jane", "--password-stdin"], "correct horse").code, Some(0));
    until("it is recorded", || world.place.done(&LIST, "").stdout.lines().count() == 2);
    let client = world.place.add_client(&["--name", "Printer", "--client-id", "printer", "--two-legged"]).id;
    world.place.done(&["client", "disable", &client], "");
    world.place.add_user("joe", "correct horse");

    let all = [
        "account_added",
        "application_suspended",
        "application_registered",
        "account_added",
        "api_key_added",
    ];
    assert_eq!(events(&world, &[]), all);
    assert_eq!(events(&world, &["--limit", "2"]), all[..2]);
    assert_eq!(events(&world, &["--event", "application_suspended"]), all[1..2]);
    assert_eq!(events(&world, &["--client", &client]), all[1..3]);
    assert_eq!(events(&world, &["--user", "jane"]), all[3..4]);
    assert_eq!(events(&world, &["--actor", "API key 1 (Tests)"]), all[3..4]);
    assert_eq!(events(&world, &["--user", "nobody"]), [""; 0]);
    let now = lines(&world.both(&LIST).stdout)[0]["at"].as_u64().expect("a time") + 1;
    assert_eq!(events(&world, &["--from", "2024-01-01", "--to", &now.to_string()]), all);
    assert_eq!(events(&world, &["--from", &now.to_string()]), [""; 0]);
    assert_eq!(events(&world, &["--to", "2024-01-01"]), [""; 0]);

    let misspelt = world.both(&["audit", "list", "--event", "acount_added"]);
    assert!(
        misspelt.code == Some(0) && misspelt.stderr.contains("no event acount_added"),
        "{}",
        misspelt.stderr
    );
    let table = world.both(&["audit", "list", "--user", "jane"]).stdout;
    let told = "Z  account_added            account jane  by API key 1 (Tests)  from 127.0.0.1\n";
    assert!(table.starts_with("20") && table.ends_with(told) && table.lines().count() == 1, "{table}");
    let table = world.both(&["audit", "list"]).stdout;
    assert!(table.contains("client printer  by command line"), "{table}");
}

#[test]
fn long_audit_log_comes_as_far_as_is_asked_for() {
    let world = World::new();
    let database = rusqlite::Connection::open(world.place.database()).expect("the database");
    let filled = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1500) \
                  INSERT INTO audit (at, event) SELECT 1800000000 + x, 'granted' FROM n";
    assert_eq!(database.execute(filled, []).expect("SQL"), 1500);
    let list = ["audit", "list"];
    for (limit, expected) in
        [("1", 1), ("200", 200), ("201", 201), ("1000", 1000), ("1001", 1001), ("9999", 1501)]
    {
        let listed = world.both(&[&list[..], &["--limit", limit]].concat()).stdout;
        assert_eq!(listed.lines().count(), expected);
        assert!(listed.starts_with("2027-01-15T08:25:00Z  granted\n"), "{limit}");
    }
    assert_eq!(world.both(&list).stdout.lines().count(), 50);
}

#[test]
fn key_of_another_scope_reads_no_audit_log() {
    let world = World::new();
    let url = format!("http://{}", world.server.address);
    let few = crate::key(&world.place, &["accounts:read"], &[]);
    refused(&remote(&world.elsewhere, &url, &few, &["audit", "list"], ""), &["lacks the scope audit:read"]);
}

#[test]
fn times_and_limits_of_lists_are_told_how_they_are_written() {
    let place = Place::new();
    let misused = |arguments: &[&str], told: &[&str]| {
        let ran = place.run(arguments, "");
        let is_told = told.iter().all(|part| ran.stderr.contains(part));
        assert!(ran.code == Some(2) && is_told, "{told:?}: {}", ran.stderr);
    };
    for wrong in ["yesterday", "2027-02-29", "-1", "9999999999999"] {
        let from = ["audit", "list", &format!("--from={wrong}")];
        misused(&from, &[wrong, "--from", "2027-01-15", "Unix seconds"]);
    }
    misused(&["usage", "list", "--since", "yesterday"], &["--since", "2027-01-15"]);
    misused(&["audit", "list", "--limit", "0"], &["--limit"]);
    let help = place.done(&["audit", "list", "--help"], "").stdout;
    for told in [
        "--event",
        "--client",
        "--user",
        "--actor",
        "--from",
        "--to",
        "--limit",
        "--json",
        "--remote",
        "--database",
    ] {
        assert!(help.contains(told), "{told}: {help}");
    }
}
