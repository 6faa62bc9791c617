//! Days as a date field has them, in UTC: a page without scripts does not know where it is read.

use super::asked::Asked;
use crate::{
    app::App,
    days::{DAY, first_second},
    pages::{Refused, error::page_error},
};
use axum::http::StatusCode;
use countersign_core::Timestamp;

/// The first second of the day that the field `name` names; `None` where it is empty.
pub(super) fn begin(app: &App, asked: &Asked, name: &str) -> Result<Option<Timestamp>, Refused> {
    let Some(text) = asked.text(name) else { return Ok(None) };
    let day =
        first_second(text).ok_or_else(|| page_error(app, StatusCode::BAD_REQUEST, "admin-log-bad-day"))?;
    Ok(Some(day))
}

/// The first second after it: the day itself belongs to what was asked for.
pub(super) fn end(app: &App, asked: &Asked, name: &str) -> Result<Option<Timestamp>, Refused> {
    Ok(begin(app, asked, name)?.map(|first| first.plus(DAY)))
}
