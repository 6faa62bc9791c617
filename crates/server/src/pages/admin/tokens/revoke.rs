//! The end of token credentials, once it is confirmed: of one, or of all that an application or an account has.

use super::{
    grants::Meant,
    list::{self, told_of},
};
use crate::{
    app::App,
    pages::{
        OrPage, Refused, Visitor,
        admin::{
            Section,
            administrator::{Administrator, AdministratorForm},
            asked::Asked,
            show as page,
        },
        confirm::{Confirmation, has_password, is_confirmed},
        error::page_error,
        see,
    },
    words::Text,
};
use axum::{Extension, extract::State, http::StatusCode, response::Response};
use countersign_core::{ClientId, percent};
use countersign_provider::{Clock, System};
use countersign_store::{ResourceOwner, StoreError};
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;

/// Where one is confirmed.
pub(super) fn one(record: i64) -> String {
    format!("{PATH}?record={record}")
}

/// Where all of a client, of an account or of both are confirmed; `None` for simply all.
pub(super) fn all(client: Option<&ClientId>, owner: Option<&ResourceOwner>) -> Option<String> {
    let query = query(client.map(ClientId::as_str), owner.map(ResourceOwner::as_str));
    (!query.is_empty()).then(|| format!("{PATH}?{query}"))
}

fn query(client: Option<&str>, owner: Option<&str>) -> String {
    let pairs = [("client", client), ("owner", owner)];
    let pairs =
        pairs.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", percent::encode(value?))));
    pairs.collect::<Vec<_>>().join("&")
}

/// Which are to end, and the confirmation.
#[derive(Deserialize)]
pub(super) struct Ending {
    #[serde(default)]
    record: String,
    #[serde(default)]
    client: String,
    #[serde(default)]
    owner: String,
    #[serde(flatten)]
    confirmation: Confirmation,
}

/// Tells how many would end, and asks whether that is meant.
pub(super) async fn form(
    State(app): State<App>,
    administrator: Administrator,
    asked: Asked,
) -> Result<Response, Refused> {
    let text = |name| asked.text(name).unwrap_or_default();
    let meant = meant(&app, text("record"), text("client"), text("owner"))?;
    confirm(&app, &administrator, &meant, StatusCode::OK, None).await
}

/// Ends them, and tells how many that were: others may have come or gone since the form was shown.
pub(super) async fn revoke(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    AdministratorForm { administrator, given }: AdministratorForm<Ending>,
) -> Result<Response, Refused> {
    let meant = meant(&app, &given.record, &given.client, &given.owner)?;
    let name = name(&meant);
    let confirmed = is_confirmed(&app, &administrator.0, visitor, given.confirmation, &name).await?;
    if let Err(wrong) = confirmed {
        return confirm(&app, &administrator, &meant, StatusCode::UNPROCESSABLE_ENTITY, Some(&wrong)).await;
    }
    // In a task of its own, so that a browser that goes away in the middle leaves nothing half done.
    let (its_app, its_meant, actor) = (app.clone(), meant.clone(), administrator.actor(visitor));
    let work = async move { its_meant.revoke(&its_app, &actor).await };
    let ended = tokio::spawn(work).await.map_err(StoreError::unavailable).flatten().or_page(&app)?;
    let back = match &meant {
        Meant::One(_) => String::new(),
        Meant::All { client, owner } => {
            query(client.as_ref().map(ClientId::as_str), owner.as_ref().map(ResourceOwner::as_str)) + "&"
        }
    };
    Ok(see(&format!("{}{}?{back}ended={ended}", app.base, list::PATH)))
}

fn meant(app: &App, record: &str, client: &str, owner: &str) -> Result<Meant, Refused> {
    let incomplete = || page_error(app, StatusCode::BAD_REQUEST, "admin-revoke-incomplete");
    if !record.is_empty() {
        return Ok(Meant::One(record.parse().map_err(|_| incomplete())?));
    }
    let client = (!client.is_empty()).then(|| ClientId::new(client)).transpose().map_err(|_| incomplete())?;
    let owner = (!owner.is_empty()).then(|| ResourceOwner::from(owner));
    if client.is_none() && owner.is_none() {
        return Err(incomplete().into());
    }
    Ok(Meant::All { client, owner })
}

/// What an administrator types who has no password here.
fn name(meant: &Meant) -> String {
    match meant {
        Meant::One(record) => record.to_string(),
        Meant::All { client: Some(client), .. } => client.as_str().into(),
        Meant::All { owner, .. } => owner.as_ref().map(|owner| owner.as_str().into()).unwrap_or_default(),
    }
}

async fn confirm(
    app: &App,
    administrator: &Administrator,
    meant: &Meant,
    status: StatusCode,
    wrong: Option<&Text>,
) -> Result<Response, Refused> {
    let (count, first) = meant.count(app).await.or_page(app)?;
    let mut values = json!({
        "count": count,
        "wrong": wrong,
        "has_password": has_password(app, &administrator.0).await?,
        "record": null,
        "client": null,
        "owner": null,
    });
    match meant {
        Meant::One(record) => {
            values["record"] = (*record).into();
            values["token"] = json!(first.map(|first| told_of(&first, &HashMap::new(), System.now())));
        }
        Meant::All { client, owner } => {
            values["client"] = client.as_ref().map(ClientId::as_str).into();
            values["owner"] = owner.as_ref().map(ResourceOwner::as_str).into();
        }
    }
    Ok(page(app, administrator, Section::Tokens, status, "admin/revoke.html", values))
}

pub(super) const PATH: &str = "/admin/tokens/revoke";
