//! The audit log: what happened, to whom, by whose act, from where.

use crate::{
    app::App,
    audit::{Event, event},
    pages::{
        OrPage, Refused,
        admin::{
            Section,
            administrator::Administrator,
            asked::{Asked, BEFORE},
            days,
            filter::Filter,
            listed::Listed,
            show as page,
        },
    },
};
use axum::{extract::State, http::StatusCode, response::Response};
use countersign_core::{Timestamp, percent};
use countersign_store::{AuditFilter, AuditRecord, Page, ResourceOwner, StoreError};
use serde_json::{Value, json};

/// The log, the newest first.
pub(super) async fn show(
    State(app): State<App>,
    administrator: Administrator,
    asked: Asked,
) -> Result<Response, Refused> {
    let (filter, place) = (filter(&app, &asked)?, asked.page(&app)?);
    let found = app.stores.rows.audit(&filter, place).await.or_page(&app)?;
    let listed = Listed::of(found, &asked, PATH, BEFORE, |one| one.id.to_string());
    let forgotten = match listed.older {
        Some(_) => None,
        None => forgotten(&app).await.or_page(&app)?,
    };
    let export = |format| asked.without(BEFORE).link(&format!("{PATH}/export"), "format", format);
    let values = json!({
        "filters": filters(&asked),
        "entries": listed.rows.iter().map(entry).collect::<Vec<_>>(),
        "older": listed.older,
        "goes_on": place.before.is_some(),
        "forgotten": forgotten.map(Timestamp::seconds),
        "of_forgotten": format!("{PATH}?event={FORGOTTEN}"),
        "lines": export("jsonl"),
        "sheet": export("csv"),
    });
    Ok(page(&app, &administrator, Section::Audit, StatusCode::OK, "admin/audit.html", values))
}

/// When older events were deleted last; `None` where none ever were, as far as the log says.
async fn forgotten(app: &App) -> Result<Option<Timestamp>, StoreError> {
    let filter = AuditFilter { event: Some(FORGOTTEN.into()), ..AuditFilter::default() };
    let found = app.stores.rows.audit(&filter, Page::first(1)).await?;
    Ok(found.first().map(|one| one.at))
}

/// What the address asks for.
///
/// # Errors
///
/// A page that tells what cannot be read.
pub(super) fn filter(app: &App, asked: &Asked) -> Result<AuditFilter, Refused> {
    Ok(AuditFilter {
        event: asked.text("event").map(ToOwned::to_owned),
        client: asked.client(app, "client")?,
        owner: asked.text("owner").map(ResourceOwner::from),
        actor: asked.text("actor").map(ToOwned::to_owned),
        from: days::begin(app, asked, "from")?,
        to: days::end(app, asked, "to")?,
    })
}

fn filters(asked: &Asked) -> [Filter; 6] {
    [
        Filter::suggested(asked, "event", "admin-audit-event", &event::NAMES),
        Filter::text(asked, "client", "admin-log-client"),
        Filter::text(asked, "owner", "admin-log-account"),
        Filter::text(asked, "actor", "admin-audit-actor"),
        Filter::day(asked, "from", "admin-audit-first-day"),
        Filter::day(asked, "to", "admin-audit-last-day"),
    ]
}

fn entry(record: &AuditRecord) -> Value {
    let only = |name: &str, value: &Option<String>| {
        value.as_ref().map(|value| format!("{PATH}?{name}={}", percent::encode(value)))
    };
    json!({
        "id": record.id,
        "at": record.at.seconds(),
        "event": record.event,
        "client": record.client,
        "of_client": only("client", &record.client),
        "owner": record.owner,
        "of_owner": only("owner", &record.owner),
        "token": record.record,
        "actor": record.actor,
        "of_actor": only("actor", &record.actor),
        "address": record.address,
        "detail": record.detail,
    })
}

pub(super) const PATH: &str = "/admin/audit";
/// What is recorded where the retention, or a command, deleted old events.
const FORGOTTEN: &str = Event::AuditForgotten.as_str();
