//! The frame of the pages for administrators, and those that several acts share.

use super::{Sample, sample};
use crate::words::text;
use serde_json::{Value, json};

pub(super) fn samples() -> Vec<Sample> {
    let filled = json!({ "number": 500, "more": true });
    vec![
        of("admin/overview.html", "ordinary", overview(&filled)),
        of("admin/overview.html", "quiet", overview(&json!({ "number": 0, "more": false }))),
        of("admin/question.html", "ordinary", question(None)),
        of("admin/question.html", "wrong", of_an_application()),
        shown_once("ordinary", "jane"),
        shown_once("unnamed", ""),
    ]
}

/// What every one of these pages knows.
pub(super) fn of(template: &'static str, case: &'static str, mut values: Value) -> Sample {
    (values["account"], values["csrf"]) = ("ada".into(), "c5rf".into());
    (values["admin"], values["section"]) = (true.into(), "accounts".into());
    sample(template, case, values)
}

fn overview(count: &Value) -> Value {
    json!({
        "pending": count,
        "suspended": count,
        "weak": count,
        "replays": count,
        "accounts": { "number": 3, "more": false },
        "administrators": { "number": 1, "more": false },
        "disabled": count,
    })
}

fn question(wrong: Option<&'static str>) -> Value {
    json!({
        "title": text("admin-promote-title"),
        "called": null,
        "name": "jane",
        "told": text("admin-promote-told"),
        "button": text("admin-promote-button"),
        "link": "/admin/accounts/@jane/role",
        "back": "/admin/accounts/@jane",
        "hidden": ["admin", "yes"],
        "wrong": wrong.map(text),
        "has_password": wrong.is_none(),
    })
}

fn of_an_application() -> Value {
    let mut values = question(Some("confirm-wrong-id"));
    (values["called"], values["name"], values["hidden"]) = ("Printer".into(), "pr1nt3r".into(), Value::Null);
    values["title"] = json!(text("admin-delete-title"));
    values["told"] = json!(text("admin-delete-told"));
    values["button"] = json!(text("admin-delete-button"));
    values
}

fn shown_once(case: &'static str, name: &str) -> Sample {
    let values = json!({
        "title": text("admin-password-set-title"),
        "name": name,
        "text": "s3cr3t",
        "link": "/admin/accounts/@jane",
    });
    Sample { has_script: true, ..of("admin/shown_once.html", case, values) }
}

/// The form above a list.
pub(super) fn filters() -> Value {
    let choices = json!([["yes", text("admin-filter-yes")], ["no", text("admin-filter-no")]]);
    json!([
        { "name": "name", "label": text("admin-filter-name"), "value": "ja", "choices": [], "suggestions": [], "is_day": false },
        { "name": "admin", "label": text("admin-accounts-admin"), "value": "yes", "choices": choices, "suggestions": [], "is_day": false },
    ])
}
