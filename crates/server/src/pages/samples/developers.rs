//! The pages on which developers keep their applications.

use super::{Sample, sample};
use crate::words::{Text, text};
use serde_json::{Value, json};

pub(super) fn samples() -> Vec<Sample> {
    let mut all = vec![
        of("developers/list.html", "ordinary", json!({ "applications": [brief()], "closed": false })),
        of("developers/list.html", "closed", json!({ "applications": [], "closed": true })),
        of("developers/application.html", "ordinary", application()),
        of("developers/application.html", "rejected", rejected()),
        of("developers/application.html", "suspended", suspended()),
        of("developers/suspend.html", "ordinary", json!({ "name": "Printer", "link": LINK })),
        shown_once(),
    ];
    all.extend(forms());
    all.extend(small());
    all
}

/// What every one of these pages knows.
fn of(template: &'static str, case: &'static str, mut values: Value) -> Sample {
    (values["account"], values["csrf"]) = ("jane".into(), "c5rf".into());
    values["admin"] = false.into();
    sample(template, case, values)
}

fn brief() -> Value {
    json!({ "link": LINK, "name": "Printer", "id": "pr1nt3r", "status": text("status-active") })
}

pub(super) fn application() -> Value {
    let key = |kind, since, used: Option<u64>| json!({ "kind": kind, "fingerprint": used.map(|_| "00:0a:ff"), "since": since, "last_used": used });
    json!({
        "id": "pr1nt3r",
        "link": LINK,
        "name": "Printer",
        "status": text("status-active"),
        "rejection": null,
        "description": "Prints photos.\nWell.",
        "home_page": "https://printer.example.com/",
        "callbacks": ["https://printer.example.com/ready"],
        "callback_prefixes": ["https://printer.example.com/shops"],
        "allow_oob": true,
        "two_legged": true,
        "owner_only": false,
        "scopes": ["photos", "print"],
        "methods": ["HMAC-SHA256"],
        "created": 1_800_000_000,
        "last_used": 1_800_000_600,
        "keys": [
            key(text("key-rsa").number("bits", 2048), 1_800_000_300, Some(1_800_000_600)),
            key(text("key-secret"), 1_800_000_000, None),
        ],
        "is_active": true,
        "is_suspended": false,
        "once": "0nc3",
    })
}

fn suspended() -> Value {
    let mut values = application();
    values["status"] = json!(text("status-suspended-by-you"));
    (values["is_active"], values["is_suspended"]) = (false.into(), true.into());
    values
}

fn rejected() -> Value {
    let mut values = application();
    for key in ["callbacks", "callback_prefixes", "scopes"] {
        values[key] = json!([]);
    }
    for key in ["allow_oob", "two_legged", "is_active"] {
        values[key] = false.into();
    }
    for key in ["home_page", "methods", "last_used"] {
        values[key] = Value::Null;
    }
    values["owner_only"] = true.into();
    values["status"] = json!(text("status-rejected"));
    values["rejection"] = "Who are you?".into();
    values["keys"] = json!([{ "kind": text("key-secret"), "since": 1_800_000_000, "last_used": null }]);
    values
}

pub(super) fn forms() -> [Sample; 4] {
    let draft = json!({
        "name": "Printer",
        "description": "Prints photos.",
        "home_page": "https://printer.example.com/",
        "callbacks": ["https://printer.example.com/ready"],
        "callback_prefixes": ["https://printer.example.com/shops"],
        "scopes": ["photos"],
        "methods": ["HMAC-SHA256"],
        "allow_oob": true,
        "two_legged": false,
    });
    let scopes = json!([{ "name": "photos", "description": "See your photos" }, { "name": "print", "description": null }]);
    let bad = json!({
        "name": text("form-bad-name"),
        "description": text("form-bad-description"),
        "home_page": text("form-bad-home-page"),
        "callbacks": text("form-most-callbacks"),
        "callback_prefixes": text("form-bad-callback").code("url", "https:x").text("reason", &text("callback-no-authority")),
        "scopes": text("form-bad-scopes"),
        "methods": text("form-bad-methods"),
        "two_legged": text("form-own-calls-as-you"),
        "public_key": text("key-unreadable"),
    });
    let form = |case, bad: &Value, link: Option<&str>, own: bool, stale: bool, differences: Value| {
        let values = json!({
            "draft": draft, "bad": bad, "once": "0nc3", "revision": 3, "link": link, "home": "/developers", "operated": false, "owner": null, "owner_only": own, "has_key": own,
            "waits": true, "description_waits": stale, "scopes": scopes, "methods": ["HMAC-SHA1", "HMAC-SHA256"], "stale": stale, "differences": differences,
        });
        of("developers/form.html", case, values)
    };
    let name = json!({ "field": text("form-name"), "sent": "Printer", "now": "Press" });
    let oob = json!({ "field": text("form-oob-word"), "sent": text("form-yes"), "now": text("form-no") });
    [
        form("ordinary", &json!({}), None, false, false, json!([])),
        form("wrong", &bad, None, true, false, json!([])),
        form("change", &json!({}), Some(LINK), true, false, json!([])),
        form("stale", &json!({}), Some(LINK), false, true, json!([name, oob])),
    ]
}

fn small() -> Vec<Sample> {
    let confirm = |wrong, has_password| json!({ "name": "Printer", "id": "pr1nt3r", "link": LINK, "has_password": has_password, "wrong": wrong });
    let transfer = |wrong, has_password| {
        let mut values = confirm(wrong, has_password);
        values["to"] = "joe".into();
        values
    };
    let tested = |accepted, refused| json!({ "name": "Printer", "link": LINK, "url": "https://printer.example.com/", "accepted": accepted, "refused": refused });
    let below = text("callback-is-below").word("url", "https://printer.example.com/shops");
    vec![
        of("developers/add_key.html", "ordinary", key(None, false, false)),
        of("developers/add_key.html", "wrong", key(Some(&text("key-private")), true, false)),
        of("developers/add_key.html", "two", key(None, false, true)),
        of("developers/delete.html", "ordinary", confirm(None, true)),
        of("developers/delete.html", "wrong", confirm(Some(text("confirm-wrong-id")), false)),
        of("developers/transfer.html", "ordinary", transfer(None, true)),
        of("developers/transfer.html", "wrong", transfer(Some(text("transfer-refused")), false)),
        of("developers/callback.html", "ordinary", tested(None, None)),
        of("developers/callback.html", "accepted", tested(Some(below), None)),
        of("developers/callback.html", "refused", tested(None, Some(text("callback-forbidden-scheme")))),
    ]
}

/// A page that adds a key.
pub(super) fn key(wrong: Option<&Text>, public: bool, two: bool) -> Value {
    let title = text(if public { "key-add-key" } else { "key-add-secret" });
    json!({ "title": title, "name": "Printer", "link": LINK, "is_public": public, "has_two": two, "wrong": wrong })
}

fn shown_once() -> Sample {
    let value = |what, copy, named, value| json!({ "what": text(what), "copy": text(copy), "named": named, "text": value });
    let values = json!({
        "title": text("key-registered"),
        "values": [
            value("key-client-id", "key-copy-client-id", "oauth_consumer_key", "pr1nt3r"),
            value("key-client-secret", "key-copy-client-secret", "", "s3cr3t"),
        ],
        "has_secret": true,
        "link": LINK,
        "name": "Printer",
    });
    Sample { has_script: true, ..of("developers/shown_once.html", "ordinary", values) }
}

const LINK: &str = "/developers/applications/pr1nt3r";
