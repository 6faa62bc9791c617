//! The audit log as a file, as long as it may be: read and sent a part at a time.

use super::list;
use crate::{
    admin_api::audit::Shown,
    app::App,
    audit::{Event, event},
    pages::{
        OrPage, Refused, Visitor,
        admin::{
            administrator::Administrator,
            asked::Asked,
            file::{Cut, Format, moment, tells_what_is_cut_off},
        },
    },
};
use axum::{
    Extension,
    body::{Body, Bytes},
    extract::State,
    http::{Method, Version},
    response::Response,
};
use countersign_store::{AuditEntry, AuditFilter, AuditRecord, Page, StoreError};
use futures_util::stream;
use std::error::Error;

/// Everything that the filter lets through, the newest first. That it was taken away is recorded.
pub(super) async fn export(
    State(app): State<App>,
    administrator: Administrator,
    Extension(visitor): Extension<Visitor>,
    (method, version): (Method, Version),
    asked: Asked,
) -> Result<Response, Refused> {
    let (filter, format) = (list::filter(&app, &asked)?, Format::asked(&app, &asked)?);
    tells_what_is_cut_off(&app, version)?;
    if method == Method::HEAD {
        return Ok(format.response("audit", Body::empty()));
    }
    // Before anything is sent, so that a store that does not answer is told as such.
    let first = app.stores.rows.audit(&filter, Page::first(PART)).await.or_page(&app)?;
    app.audit.append(AuditEntry {
        client: filter.client.clone(),
        owner: filter.owner.clone(),
        detail: Some(in_words(format, &asked)),
        ..administrator.actor(visitor).did(Event::AuditExported)
    });
    let rest = Rest { app, filter, format, step: Step::Send(first), begun: false };
    Ok(format.response("audit", Body::from_stream(stream::try_unfold(rest, Rest::next))))
}

/// What was asked for, beside client and account, in words of ours: what somebody typed may be a secret.
fn in_words(format: Format, asked: &Asked) -> String {
    let mut words = vec![format.extension().to_owned()];
    match asked.text("event") {
        Some(event) if event::NAMES.contains(&event) => words.push(format!("the event {event}")),
        Some(_) => words.push("another event".into()),
        None => {}
    }
    words.extend(asked.text("actor").map(|_| "of one actor".into()));
    for name in ["from", "to"] {
        words.extend(asked.text(name).map(|day| format!("{name} {day}")));
    }
    words.join(", ")
}

/// What is still to be sent.
struct Rest {
    app: App,
    filter: AuditFilter,
    format: Format,
    step: Step,
    begun: bool,
}

enum Step {
    /// What was read.
    Send(Vec<AuditRecord>),
    /// Whatever is older than that.
    Read(i64),
    End,
}

impl Rest {
    /// The next part of the file.
    ///
    /// # Errors
    ///
    /// Where the store fails, and the file is cut off: it must not look like a whole one.
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, Cut> {
        let records = match std::mem::replace(&mut self.step, Step::End) {
            Step::Send(records) => records,
            Step::Read(before) => self.read(before).await?,
            Step::End => return Ok(None),
        };
        if let Some(last) = records.last().filter(|_| records.len() == PART as usize) {
            self.step = Step::Read(last.id);
        }
        if self.begun && records.is_empty() {
            return Ok(None);
        }
        let bytes = self.written(records)?;
        Ok(Some((bytes, self)))
    }

    async fn read(&self, before: i64) -> Result<Vec<AuditRecord>, StoreError> {
        // A store may answer without waiting: others are to have their turn between two parts.
        tokio::task::yield_now().await;
        let page = Page { before: Some(before), ..Page::first(PART) };
        self.app.stores.rows.audit(&self.filter, page).await.inspect_err(|error| {
            let cause = error.source().map(tracing::field::display);
            tracing::error!(%error, cause, "an export of the audit log is cut off");
        })
    }

    fn written(&mut self, records: Vec<AuditRecord>) -> Result<Bytes, Cut> {
        let begins = !std::mem::replace(&mut self.begun, true);
        match self.format {
            Format::Lines => Format::lines(records.into_iter().map(Shown::of)),
            Format::Sheet => {
                let names = begins.then(|| COLUMNS.map(String::from));
                Format::sheet(names.into_iter().chain(records.into_iter().map(|one| cells(Shown::of(one)))))
            }
        }
    }
}

/// A record as a row of a sheet.
fn cells(record: Shown) -> [String; 9] {
    [
        record.id.to_string(),
        moment(record.at),
        record.event,
        record.client_id.unwrap_or_default(),
        record.owner.unwrap_or_default(),
        record.record.map(|number| number.to_string()).unwrap_or_default(),
        record.actor.unwrap_or_default(),
        record.address.unwrap_or_default(),
        record.detail.unwrap_or_default(),
    ]
}

/// How the columns are called: as in the administration's API.
const COLUMNS: [&str; 9] =
    ["id", "at", "event", "client_id", "owner", "record", "actor", "address", "detail"];
/// Records that are read and sent at a time: some hundred kilobytes.
const PART: u32 = 500;
