//! Which revision of an application is meant ([RFC 9110 §13.1.1](https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1)).

use super::problem::Problem;
use axum::http::{HeaderMap, StatusCode, header};

/// What an `ETag` of ours says.
pub(crate) fn etag(revision: u64) -> String {
    format!("\"{revision}\"")
}

/// That `If-Match` names the revision that is there.
pub(super) fn is_current(headers: &HeaderMap, revision: u64) -> Result<(), Problem> {
    match seen(headers)? {
        None => Err(Problem::new(
            StatusCode::PRECONDITION_REQUIRED,
            "send If-Match with the ETag of what you have read, so that nobody's change is lost",
        )
        .about("If-Match")),
        Some(seen) if seen == revision => Ok(()),
        Some(_) => Err(stale()),
    }
}

/// The revision that `If-Match` names; `None` where it is not sent. What is no `ETag` of ours names none that could be there.
pub(super) fn seen(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let mut fields = headers.get_all(header::IF_MATCH).into_iter();
    match (fields.next(), fields.next()) {
        (None, _) => Ok(None),
        (Some(only), None) => revision(only.as_bytes()).map(Some).ok_or_else(foreign),
        _ => Err(foreign()),
    }
}

/// Which revision has that `ETag`.
fn revision(tag: &[u8]) -> Option<u64> {
    let number = std::str::from_utf8(tag).ok()?.strip_prefix('"')?.strip_suffix('"')?;
    number.parse().ok().filter(|revision| etag(*revision).as_bytes() == tag)
}

/// What no answer of ours ever had as its `ETag`: it can name nothing that is there.
fn foreign() -> Problem {
    Problem::new(
        StatusCode::PRECONDITION_FAILED,
        "send one ETag, as it was given, such as \"3\" with its quotation marks",
    )
    .about("If-Match")
}

/// Somebody was faster.
pub(super) fn stale() -> Problem {
    Problem::new(StatusCode::PRECONDITION_FAILED, "it was changed since you read it: read it again")
        .about("If-Match")
}
