//! Connected applications: what each may do, since when, when it last did, and its end.

use super::told;
use crate::{
    app::App,
    audit::Event,
    pages::{
        self, PageQuery, Told, Visitor,
        consent::in_words,
        signed_in::{self, OwnForm, SignedIn},
    },
};
use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use countersign_core::{ClientId, Timestamp};
use countersign_provider::{Clock, System};
use countersign_store::{AuditEntry, Outcome, Page, ResourceOwner, StoreError, StoredToken, TokenStatus};
use serde::Deserialize;
use serde_json::{Value, json};

/// Which access is to end: one grant by its number, or all of a client.
#[derive(Deserialize)]
pub(crate) struct Ended {
    #[serde(default)]
    grant: String,
    #[serde(default)]
    client: String,
}

/// The list.
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    PageQuery(Told { told }): PageQuery<Told>,
    headers: HeaderMap,
) -> Response {
    let owner = ResourceOwner::from(session.account.as_str());
    match connected(&app, &owner).await {
        Ok(connections) => {
            let values = json!({
                "connections": connections,
                "told": told::proven(&app, &headers, &told),
            });
            signed_in::page(&app, &session, StatusCode::OK, "connections.html", values)
        }
        Err(error) => pages::error::store(&app, &error),
    }
}

/// Ends access, at once. What had ended already, and what was never this owner's, are answered alike.
pub(crate) async fn revoke(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    OwnForm { session, given, .. }: OwnForm<Ended>,
) -> Response {
    let owner = ResourceOwner::from(session.account.as_str());
    let ended = match (given.grant.parse(), ClientId::new(&given.client)) {
        (Ok(record), _) => end_one(&app, visitor, &owner, record).await,
        (Err(_), Ok(client)) => end_all(&app, visitor, &owner, &client).await,
        (Err(_), Err(_)) => return pages::error::incomplete(&app),
    };
    match ended {
        Ok(ended) => told::to(&app, PATH, if ended { "revoked" } else { "gone" }),
        Err(error) => pages::error::store(&app, &error),
    }
}

async fn end_one(
    app: &App,
    visitor: Visitor,
    owner: &ResourceOwner,
    record: i64,
) -> Result<bool, StoreError> {
    let page = Page { limit: 1, before: record.checked_add(1) };
    let found = app.stores.rows.tokens(None, Some(owner), page).await?;
    match found.into_iter().find(|stored| stored.record == record) {
        Some(stored) => end(app, visitor, &stored).await,
        None => Ok(false),
    }
}

async fn end_all(
    app: &App,
    visitor: Visitor,
    owner: &ResourceOwner,
    client: &ClientId,
) -> Result<bool, StoreError> {
    let mut ended = false;
    let mut grants = Grants::new(app, owner, Some(client));
    while let Some(stored) = grants.next().await? {
        ended |= end(app, visitor, &stored).await?;
    }
    Ok(ended)
}

/// By the provider's store, so that its cache forgets the token.
async fn end(app: &App, Visitor(address): Visitor, stored: &StoredToken) -> Result<bool, StoreError> {
    let (token, now) = (&stored.token, System.now());
    let ended = app.stores.provider.revoke(&token.id, now).await? == Outcome::Done;
    if ended {
        app.audit.append(AuditEntry {
            client: Some(token.client.clone()),
            owner: Some(token.owner.clone()),
            token: Some(token.id.clone()),
            address: address.map(|address| address.to_string()),
            ..AuditEntry::new(now, Event::Revoked)
        });
    }
    Ok(ended)
}

/// What an owner granted and what is in force still, the newest first, however much it is.
struct Grants<'a> {
    app: &'a App,
    owner: &'a ResourceOwner,
    client: Option<&'a ClientId>,
    now: Timestamp,
    read: std::vec::IntoIter<StoredToken>,
    page: Option<Page>,
}

impl<'a> Grants<'a> {
    fn new(app: &'a App, owner: &'a ResourceOwner, client: Option<&'a ClientId>) -> Self {
        Self {
            app,
            owner,
            client,
            now: System.now(),
            read: Vec::new().into_iter(),
            page: Some(Page::first(PAGE)),
        }
    }

    async fn next(&mut self) -> Result<Option<StoredToken>, StoreError> {
        loop {
            let now = self.now;
            let in_force = |stored: &StoredToken| {
                let token = &stored.token;
                token.status == TokenStatus::Active && token.expires.is_none_or(|expires| expires > now)
            };
            if let Some(stored) = self.read.find(in_force) {
                return Ok(Some(stored));
            }
            let Some(page) = self.page else { return Ok(None) };
            let read = self.app.stores.rows.tokens(self.client, Some(self.owner), page).await?;
            let full = read.len() == PAGE as usize;
            self.page = read.last().filter(|_| full).map(|last| Page { before: Some(last.record), ..page });
            self.read = read.into_iter();
        }
    }
}

/// By client, the one first that was granted something last.
async fn connected(app: &App, owner: &ResourceOwner) -> Result<Vec<Value>, StoreError> {
    let mut by_client: Vec<(ClientId, Vec<Value>, usize)> = Vec::new();
    let mut grants = Grants::new(app, owner, None);
    while let Some(stored) = grants.next().await? {
        let client = &stored.token.client;
        let known = by_client.iter().position(|(known, ..)| known == client);
        let at = known.unwrap_or_else(|| {
            by_client.push((client.clone(), Vec::new(), 0));
            by_client.len() - 1
        });
        let (_, shown, all) = &mut by_client[at];
        if shown.len() < SHOWN {
            shown.push(grant(app, &stored));
        }
        *all += 1;
    }
    let mut connections = Vec::with_capacity(by_client.len());
    for (client, grants, all) in by_client {
        // One that was removed meanwhile has taken its tokens with it.
        if let Some(known) = app.stores.rows.application(&client).await? {
            let (name, uri) = (known.client.name, known.profile.home_page);
            let unshown = all - grants.len();
            connections.push(json!({
                "client": client.as_str(), "name": name, "uri": uri, "grants": grants, "all": all, "unshown": unshown,
            }));
        }
    }
    Ok(connections)
}

fn grant(app: &App, stored: &StoredToken) -> Value {
    json!({
        "record": stored.record,
        "scopes": in_words(app, &stored.token.scopes),
        "since": stored.token.issued.seconds(),
        "last_used": stored.last_used.map(Timestamp::seconds),
        "expires": stored.token.expires.map(Timestamp::seconds),
    })
}

pub(super) const PATH: &str = "/account/connections";
/// Rows that are read at a time.
const PAGE: u32 = 500;
/// How many grants of one client are shown; with all of them something can be done at once.
const SHOWN: usize = 20;
