//! The pages on which administrators look after accounts and invitations.

use super::{
    Sample,
    administration::{filters, of},
};
use crate::words::text;
use serde_json::{Value, json};

pub(super) fn samples() -> Vec<Sample> {
    let told =
        ["disabled", "enabled", "promoted", "demoted", "password", "added", "signed_out", "disconnected"];
    let mut all: Vec<_> = told.map(|told| of("admin/account.html", told, account(told))).into();
    all.extend([
        of("admin/accounts.html", "ordinary", accounts()),
        of("admin/accounts.html", "none", json!({ "accounts": [], "filters": filters(), "older": null })),
        of("admin/account.html", "own", own()),
        of("admin/account.html", "quiet", quiet("gone")),
        of("admin/account.html", "ended", quiet("ended")),
        of("admin/account.html", "revoked", account("revoked")),
        of("admin/new_account.html", "ordinary", form(None, "random")),
        of("admin/new_account.html", "wrong", form(Some("admin-account-taken"), "typed")),
        of("admin/password.html", "ordinary", form(None, "random")),
        of("admin/password.html", "wrong", form(Some("password-differs"), "typed")),
        of("admin/invitations.html", "ordinary", invitations("withdrawn", None)),
        of("admin/invitations.html", "wrong", invitations("", Some("admin-invitations-bad-days"))),
        of("admin/invitations.html", "none", no_invitations()),
    ]);
    all
}

fn accounts() -> Value {
    let one = |name: &str, admin, disabled| {
        let link = format!("/admin/accounts/@{name}");
        json!({ "link": link, "name": name, "admin": admin, "disabled": disabled, "created": 1_800_000_000 })
    };
    json!({
        "filters": filters(),
        "accounts": [one("ada", true, false), one("jane", false, true)],
        "older": "/admin/accounts?after=jane",
    })
}

fn account(told: &str) -> Value {
    json!({
        "link": "/admin/accounts/@jane",
        "name": "jane",
        "told": told,
        "is_admin": told == "promoted",
        "disabled": told == "disabled",
        "has_own_password": true,
        "created": 1_800_000_000,
        "is_own": false,
        "sessions": [session("s3ss10n", Some("curl/8.5.0")), session("0th3r", None)],
        "identities": [identity("Example", "248289761001"), identity("https://id.example.org", "jane")],
        "applications": [{
            "link": "/admin/applications/@pr1nt3r",
            "name": "Printer",
            "id": "pr1nt3r",
            "status": text("admin-applications-pending"),
        }],
        "more_applications": "/admin/applications?owner=jane",
        "grants": [grant(7, &["photos", "print"], Some(1_800_000_600)), grant(6, &[], None)],
        "more_grants": "/admin/tokens?owner=jane",
    })
}

fn own() -> Value {
    let mut values = account("");
    (values["is_own"], values["is_admin"]) = (true.into(), true.into());
    values["sessions"][0]["own"] = true.into();
    values
}

fn quiet(told: &str) -> Value {
    let mut values = account(told);
    values["has_own_password"] = false.into();
    for list in ["sessions", "identities", "applications", "grants"] {
        values[list] = json!([]);
    }
    (values["more_applications"], values["more_grants"]) = (Value::Null, Value::Null);
    values
}

fn session(name: &str, browser: Option<&str>) -> Value {
    let address = browser.map(|_| "192.0.2.7");
    json!({
        "name": name,
        "own": false,
        "created": 1_800_000_000,
        "last_seen": 1_800_000_600,
        "expires": 1_800_043_200,
        "address": address,
        "browser": browser,
    })
}

fn identity(name: &str, subject: &str) -> Value {
    let issuer = if name.contains(':') { name } else { "https://id.example.net" };
    json!({
        "name": name,
        "issuer": issuer,
        "subject": subject,
        "since": 1_800_000_000,
        "link": "/identity?issuer=https%3A%2F%2Fid.example.net&subject=jane",
    })
}

fn grant(record: i64, scopes: &[&str], used: Option<u64>) -> Value {
    json!({
        "record": record,
        "client": "pr1nt3r",
        "link": "/admin/applications/@pr1nt3r",
        "scopes": scopes,
        "since": 1_800_000_000,
        "last_used": used,
        "revoked": used.is_none(),
    })
}

/// That for an account, and that for a password alone.
fn form(wrong: Option<&'static str>, how: &str) -> Value {
    json!({
        "name": "jane",
        "link": "/admin/accounts/@jane",
        "choice": { "how": how, "once": "0nc3" },
        "wrong": wrong.map(text),
        "has_password": wrong.is_none(),
    })
}

fn invitations(told: &str, wrong: Option<&'static str>) -> Value {
    let one = |record, note: &str, made_by: Option<&str>, ended, used: Option<&str>| {
        json!({
            "record": record,
            "note": note,
            "made_by": made_by,
            "created": 1_800_000_000,
            "expires": 1_800_600_000,
            "ended": ended,
            "redeemed_by": used,
        })
    };
    json!({
        "told": told,
        "invitations": [
            one(3, "Mary of the print shop", Some("ada"), false, None),
            one(2, "", None, true, None),
            one(1, "Joe", Some("ada"), true, Some("joe")),
        ],
        "older": "/admin/invitations?before=1",
        "once": "0nc3",
        "note": "Mary",
        "days": "7",
        "wrong": wrong.map(text),
        "in_use": wrong.is_none(),
    })
}

fn no_invitations() -> Value {
    let mut values = invitations("gone", None);
    (values["invitations"], values["older"]) = (json!([]), Value::Null);
    values
}
