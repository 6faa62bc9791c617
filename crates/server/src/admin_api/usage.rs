//! `/usage`: who signs how, and what of that should end.

use super::{
    caller::May,
    input::Asked,
    page::{self, Listed},
    problem::Problem,
    scope::UsageRead,
    text,
};
use crate::{
    app::App,
    weakness::{Weakness, key_bits},
};
use axum::{Json, extract::State};
use countersign_core::ClientId;
use countersign_store::{AdminStore, Application, ClientRecord, ClientUsage, Page, StoreError, UsageFilter};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};

/// How an application signed with one of its keys.
#[derive(Deserialize, Serialize, ToSchema)]
#[schema(as = Usage)]
pub(crate) struct Shown {
    pub(crate) client_id: String,
    /// The application's name.
    pub(crate) name: Option<String>,
    #[schema(example = "HMAC-SHA1")]
    pub(crate) method: String,
    /// Which of its keys, by since when it is accepted.
    pub(crate) key_since: u64,
    /// How long that key is, if it is an RSA key that is still there.
    pub(crate) bits: Option<usize>,
    /// Why this should end: `sha1`, `plaintext`, `small_key`, the worst first.
    pub(crate) weak: Vec<String>,
    /// In Unix seconds.
    pub(crate) first_used: u64,
    /// In Unix seconds.
    pub(crate) last_used: u64,
    pub(crate) requests: u64,
}

/// Which usage to list.
#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// Of this application.
    pub(crate) client: Option<String>,
    /// By this signature method.
    pub(crate) method: Option<String>,
    /// Last used at this time or later, in Unix seconds.
    pub(crate) since: Option<u64>,
    /// Only what should end: SHA-1, PLAINTEXT, RSA keys under 2048 bits.
    pub(crate) weak: Option<bool>,
    /// How many rows to look at: 50 by default. With `weak`, a page may hold fewer, and not be the last.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub(crate) cursor: Option<String>,
}

/// Lists which application used which method with which key.
#[utoipa::path(get, path = "/usage", tag = "usage", params(Filter),
    responses((status = 200, body = Listed<Shown>)), security(("api_key" = ["usage:read"])))]
pub(super) async fn list_usage(
    State(app): State<App>,
    _: May<UsageRead>,
    Asked(asked): Asked<Filter>,
) -> Result<Json<Listed<Shown>>, Problem> {
    let limit = page::limit(asked.limit)?;
    let Page { before, .. } = page::rows(LIST, asked.cursor.as_deref(), limit)?;
    let (weak, filter) = (asked.weak, asked.wanted()?);
    let mut found = app.stores.rows.usage(&filter, Page { limit: limit + 1, before }).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more).map(|last| last.record);
    let mut applications = Applications::of(&*app.stores.rows);
    let mut items = Vec::with_capacity(found.len());
    for row in found {
        let shown = applications.show(row.usage).await?;
        if shown.is(weak) {
            items.push(shown);
        }
    }
    Ok(Json(Listed::until(LIST, items, next)))
}

impl Filter {
    /// What is asked for, where each of it can be; whether it is weak no store knows.
    pub(crate) fn wanted(self) -> Result<UsageFilter, Problem> {
        let client = self.client.as_deref().map(ClientId::new).transpose();
        Ok(UsageFilter {
            client: client.map_err(|bad| Problem::malformed(bad.to_string()).about("client"))?,
            method: text::filter("method", self.method)?,
            since: text::time("since", self.since)?,
        })
    }
}

/// Looked up once for each list.
pub(crate) struct Applications<'a> {
    rows: &'a dyn AdminStore,
    known: HashMap<ClientId, Option<Application>>,
}

impl<'a> Applications<'a> {
    pub(crate) fn of(rows: &'a dyn AdminStore) -> Self {
        Self { rows, known: HashMap::new() }
    }

    /// Usage as it is shown.
    pub(crate) async fn show(&mut self, usage: ClientUsage) -> Result<Shown, StoreError> {
        let application = self.find(&usage.client).await?;
        Ok(Shown::of(usage, application.map(|application| &application.client)))
    }

    async fn find(&mut self, id: &ClientId) -> Result<Option<&Application>, StoreError> {
        if !self.known.contains_key(id) {
            let found = self.rows.application(id).await?;
            self.known.insert(id.clone(), found);
        }
        Ok(self.known.get(id).and_then(Option::as_ref))
    }
}

impl Shown {
    /// Usage with what its application's record says.
    pub(crate) fn of(usage: ClientUsage, client: Option<&ClientRecord>) -> Self {
        let bits = client.and_then(|client| key_bits(client, usage.key_since));
        let weak = Weakness::of(&usage.method, bits);
        Self {
            client_id: usage.client.as_str().into(),
            name: client.map(|client| client.name.clone()),
            key_since: usage.key_since.seconds(),
            bits,
            weak: weak.into_iter().map(|weakness| weakness.as_str().into()).collect(),
            method: usage.method,
            first_used: usage.first_used.seconds(),
            last_used: usage.last_used.seconds(),
            requests: usage.requests,
        }
    }

    /// Whether it is weak or not, as is asked for; if that is asked for.
    pub(crate) fn is(&self, weak: Option<bool>) -> bool {
        weak.is_none_or(|weak| weak != self.weak.is_empty())
    }
}

const LIST: &str = "usage";
