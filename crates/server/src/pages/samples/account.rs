//! The pages of an account.

use super::{Sample, sample};
use crate::words::text;
use serde_json::{Value, json};

pub(super) fn samples() -> Vec<Sample> {
    let said = |told: &str| account(&json!({ "told": told }));
    let mut all: Vec<_> =
        [("ordinary", ""), ("password", "password"), ("others", "others"), ("ended", "ended")]
            .map(|(case, told)| sample("account.html", case, said(told)))
            .into();
    let wrong = json!({ "problem": text("too-many-attempts"), "wait_seconds": 5, "has_password": true });
    all.push(sample("account.html", "wrong", account(&wrong)));
    let elsewhere = json!({ "told": "gone", "has_password": false });
    all.push(sample("account.html", "elsewhere", account(&elsewhere)));
    all.push(sample("connections.html", "ordinary", connections("revoked", &json!([one(), many()]))));
    all.push(sample("connections.html", "none", connections("gone", &json!([]))));
    all
}

fn account(said: &Value) -> Value {
    let session = |name, own, browser: Value, address| {
        json!({
            "name": name,
            "own": own,
            "created": 1_800_000_000,
            "last_seen": 1_800_000_600,
            "expires": 1_800_043_200,
            "address": address,
            "browser": browser,
        })
    };
    let firefox = text("account-browser").word("browser", "Firefox").word("system", "Linux");
    let mut values = json!({
        "told": "",
        "problem": null,
        "wait_seconds": null,
        "has_password": true,
        "sessions": [
            session("s3ss10n", true, json!(firefox), Some("192.0.2.7")),
            session("0th3r", false, json!("curl/8.5.0"), None),
            session("unkn0wn", false, Value::Null, Some("2001:db8::1")),
        ],
        "account": "jane",
        "csrf": "c5rf",
    });
    for (key, value) in said.as_object().into_iter().flatten() {
        values[key] = value.clone();
    }
    values
}

fn connections(told: &str, connections: &Value) -> Value {
    json!({ "told": told, "connections": connections, "account": "jane", "csrf": "c5rf" })
}

fn grant(record: i64, scopes: &Value, used: Option<u64>) -> Value {
    json!({
        "record": record,
        "scopes": scopes,
        "since": 1_800_000_000,
        "last_used": used,
        "expires": used.map(|used| used + 3600),
    })
}

fn one() -> Value {
    let scopes = json!([{ "name": "photos", "description": "See your photos" }, { "name": "print", "description": "" }]);
    json!({
        "client": "pr1nt3r",
        "name": "Printer",
        "uri": "https://printer.example.com/",
        "grants": [grant(7, &scopes, Some(1_800_000_600))],
        "all": 1,
        "unshown": 0,
    })
}

fn many() -> Value {
    json!({
        "client": "pr355",
        "name": "Press",
        "uri": null,
        "grants": [grant(6, &json!([]), None), grant(5, &json!([]), None)],
        "all": 3,
        "unshown": 1,
    })
}
