//! Who an account is elsewhere, and the end of that.

use super::named::{Named, another, to};
use crate::{
    administration::{Refusal, identities::disconnect as disconnect_identity},
    app::App,
    pages::{
        OrPage, PageQuery, Refused, Visitor,
        account::identities::{brief, shown},
        admin::{
            Section, address,
            administrator::{Administrator, AdministratorForm},
            question::Question,
        },
        confirm::Confirmation,
    },
};
use axum::{Extension, extract::State, http::StatusCode, response::Response};
use countersign_core::percent;
use countersign_store::{Account, ExternalIdentity, StoreError};
use serde::Deserialize;
use serde_json::Value;

/// Which one.
#[derive(Debug, Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    issuer: String,
    #[serde(default)]
    subject: String,
}

/// Asks whether it is meant.
pub(super) async fn question(
    State(app): State<App>,
    administrator: Administrator,
    Named(account): Named,
    PageQuery(which): PageQuery<Which>,
) -> Result<Response, Refused> {
    another(&app, &administrator, &account)?;
    let Some(identity) = find(&app, &account, &which).await.or_page(&app)? else {
        return Ok(to(&app, &account.name, "gone"));
    };
    let called = called(&app, &identity);
    asked(&account, &identity, &called).ask(&app, &administrator, StatusCode::OK, None).await
}

/// Disconnects it. What was disconnected already and what never was the account's are answered alike.
pub(super) async fn disconnect(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Named(account): Named,
    PageQuery(which): PageQuery<Which>,
    AdministratorForm { administrator, given }: AdministratorForm<Confirmation>,
) -> Result<Response, Refused> {
    another(&app, &administrator, &account)?;
    let Some(identity) = find(&app, &account, &which).await.or_page(&app)? else {
        return Ok(to(&app, &account.name, "gone"));
    };
    let called = called(&app, &identity);
    asked(&account, &identity, &called).confirmed(&app, &administrator, visitor, given).await?;
    let which = (&*identity.issuer, &*identity.subject);
    let done = disconnect_identity(&app, &administrator.actor(visitor), &account.name, which).await;
    let told = match done {
        Err(Refusal::Absent) => "gone",
        other => other.or_page(&app).map(|()| "disconnected")?,
    };
    Ok(to(&app, &account.name, told))
}

/// All of them, as the account's page lists them.
pub(super) async fn list(app: &App, account: &Account) -> Result<Vec<Value>, StoreError> {
    let found = app.stores.rows.identities(&account.name).await?;
    let linked = found.iter().map(|identity| {
        let mut values = brief(app, identity);
        values["link"] = below(identity).into();
        values
    });
    Ok(linked.collect())
}

async fn find(app: &App, account: &Account, which: &Which) -> Result<Option<ExternalIdentity>, StoreError> {
    let found = app.stores.rows.identities(&account.name).await?;
    Ok(found.into_iter().find(|known| known.issuer == which.issuer && known.subject == which.subject))
}

fn asked<'a>(account: &'a Account, identity: &ExternalIdentity, called: &'a str) -> Question<'a> {
    Question {
        section: Section::Accounts,
        title: "admin-identity-title",
        called: Some(called),
        name: &account.name,
        told: "admin-identity-told",
        button: "ways-disconnect",
        link: address::account(&account.name, &below(identity)),
        back: address::account(&account.name, ""),
        hidden: None,
    }
}

/// The issuer, and whom they mean.
fn called(app: &App, identity: &ExternalIdentity) -> String {
    format!("{}: {}", shown(app, &identity.issuer), identity.subject)
}

/// Its page, below that of its account.
fn below(identity: &ExternalIdentity) -> String {
    let [issuer, subject] = [&identity.issuer, &identity.subject].map(percent::encode);
    format!("/identity?issuer={issuer}&subject={subject}")
}
