//! The pages of an account.

use super::{Sample, sample};
use crate::words::text;
use serde_json::{Value, json};

pub(super) fn samples() -> Vec<Sample> {
    let said = |told: &str| account(&json!({ "told": told }));
    let mut all = Vec::from(elsewhere());
    all.extend(
        [("ordinary", ""), ("password", "password"), ("others", "others"), ("ended", "ended")]
            .map(|(case, told)| sample("account.html", case, said(told))),
    );
    let wrong = json!({ "problem": text("too-many-attempts"), "wait_seconds": 5, "has_password": true });
    all.push(sample("account.html", "wrong", account(&wrong)));
    all.push(sample("connections.html", "ordinary", connections("revoked", &json!([one(), many()]))));
    all.push(sample("connections.html", "none", connections("gone", &json!([]))));
    all
}

/// Of those who sign in elsewhere, or could.
fn elsewhere() -> [Sample; 4] {
    let offered = json!([{ "id": "example", "name": "Example" }]);
    let identity = |name, subject, may_go: bool| {
        json!({
            "name": name,
            "issuer": "https://id.example.net",
            "subject": subject,
            "since": 1_800_000_000,
            "may_go": may_go,
        })
    };
    let alone = json!({
        "told": "gone",
        "has_password": false,
        "elsewhere": { "connected": [identity("Example", "248289761001", false)], "offered": offered },
    });
    let both =
        json!([identity("Example", "248289761001", true), identity("https://id.example.org", "jane", true)]);
    let connected = json!({ "told": "connected", "elsewhere": { "connected": both, "offered": offered } });
    let wrong = json!({
        "elsewhere": { "connected": [], "offered": offered },
        "identity_problem": text("too-many-attempts"),
        "identity_wait": 120,
    });
    let gone = json!({ "told": "disconnected", "has_password": false });
    [
        sample("account.html", "connected", account(&connected)),
        sample("account.html", "elsewhere", account(&alone)),
        sample("account.html", "not-connected", account(&wrong)),
        sample("account.html", "disconnected", account(&gone)),
    ]
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
        "elsewhere": { "connected": [], "offered": [] },
        "identity_problem": null,
        "identity_wait": null,
        "sessions": [
            session("s3ss10n", true, json!(firefox), Some("192.0.2.7")),
            session("0th3r", false, json!("curl/8.5.0"), None),
            session("unkn0wn", false, Value::Null, Some("2001:db8::1")),
        ],
        "account": "jane",
        "csrf": "c5rf",
        "admin": false,
    });
    for (key, value) in said.as_object().into_iter().flatten() {
        values[key] = value.clone();
    }
    values
}

fn connections(told: &str, connections: &Value) -> Value {
    json!({ "told": told, "connections": connections, "account": "jane", "csrf": "c5rf", "admin": told == "revoked" })
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
