//! What needs an administrator, in numbers.

use super::{Section, administrator::Administrator, show as page};
use crate::{
    app::App,
    pages::{OrPage, Refused},
};
use axum::{extract::State, http::StatusCode, response::Response};
use countersign_core::ClientId;
use countersign_provider::{Clock, System};
use countersign_store::{
    AccountFilter, ApplicationFilter, AuditFilter, ClientStatus, Page, StoreError, UsageFilter,
};
use serde::Serialize;
use serde_json::json;
use std::collections::HashSet;

/// How many there are, as far as was counted.
#[derive(Clone, Copy, Serialize)]
struct Count {
    number: usize,
    /// Whether there may be more.
    more: bool,
}

impl Count {
    fn of<R>(found: &[R]) -> Self {
        Self { number: found.len().min(MOST as usize), more: found.len() > MOST as usize }
    }
}

/// The page.
pub(super) async fn show(State(app): State<App>, administrator: Administrator) -> Result<Response, Refused> {
    let values = json!({
        "pending": applications(&app, ClientStatus::Pending).await.or_page(&app)?,
        "suspended": applications(&app, ClientStatus::Suspended).await.or_page(&app)?,
        "accounts": accounts(&app, AccountFilter::default()).await.or_page(&app)?,
        "administrators": accounts(&app, AccountFilter { admin: Some(true), ..AccountFilter::default() }).await.or_page(&app)?,
        "disabled": accounts(&app, AccountFilter { disabled: Some(true), ..AccountFilter::default() }).await.or_page(&app)?,
        "replays": replays(&app).await.or_page(&app)?,
        "weak": weak(&app).await.or_page(&app)?,
    });
    Ok(page(&app, &administrator, Section::Overview, StatusCode::OK, "admin/overview.html", values))
}

async fn applications(app: &App, status: ClientStatus) -> Result<Count, StoreError> {
    let filter = ApplicationFilter { status: Some(status), ..ApplicationFilter::default() };
    Ok(Count::of(&app.stores.rows.applications(&filter, Page::first(MOST + 1)).await?))
}

async fn accounts(app: &App, filter: AccountFilter) -> Result<Count, StoreError> {
    Ok(Count::of(&app.stores.rows.accounts_page(&filter, None, MOST + 1).await?))
}

/// Signed requests that came a second time within the last day.
async fn replays(app: &App) -> Result<Count, StoreError> {
    let from = System.now().seconds().saturating_sub(DAY);
    let filter = AuditFilter {
        event: Some("replayed".into()),
        from: Some(countersign_core::Timestamp::from_seconds(from)),
        ..AuditFilter::default()
    };
    Ok(Count::of(&app.stores.rows.audit(&filter, Page::first(MOST + 1)).await?))
}

/// Applications that signed by a method that should end within the last thirty days.
async fn weak(app: &App) -> Result<Count, StoreError> {
    let since = countersign_core::Timestamp::from_seconds(System.now().seconds().saturating_sub(30 * DAY));
    let (mut clients, mut more) = (HashSet::<ClientId>::new(), false);
    for method in WEAK {
        let filter =
            UsageFilter { method: Some(method.into()), since: Some(since), ..UsageFilter::default() };
        let found = app.stores.rows.usage(&filter, Page::first(MOST + 1)).await?;
        more |= found.len() > MOST as usize;
        clients.extend(found.into_iter().map(|row| row.usage.client));
    }
    Ok(Count { number: clients.len(), more })
}

/// What is counted to: whoever looks needs no more than that there are many.
const MOST: u32 = 500;
const DAY: u64 = 86_400;
/// The methods that rest on SHA-1, and the one that signs nothing.
const WEAK: [&str; 3] = ["HMAC-SHA1", "RSA-SHA1", "PLAINTEXT"];
