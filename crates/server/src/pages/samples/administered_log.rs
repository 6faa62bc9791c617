//! The pages on which administrators find tokens, events and usage.

use super::{
    Sample,
    administration::{filters, of},
};
use crate::words::text;
use serde_json::{Value, json};

pub(super) fn samples() -> Vec<Sample> {
    let mut all = usage();
    all.extend(audit());
    all.extend([
        of("admin/tokens.html", "ordinary", tokens(Some(2))),
        of("admin/tokens.html", "one", tokens(Some(1))),
        of("admin/tokens.html", "none", no_tokens(Some(0), false)),
        of("admin/tokens.html", "end", no_tokens(None, true)),
        of("admin/revoke.html", "one", revoke(1, Some(7), (None, None), None)),
        of("admin/revoke.html", "wrong", revoke(1, Some(7), (None, None), Some("confirm-wrong-id"))),
        of("admin/revoke.html", "gone", revoke(0, Some(7), (None, None), None)),
        of("admin/revoke.html", "client", revoke(2, None, (Some("pr1nt3r"), None), Some("confirm-wrong-id"))),
        of("admin/revoke.html", "owner", revoke(1, None, (None, Some("jane")), Some("confirm-wrong-id"))),
        of("admin/revoke.html", "none", revoke(0, None, (None, Some("jane")), None)),
    ]);
    all
}

/// Every kind of field of the form above a list.
fn fields() -> Value {
    let mut fields = filters();
    for field in [
        json!({ "name": "event", "label": text("admin-audit-event"), "suggestions": ["denied", "granted"] }),
        json!({ "name": "from", "label": text("admin-audit-first-day"), "is_day": true }),
    ] {
        let mut whole = json!({ "value": "", "choices": [], "suggestions": [], "is_day": false });
        for (key, value) in field.as_object().into_iter().flatten() {
            whole[key] = value.clone();
        }
        fields.as_array_mut().into_iter().for_each(|all| all.push(whole.clone()));
    }
    fields
}

fn token(record: i64, status: &str, scopes: &[&str]) -> Value {
    let is_active = status == "active";
    json!({
        "record": record,
        "client": "pr1nt3r",
        "of_client": "/admin/tokens?client=pr1nt3r",
        "name": is_active.then_some("Printer"),
        "owner": "jane",
        "of_owner": "/admin/tokens?owner=jane",
        "scopes": scopes,
        "status": status,
        "since": 1_800_000_000,
        "last_used": is_active.then_some(1_800_000_600),
        "expires": is_active.then_some(1_800_086_400),
        "revoke": is_active.then_some("/admin/tokens/revoke?record=7"),
    })
}

fn tokens(ended: Option<u64>) -> Value {
    json!({
        "filters": fields(),
        "tokens": [
            token(7, "active", &["photos", "print"]),
            token(6, "revoked", &[]),
            token(5, "expired", &[]),
            token(4, "disabled", &[]),
        ],
        "older": "/admin/tokens?before=4",
        "goes_on": false,
        "ended": ended,
        "revoke_all": ended.filter(|ended| *ended > 1).map(|_| "/admin/tokens/revoke?owner=jane"),
    })
}

fn no_tokens(ended: Option<u64>, goes_on: bool) -> Value {
    let mut values = tokens(ended);
    (values["tokens"], values["older"], values["goes_on"]) = (json!([]), Value::Null, goes_on.into());
    values
}

fn revoke(
    count: usize,
    record: Option<i64>,
    (client, owner): (Option<&str>, Option<&str>),
    wrong: Option<&'static str>,
) -> Value {
    json!({
        "count": count,
        "record": record,
        "token": record.filter(|_| count > 0).map(|record| token(record, "active", &[])),
        "client": client,
        "owner": owner,
        "wrong": wrong.map(text),
        "has_password": wrong.is_none(),
    })
}

fn audit() -> [Sample; 3] {
    let whole = json!({
        "id": 9,
        "at": 1_800_000_009,
        "event": "application_approved",
        "client": "pr1nt3r",
        "of_client": "/admin/audit?client=pr1nt3r",
        "owner": "jane",
        "of_owner": "/admin/audit?owner=jane",
        "token": 7,
        "actor": "administrator ada",
        "of_actor": "/admin/audit?actor=administrator%20ada",
        "address": "192.0.2.7",
        "detail": "by hand",
    });
    let mut bare = whole.clone();
    for key in ["client", "of_client", "owner", "of_owner", "token", "actor", "of_actor", "address", "detail"]
    {
        bare[key] = Value::Null;
    }
    let entries = json!([whole, bare]);
    let log = |entries: &Value, older: Option<&str>, goes_on: bool, forgotten: Option<u64>| {
        json!({
            "filters": fields(),
            "entries": entries,
            "older": older,
            "goes_on": goes_on,
            "forgotten": forgotten,
            "of_forgotten": "/admin/audit?event=audit_forgotten",
            "lines": "/admin/audit/export?format=jsonl",
            "sheet": "/admin/audit/export?format=csv",
        })
    };
    [
        of("admin/audit.html", "ordinary", log(&entries, Some("/admin/audit?before=9"), false, None)),
        of("admin/audit.html", "none", log(&json!([]), None, false, None)),
        of("admin/audit.html", "end", log(&json!([]), None, true, Some(1_800_000_000))),
    ]
}

fn usage() -> Vec<Sample> {
    let row = |method: &str, bits: Option<usize>, weak: &[&str]| {
        json!({
            "client_id": "pr1nt3r",
            "of_client": "/admin/usage?client=pr1nt3r",
            "name": bits.map(|_| "Printer"),
            "method": method,
            "key_since": 1_800_000_009,
            "bits": bits,
            "weak": weak,
            "first_used": 1_800_000_000,
            "last_used": 1_800_000_600,
            "requests": 12,
        })
    };
    let rows = json!([
        row("PLAINTEXT", None, &["plaintext"]),
        row("RSA-SHA1", Some(1024), &["small_key", "sha1"]),
        row("HMAC-SHA1", None, &["sha1"]),
        row("HMAC-SHA256", None, &[]),
    ]);
    let seen = |total: usize, weak: usize, rows: &Value, goes_on: bool| {
        json!({
            "filters": fields(),
            "total": total,
            "weak": weak,
            "rows": rows,
            "older": (total > 4).then_some("/admin/usage?after=0.1.1"),
            "goes_on": goes_on,
            "lines": "/admin/usage/export?format=jsonl",
            "sheet": "/admin/usage/export?format=csv",
        })
    };
    vec![
        of("admin/usage.html", "ordinary", seen(60, 3, &rows, false)),
        of("admin/usage.html", "one", seen(1, 1, &json!([]), true)),
        of("admin/usage.html", "none", seen(0, 0, &json!([]), false)),
    ]
}
