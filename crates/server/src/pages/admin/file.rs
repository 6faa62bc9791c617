//! Lists as files: JSON Lines for programs, CSV for spreadsheets.

use super::asked::Asked;
use crate::{
    app::App,
    pages::{Refused, error::page_error, with_safe_fields},
    rfc3339, spreadsheet,
};
use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, StatusCode, Version, header},
    response::{IntoResponse, Response},
};
use countersign_core::Timestamp;
use countersign_provider::{Clock, System};
use serde::Serialize;
use std::error::Error;

/// In which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// JSON, a row on each line.
    Lines,
    /// CSV with the names of its columns in the first row.
    Sheet,
}

/// Why a file ends early.
pub(super) type Cut = Box<dyn Error + Send + Sync>;

impl Format {
    /// The form that the address asks for.
    ///
    /// # Errors
    ///
    /// A page, for any other.
    pub(super) fn asked(app: &App, asked: &Asked) -> Result<Self, Refused> {
        match asked.text("format") {
            Some("jsonl") => Ok(Self::Lines),
            Some("csv") => Ok(Self::Sheet),
            _ => Err(page_error(app, StatusCode::BAD_REQUEST, "admin-log-bad-format").into()),
        }
    }

    /// As in a file's name.
    pub(super) const fn extension(self) -> &'static str {
        match self {
            Self::Lines => "jsonl",
            Self::Sheet => "csv",
        }
    }

    const fn media_type(self) -> &'static str {
        match self {
            Self::Lines => "application/x-ndjson",
            Self::Sheet => "text/csv; charset=utf-8; header=present",
        }
    }

    /// A file of that name and of now, which a browser keeps and does not show.
    pub(super) fn response(self, name: &str, body: Body) -> Response {
        let now = rfc3339::machine(System.now()).replace([':', '-'], "");
        let kept = format!("attachment; filename=\"{name}-{now}.{}\"", self.extension());
        let fields =
            [(header::CONTENT_TYPE, self.media_type().to_owned()), (header::CONTENT_DISPOSITION, kept)];
        with_safe_fields((fields, body).into_response(), "form-action 'none'")
    }

    /// Rows, each as JSON on a line.
    pub(super) fn lines(rows: impl IntoIterator<Item = impl Serialize>) -> Result<Bytes, Cut> {
        let mut written = Vec::new();
        for row in rows {
            serde_json::to_writer(&mut written, &row)?;
            written.push(b'\n');
        }
        Ok(written.into())
    }

    /// Rows of a sheet.
    pub(super) fn sheet<const CELLS: usize>(
        rows: impl IntoIterator<Item = [String; CELLS]>,
    ) -> Result<Bytes, Cut> {
        Ok(spreadsheet::rows(rows)?.into())
    }
}

/// Refuses HTTP/1.0 for what is sent as it is read: there a file that was cut off looks like a whole one.
///
/// # Errors
///
/// A page that says so.
pub(super) fn tells_what_is_cut_off(app: &App, version: Version) -> Result<(), Refused> {
    if version >= Version::HTTP_11 {
        return Ok(());
    }
    let mut page = page_error(app, StatusCode::UPGRADE_REQUIRED, "admin-log-old-http");
    page.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("HTTP/1.1"));
    Err(page.into())
}

/// A time as a cell has it.
pub(super) fn moment(at: u64) -> String {
    rfc3339::machine(Timestamp::from_seconds(at))
}
