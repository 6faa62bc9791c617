//! Usage as a file.

use super::ranked::Wanted;
use crate::{
    admin_api::usage::Shown,
    app::App,
    pages::{
        OrPage, Refused,
        admin::{
            administrator::Administrator,
            asked::Asked,
            file::{Format, moment},
        },
        error::page_error,
    },
};
use axum::{body::Body, extract::State, http::StatusCode, response::Response};

/// Everything that the filters let through, what should end first coming first.
pub(super) async fn export(
    State(app): State<App>,
    _: Administrator,
    asked: Asked,
) -> Result<Response, Refused> {
    let (wanted, format) = (Wanted::asked(&app, &asked)?, Format::asked(&app, &asked)?);
    let rows = wanted.ranked(&app).await.or_page(&app)?.into_iter().map(|row| row.shown);
    let written = match format {
        Format::Lines => Format::lines(rows),
        Format::Sheet => Format::sheet([COLUMNS.map(String::from)].into_iter().chain(rows.map(cells))),
    };
    let written = written.map_err(|error| {
        tracing::error!(%error, "usage cannot be written as a file");
        page_error(&app, StatusCode::SERVICE_UNAVAILABLE, "admin-log-no-file")
    })?;
    Ok(format.response("usage", Body::from(written)))
}

fn cells(row: Shown) -> [String; 9] {
    [
        row.client_id,
        row.name.unwrap_or_default(),
        row.method,
        moment(row.key_since),
        row.bits.map(|bits| bits.to_string()).unwrap_or_default(),
        row.weak.join(" "),
        moment(row.first_used),
        moment(row.last_used),
        row.requests.to_string(),
    ]
}

/// How the columns are called: as in the administration's API.
const COLUMNS: [&str; 9] =
    ["client_id", "name", "method", "key_since", "bits", "weak", "first_used", "last_used", "requests"];
