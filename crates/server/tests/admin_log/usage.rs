//! Usage: who should sign in another way, the most urgent first.

use crate::stage::{Stage, after, pages, unescaped};
use serde_json::Value;

const USAGE: &str = "/admin/usage";
const SMALL_KEY: &str = include_str!("../../../../vectors/keys/wiki.pem");

/// A client with a small key; its identifier.
fn small(stage: &Stage) -> String {
    let file = stage.place.path().join("small.pem");
    std::fs::write(&file, SMALL_KEY).expect("a file");
    let file = file.to_str().expect("a path");
    let flags = ["--name", "Old <b>Till", "--two-legged", "--rsa-public-key", file, "--allow-small-key"];
    stage.place.add_client(&flags).id
}

fn shared(stage: &Stage, id: &str) {
    stage.place.add_client(&["--name", id, "--client-id", id, "--two-legged"]);
}

/// Three clients that sign in every way there is.
fn scene(stage: &Stage) -> String {
    let till = small(stage);
    shared(stage, "a");
    shared(stage, "b");
    stage.signed(&[
        ("a", "HMAC-SHA256", 900),
        ("a", "HMAC-SHA1", 10),
        ("b", "HMAC-SHA1", 700_000),
        ("b", "PLAINTEXT", 5),
        (&till, "RSA-SHA256", 300),
        (&till, "RSA-SHA1", 1),
    ]);
    till
}

/// The methods of a page's rows.
fn methods(page: &crate::support::http::Answer) -> Vec<String> {
    after(page, "</bdi></strong> <code>")
}

#[test]
fn what_should_end_first_comes_first_with_what_to_do() {
    let stage = Stage::new();
    let till = scene(&stage);
    let mut ada = stage.sign_in("ada");
    let page = ada.get(&stage.server, USAGE).expect(200);
    let expected = ["PLAINTEXT", "RSA-SHA1", "RSA-SHA256", "HMAC-SHA1", "HMAC-SHA1", "HMAC-SHA256"];
    assert_eq!(methods(&page), expected, "{}", page.body);
    for shown in
        ["6 in all, of which 5 should end", "Old &lt;b&gt;Till", "give it a new secret", "Add a larger key"]
    {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    for (query, expected) in [
        ("weak=yes".to_owned(), &expected[..5]),
        ("weak=no".into(), &["HMAC-SHA256"]),
        ("weak=plaintext".into(), &["PLAINTEXT"]),
        ("weak=small_key".into(), &["RSA-SHA1", "RSA-SHA256"]),
        ("weak=sha1".into(), &["RSA-SHA1", "HMAC-SHA1", "HMAC-SHA1"]),
        ("method=HMAC-SHA1".into(), &["HMAC-SHA1", "HMAC-SHA1"]),
        ("client=a".into(), &["HMAC-SHA1", "HMAC-SHA256"]),
        (format!("client={till}&weak=sha1"), &["RSA-SHA1"]),
        ("since=2027-01-23".into(), &["HMAC-SHA1"]),
        ("since=2027-01-24".into(), &[]),
        ("client=nobody".into(), &[]),
    ] {
        let page = ada.get(&stage.server, &format!("{USAGE}?{query}")).expect(200);
        assert_eq!(methods(&page), expected, "{query}: {}", page.body);
    }
}

#[test]
fn files_hold_what_the_pages_show_in_the_same_order() {
    let stage = Stage::new();
    let till = scene(&stage);
    let mut ada = stage.sign_in("ada");
    let answer = ada.get(&stage.server, "/admin/usage/export?format=jsonl&weak=yes").expect(200);
    let lines: Vec<Value> =
        answer.body.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let told: Vec<_> = lines.iter().map(|one| one["method"].as_str().expect("a method")).collect();
    assert_eq!(told, ["PLAINTEXT", "RSA-SHA1", "RSA-SHA256", "HMAC-SHA1", "HMAC-SHA1"]);
    assert_eq!((&lines[1]["client_id"], &lines[1]["requests"]), (&Value::from(till), &Value::from(3)));
    assert_eq!(lines[1]["weak"], serde_json::json!(["small_key", "sha1"]));
    assert_eq!((&lines[3]["client_id"], &lines[4]["client_id"]), (&Value::from("b"), &Value::from("a")));

    let answer = ada.get(&stage.server, "/admin/usage/export?format=csv").expect(200);
    let kept = answer.field("content-disposition").expect("a name");
    assert!(kept.starts_with("attachment; filename=\"usage-") && kept.ends_with(".csv\""), "{kept}");
    let mut reader = csv::Reader::from_reader(answer.body.as_bytes());
    let rows: Vec<_> = reader.records().map(|row| row.expect("a row")).collect();
    assert_eq!((rows.len(), &rows[1][1], &rows[1][5]), (6, "Old <b>Till", "small_key sha1"));
    assert_eq!(&rows[5][7], "2027-01-15T08:15:00Z");
}

#[test]
fn hundreds_of_clients_are_paged_through_without_loss_or_repetition() {
    let stage = Stage::new();
    let names: Vec<_> = (0..130).map(|number| format!("c-{number:03}")).collect();
    let row = |name: &String| {
        format!(
            "{{\"type\":\"client\",\"client_id\":\"{name}\",\"client_secret\":\"s\",\"name\":\"{name}\",\"two_legged\":true}}\n"
        )
    };
    let rows: String = names.iter().map(row).collect();
    std::fs::write(stage.place.path().join("clients.jsonl"), rows).expect("a file");
    stage.place.done(&["import", "clients.jsonl"], "");
    let uses: Vec<_> = names.iter().map(|name| (name.as_str(), "HMAC-SHA1", 7)).collect();
    stage.signed(&uses);
    let mut ada = stage.sign_in("ada");
    let walked = pages(&stage, &mut ada, &format!("{USAGE}?weak=sha1"), |_| {});
    let mut seen: Vec<_> = walked.iter().flat_map(|page| after(page, "<strong><bdi>")).collect();
    assert_eq!((walked.len(), seen.len()), (3, 130));
    seen.sort_unstable();
    assert_eq!(seen, names);
    assert!(
        unescaped(&walked[0].body).contains("/admin/usage/export?weak=sha1&format=csv"),
        "{}",
        walked[0].body
    );
}
