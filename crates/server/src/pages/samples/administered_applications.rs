//! The pages on which administrators look after applications.

use super::{
    Sample,
    administration::{filters, of},
    developers::{application, forms, key},
};
use crate::words::{Text, text};
use serde_json::{Value, json};

pub(super) fn samples() -> Vec<Sample> {
    let mut all: Vec<_> = ["active", "pending", "rejected", "suspended", "changed", "given", "removed"]
        .map(|told| of("admin/application.html", told, administered(told)))
        .into();
    all.extend(forms().map(|form| of("admin/application_form.html", form.case, operated(form.values))));
    all.extend([
        of("admin/applications.html", "ordinary", applications()),
        of("admin/applications.html", "none", no_applications()),
        of("admin/approvals.html", "ordinary", approvals("active", 1)),
        of("admin/approvals.html", "many", approvals("rejected", 2)),
        of("admin/approvals.html", "none", json!({ "told": "", "applications": [], "unshown": 0 })),
        of("admin/reject.html", "ordinary", rejection("", None)),
        of("admin/reject.html", "wrong", rejection("Who\nare you?", Some("admin-reject-bad-reason"))),
        of("admin/owner.html", "ordinary", owner(Some("jane"), false, None)),
        of("admin/owner.html", "wrong", owner(None, false, Some("admin-owner-none"))),
        of("admin/owner.html", "stays", owner(Some("jane"), true, None)),
        of("admin/add_key.html", "ordinary", added(None, false)),
        of("admin/add_key.html", "wrong", added(Some(&text("confirm-wrong-password")), true)),
    ]);
    all
}

fn applications() -> Value {
    let one = |name, id, owner: Option<&str>, status| {
        json!({
            "link": LINK,
            "name": name,
            "id": id,
            "owner": owner,
            "status": text(status),
            "created": 1_800_000_000,
        })
    };
    json!({
        "filters": filters(),
        "told": "deleted",
        "applications": [
            one("Printer", "pr1nt3r", Some("jane"), "admin-applications-active"),
            one("Press", "pr355", None, "admin-applications-suspended"),
        ],
        "older": "/admin/applications?before=1",
    })
}

fn no_applications() -> Value {
    json!({ "filters": filters(), "told": "", "applications": [], "older": null })
}

/// One in each status, and with each word about what was done.
fn administered(told: &str) -> Value {
    let is = if ["changed", "given", "removed"].contains(&told) { "active" } else { told };
    let mut values = application();
    values["told"] = told.into();
    values["is"] = is.into();
    values["status"] = json!(text(format!("admin-applications-{is}")));
    values["link"] = LINK.into();
    (values["owner"], values["owner_link"]) = match told {
        "changed" => (Value::Null, Value::Null),
        _ => ("jane".into(), "/admin/accounts/@jane".into()),
    };
    values["owner_only"] = (told == "given").into();
    values["rejection"] = (told == "rejected").then_some("Who are you?\nReally.").into();
    values["revision"] = 3.into();
    values["grants_link"] = "/admin/tokens?client=pr1nt3r".into();
    values["waits"] = (is == "pending").into();
    values["by_owner"] = false.into();
    let used = json!({
        "method": "HMAC-SHA256",
        "key_since": 1_800_000_000,
        "first_used": 1_800_000_100,
        "last_used": 1_800_000_600,
        "requests": 12,
    });
    values["usage"] = if told == "active" { json!([used]) } else { json!([]) };
    values
}

/// A form as developers have it, with what administrators choose besides.
fn operated(mut values: Value) -> Value {
    values["home"] = "/admin/applications".into();
    values["operated"] = true.into();
    values["owner"] = "jane".into();
    values["bad"]["owner"] = json!(text("admin-register-no-account"));
    if values["link"].is_string() {
        values["link"] = LINK.into();
        values["bad"] = json!({});
    }
    values
}

fn approvals(told: &str, unshown: usize) -> Value {
    let mut operators = administered("changed");
    operators["description"] = "".into();
    json!({ "told": told, "applications": [administered("pending"), operators], "unshown": unshown })
}

fn rejection(reason: &str, wrong: Option<&'static str>) -> Value {
    let mut values = administered("pending");
    values["reason"] = reason.into();
    values["wrong"] = json!(wrong.map(text));
    values
}

fn owner(owner: Option<&str>, owner_only: bool, wrong: Option<&'static str>) -> Value {
    json!({
        "name": "Printer",
        "id": "pr1nt3r",
        "link": LINK,
        "owner": owner,
        "owner_only": owner_only,
        "to": "joe",
        "wrong": wrong.map(text),
        "has_password": wrong.is_none(),
    })
}

fn added(wrong: Option<&Text>, public: bool) -> Value {
    let has_password = wrong.is_some();
    let mut values = key(wrong, public, false);
    values["link"] = LINK.into();
    values["id"] = "pr1nt3r".into();
    values["operated"] = true.into();
    values["has_password"] = has_password.into();
    values
}

const LINK: &str = "/admin/applications/@pr1nt3r";
