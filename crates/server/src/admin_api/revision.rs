//! Which revision of an application is meant ([RFC 9110 §13.1.1](https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1)).

use super::problem::Problem;
use axum::http::{HeaderMap, StatusCode, header};

/// What an `ETag` of ours says.
pub(super) fn etag(revision: u64) -> String {
    format!("\"{revision}\"")
}

/// That `If-Match` names the revision that is there.
pub(super) fn is_current(headers: &HeaderMap, revision: u64) -> Result<(), Problem> {
    let mut fields = headers.get_all(header::IF_MATCH).into_iter();
    match (fields.next(), fields.next()) {
        (None, _) => Err(Problem::new(
            StatusCode::PRECONDITION_REQUIRED,
            "send If-Match with the ETag of what you have read, so that nobody's change is lost",
        )
        .about("If-Match")),
        (Some(only), None) if only.as_bytes() == etag(revision).as_bytes() => Ok(()),
        _ => Err(stale()),
    }
}

/// Somebody was faster.
pub(super) fn stale() -> Problem {
    Problem::new(StatusCode::PRECONDITION_FAILED, "it was changed since you read it: read it again")
        .about("If-Match")
}
