//! One account: what it is, who it is elsewhere, where it is signed in, what it registered and what it granted.

use super::{identities, named::Named};
use crate::{
    app::App,
    pages::{
        OrPage, PageQuery, Refused, Told,
        account::sessions,
        admin::{Section, address, administrator::Administrator, show as page, status_in_words},
    },
    words::text,
};
use axum::{extract::State, http::StatusCode, response::Response};
use countersign_core::Timestamp;
use countersign_store::{
    Account, Application, ApplicationFilter, Page, ResourceOwner, StoreError, StoredToken, TokenStatus,
};
use serde_json::{Value, json};

/// The page.
pub(super) async fn show(
    State(app): State<App>,
    administrator: Administrator,
    Named(account): Named,
    PageQuery(Told { told }): PageQuery<Told>,
) -> Result<Response, Refused> {
    let session = &administrator.0;
    let applications = applications(&app, &account).await.or_page(&app)?;
    let grants = grants(&app, &account).await.or_page(&app)?;
    let values = json!({
        "link": address::account(&account.name, ""),
        "name": account.name,
        "told": told,
        "is_admin": account.admin,
        "disabled": account.disabled,
        "has_own_password": account.password_hash.is_some(),
        "created": account.created.seconds(),
        "is_own": session.account == account.name,
        "sessions": sessions::list(&app, &account.name, session.name).await.or_page(&app)?,
        "identities": identities::list(&app, &account).await.or_page(&app)?,
        "applications": applications.iter().take(SHOWN).map(brief).collect::<Vec<_>>(),
        "more_applications": (applications.len() > SHOWN).then(|| address::applications_of(&account.name)),
        "grants": grants.iter().take(SHOWN).map(grant).collect::<Vec<_>>(),
        "more_grants": (grants.len() > SHOWN).then(|| address::tokens_of(&account.name)),
    });
    Ok(page(&app, &administrator, Section::Accounts, StatusCode::OK, "admin/account.html", values))
}

async fn applications(app: &App, account: &Account) -> Result<Vec<Application>, StoreError> {
    let filter = ApplicationFilter { owner: Some(account.name.clone()), ..ApplicationFilter::default() };
    app.stores.rows.applications(&filter, Page::first(MOST)).await
}

async fn grants(app: &App, account: &Account) -> Result<Vec<StoredToken>, StoreError> {
    let owner = ResourceOwner::from(account.name.as_str());
    app.stores.rows.tokens(None, Some(&owner), Page::first(MOST)).await
}

fn brief(application: &Application) -> Value {
    let client = &application.client;
    json!({
        "link": address::application(&client.id, ""),
        "name": client.name,
        "id": client.id.as_str(),
        "status": text(status_in_words(client.status)),
    })
}

fn grant(stored: &StoredToken) -> Value {
    let token = &stored.token;
    json!({
        "record": stored.record,
        "client": token.client.as_str(),
        "link": address::application(&token.client, ""),
        "scopes": token.scopes,
        "since": token.issued.seconds(),
        "last_used": stored.last_used.map(Timestamp::seconds),
        "revoked": token.status == TokenStatus::Revoked,
    })
}

/// How many applications and grants the page shows.
const SHOWN: usize = 20;
/// One more, so that it is known whether there are others.
const MOST: u32 = 21;
