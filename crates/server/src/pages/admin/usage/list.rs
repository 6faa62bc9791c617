//! Usage as a list, with advice.

use super::ranked::{Place, Row, Wanted};
use crate::{
    app::App,
    pages::{
        OrPage, Refused,
        admin::{
            Section,
            administrator::Administrator,
            asked::{AFTER, Asked, SHOWN},
            filter::Filter,
            listed::Listed,
            show as page,
        },
    },
};
use axum::{extract::State, http::StatusCode, response::Response};
use countersign_core::percent;
use serde_json::{Value, json};

/// What the filters let through, what should end first coming first.
pub(super) async fn show(
    State(app): State<App>,
    administrator: Administrator,
    asked: Asked,
) -> Result<Response, Refused> {
    let wanted = Wanted::asked(&app, &asked)?;
    let after: Option<Place> = asked.read(&app, AFTER, "admin-filter-bad-page")?;
    let all = wanted.ranked(&app).await.or_page(&app)?;
    let weak = all.iter().filter(|row| !row.shown.weak.is_empty()).count();
    let total = all.len();
    let rest = all.into_iter().skip_while(|row| after.is_some_and(|after| row.place >= after));
    let found: Vec<Row> = rest.take(SHOWN as usize + 1).collect();
    let listed = Listed::of(found, &asked, PATH, AFTER, |row| row.place.to_string());
    let export = |format| asked.without(AFTER).link(&format!("{PATH}/export"), "format", format);
    let values = json!({
        "filters": filters(&asked),
        "total": total,
        "weak": weak,
        "rows": listed.rows.iter().map(told_of).collect::<Vec<_>>(),
        "older": listed.older,
        "goes_on": after.is_some(),
        "lines": export("jsonl"),
        "sheet": export("csv"),
    });
    Ok(page(&app, &administrator, Section::Usage, StatusCode::OK, "admin/usage.html", values))
}

fn filters(asked: &Asked) -> [Filter; 4] {
    [
        Filter::choice(asked, "weak", "admin-usage-weak", &WEAK),
        Filter::suggested(asked, "method", "admin-usage-method", &METHODS),
        Filter::text(asked, "client", "admin-log-client"),
        Filter::day(asked, "since", "admin-usage-since"),
    ]
}

fn told_of(row: &Row) -> Value {
    let mut told = json!(row.shown);
    told["of_client"] = format!("{PATH}?client={}", percent::encode(&row.shown.client_id)).into();
    told
}

pub(super) const PATH: &str = "/admin/usage";
const WEAK: [(&str, &str); 5] = [
    ("yes", "admin-usage-weak-any"),
    ("plaintext", "admin-usage-weak-plaintext"),
    ("small_key", "admin-usage-weak-key"),
    ("sha1", "admin-usage-weak-sha1"),
    ("no", "admin-usage-weak-none"),
];
/// Those that the server has; an operator's own can be typed.
const METHODS: [&str; 7] =
    ["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512", "PLAINTEXT", "RSA-SHA1", "RSA-SHA256", "RSA-SHA512"];
