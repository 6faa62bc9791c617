//! What waits for approval, the oldest first.

use super::show::facts;
use crate::{
    app::App,
    pages::{
        OrPage, PageQuery, Refused, Told,
        admin::{Section, administrator::Administrator, show as page},
    },
};
use axum::{extract::State, http::StatusCode, response::Response};
use countersign_store::{Application, ApplicationFilter, ClientStatus, Page, StoreError};
use serde_json::json;

/// The queue.
pub(super) async fn show(
    State(app): State<App>,
    administrator: Administrator,
    PageQuery(Told { told }): PageQuery<Told>,
) -> Result<Response, Refused> {
    let waiting = waiting(&app).await.or_page(&app)?;
    let oldest = waiting.iter().rev().take(SHOWN).map(|one| facts(one, &[]));
    let values = json!({
        "told": told,
        "applications": oldest.collect::<Vec<_>>(),
        "unshown": waiting.len().saturating_sub(SHOWN),
    });
    Ok(page(&app, &administrator, Section::Applications, StatusCode::OK, "admin/approvals.html", values))
}

/// All that wait, the newest first, as lists go; of a queue beyond all measure its newest part.
async fn waiting(app: &App) -> Result<Vec<Application>, StoreError> {
    let filter = ApplicationFilter { status: Some(ClientStatus::Pending), ..ApplicationFilter::default() };
    let (mut all, mut page) = (Vec::new(), Page::first(PAGE));
    while all.len() < MOST {
        let found = app.stores.rows.applications(&filter, page).await?;
        let more = found.len() == PAGE as usize;
        page.before = found.last().map(|last| last.record);
        all.extend(found);
        if !more {
            break;
        }
    }
    Ok(all)
}

/// How many are shown at a time: whoever decides on them goes on to the next ones.
const SHOWN: usize = 20;
/// Rows that are read at a time.
const PAGE: u32 = 500;
const MOST: usize = 10_000;
