//! `/audit`: what happened, for whoever watches.

use super::{
    caller::May,
    input::Asked,
    page::{self, Listed},
    problem::Problem,
    scope::AuditRead,
    text,
};
use crate::app::App;
use axum::{Json, extract::State};
use countersign_core::ClientId;
use countersign_store::{AuditFilter, AuditRecord, ResourceOwner};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// An event.
#[derive(Deserialize, Serialize, ToSchema)]
#[schema(as = AuditEvent)]
pub(crate) struct Shown {
    pub(crate) id: i64,
    /// In Unix seconds.
    pub(crate) at: u64,
    #[schema(example = "application_approved")]
    pub(crate) event: String,
    pub(crate) client_id: Option<String>,
    pub(crate) owner: Option<String>,
    /// The number of the token.
    pub(crate) record: Option<i64>,
    /// By whose act.
    pub(crate) actor: Option<String>,
    pub(crate) address: Option<String>,
    pub(crate) detail: Option<String>,
}

/// Which events to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    pub(crate) event: Option<String>,
    pub(crate) client: Option<String>,
    pub(crate) owner: Option<String>,
    pub(crate) actor: Option<String>,
    /// At this time or later, in Unix seconds.
    pub(crate) from: Option<u64>,
    /// Before this time, in Unix seconds.
    pub(crate) to: Option<u64>,
    /// How many: 50 by default.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub(crate) cursor: Option<String>,
}

/// Lists events, the newest first.
#[utoipa::path(get, path = "/audit", tag = "audit", params(Filter),
    responses((status = 200, body = Listed<Shown>)), security(("api_key" = ["audit:read"])))]
pub(super) async fn list_audit(
    State(app): State<App>,
    _: May<AuditRead>,
    Asked(asked): Asked<Filter>,
) -> Result<Json<Listed<Shown>>, Problem> {
    let limit = page::limit(asked.limit)?;
    let page = page::rows(LIST, asked.cursor.as_deref(), limit)?;
    let found = app.stores.rows.audit(&asked.wanted()?, page).await?;
    Ok(Json(Listed::of(LIST, limit, found, |one| one.id.to_string(), Shown::of)))
}

impl Filter {
    /// What is asked for, where each of it can be.
    pub(crate) fn wanted(self) -> Result<AuditFilter, Problem> {
        let client = self.client.as_deref().map(ClientId::new).transpose();
        Ok(AuditFilter {
            event: text::filter("event", self.event)?,
            client: client.map_err(|bad| Problem::malformed(bad.to_string()).about("client"))?,
            owner: text::filter("owner", self.owner)?.map(ResourceOwner::from),
            actor: text::filter("actor", self.actor)?,
            from: text::time("from", self.from)?,
            to: text::time("to", self.to)?,
        })
    }
}

impl Shown {
    pub(crate) fn of(record: AuditRecord) -> Self {
        Self {
            id: record.id,
            at: record.at.seconds(),
            event: record.event,
            client_id: record.client,
            owner: record.owner,
            record: record.record,
            actor: record.actor,
            address: record.address,
            detail: record.detail,
        }
    }
}

const LIST: &str = "audit";
