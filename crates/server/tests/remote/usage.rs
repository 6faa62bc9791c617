//! Who signs how, listed here and there.

use crate::{World, refused, remote};
use serde_json::Value;
use std::fs;

const SMALL_KEY: &str = include_str!("../../../../vectors/keys/wiki.pem");

/// A server whose clients signed in these ways, each at so many seconds after a time.
fn world() -> World {
    let world = World::new();
    let file = world.place.path().join("small.pem");
    fs::write(&file, SMALL_KEY).expect("a file");
    let small = ["--rsa-public-key", "small.pem", "--allow-small-key"];
    for (id, key) in [("till", &small[..]), ("a", &[]), ("b", &[])] {
        world.place.add_client(&[&["--name", "Old till", "--client-id", id, "--two-legged"], key].concat());
    }
    let database = rusqlite::Connection::open(world.place.database()).expect("the database");
    let used = "INSERT INTO client_usage (client, key_since, method, first_used, last_used, requests) \
                SELECT id, key_since, ?2, 1800000000, 1800000000 + ?3, 3 FROM clients WHERE id = ?1";
    for (client, method, at) in [
        ("a", "HMAC-SHA256", 900),
        ("a", "HMAC-SHA1", 10),
        ("b", "HMAC-SHA1", 700_000),
        ("b", "PLAINTEXT", 5),
        ("till", "RSA-SHA256", 300),
        ("till", "RSA-SHA1", 1),
    ] {
        assert_eq!(database.execute(used, (client, method, at)).expect("SQL"), 1);
    }
    world
}

/// Client and method of what these filters let through, the same here and there.
#[track_caller]
fn ways(world: &World, filters: &[&str]) -> Vec<String> {
    let listed = world.both(&[&["usage", "list", "--json"], filters].concat()).stdout;
    let row = |line: &str| {
        let row: Value = serde_json::from_str(line).expect("JSON");
        let text = |name: &str| row[name].as_str().expect("a text").to_owned();
        format!("{} {}", text("client_id"), text("method"))
    };
    listed.lines().map(row).collect()
}

#[test]
fn usage_is_listed_the_worst_first_here_as_there() {
    let world = world();
    let all =
        ["b PLAINTEXT", "till RSA-SHA1", "till RSA-SHA256", "b HMAC-SHA1", "a HMAC-SHA1", "a HMAC-SHA256"];
    assert_eq!(ways(&world, &[]), all);
    assert_eq!(ways(&world, &["--weak"]), all[..5]);
    assert_eq!(ways(&world, &["--client", "till"]), all[1..3]);
    assert_eq!(ways(&world, &["--method", "HMAC-SHA1"]), all[3..5]);
    assert_eq!(ways(&world, &["--since", "1800600000"]), all[3..4]);
    assert_eq!(ways(&world, &["--client", "nobody"]), [""; 0]);
    let table = world.both(&["usage", "list", "--client", "till"]).stdout;
    let mut lines = table.lines();
    let first = lines.next().expect("a line");
    assert!(
        first.starts_with("2027-01-15T08:00:01Z  RSA-SHA1     small_key,sha1  till  key of 20"),
        "{table}"
    );
    assert!(first.ends_with("Z  3 requests  Old till"), "{table}");
    let second = lines.next().expect("a line");
    assert!(second.starts_with("2027-01-15T08:05:00Z  RSA-SHA256   small_key       till"), "{table}");
    assert!(
        world.both(&["usage", "list", "--client", "a"]).stdout.contains("HMAC-SHA256  -               a")
    );
}

#[test]
fn key_of_another_scope_reads_no_usage() {
    let world = World::new();
    let url = format!("http://{}", world.server.address);
    let few = crate::key(&world.place, &["audit:read"], &[]);
    refused(&remote(&world.elsewhere, &url, &few, &["usage", "list"], ""), &["lacks the scope usage:read"]);
}
