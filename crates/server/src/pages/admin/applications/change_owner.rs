//! Applications given to another account.

use super::named::{Named, to};
use crate::{
    administration::{Refusal, applications::transfer},
    app::App,
    pages::{
        OrPage, Refused, Visitor,
        admin::{
            Section, address,
            administrator::{Administrator, AdministratorForm},
            show as page,
        },
        confirm::{Confirmation, has_password, is_confirmed},
    },
    words::{Text, text},
};
use axum::{Extension, extract::State, http::StatusCode, response::Response};
use countersign_store::Application;
use serde::Deserialize;
use serde_json::json;

/// To whom, and whose it was when that was decided.
#[derive(Deserialize)]
pub(super) struct Gift {
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(flatten)]
    confirmation: Confirmation,
}

/// Asks to whom.
pub(super) async fn form(
    State(app): State<App>,
    administrator: Administrator,
    Named(application): Named,
) -> Result<Response, Refused> {
    shown(&app, &administrator, &application, "", StatusCode::OK, None).await
}

/// Gives it.
pub(super) async fn give(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Named(application): Named,
    AdministratorForm { administrator, given }: AdministratorForm<Gift>,
) -> Result<Response, Refused> {
    let Gift { from, to: recipient, confirmation } = given;
    let (id, recipient) = (&application.client.id, recipient.trim());
    let confirmed = is_confirmed(&app, &administrator.0, visitor, confirmation, id.as_str()).await?;
    let wrong = match confirmed {
        Err(wrong) => wrong,
        Ok(()) => {
            let from = Some(from.as_str()).filter(|from| !from.is_empty());
            match transfer(&app, &administrator.actor(visitor), id, from, recipient).await {
                Err(Refusal::NoRecipient) => text("admin-owner-none"),
                given => return given.or_page(&app).map(|()| to(&app, id, "given")),
            }
        }
    };
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    shown(&app, &administrator, &application, recipient, status, Some(&wrong)).await
}

async fn shown(
    app: &App,
    administrator: &Administrator,
    application: &Application,
    recipient: &str,
    status: StatusCode,
    wrong: Option<&Text>,
) -> Result<Response, Refused> {
    let client = &application.client;
    let values = json!({
        "name": client.name,
        "id": client.id.as_str(),
        "link": address::application(&client.id, ""),
        "owner": application.profile.owner,
        "owner_only": application.profile.owner_only,
        "to": recipient,
        "wrong": wrong,
        "has_password": has_password(app, &administrator.0).await?,
    });
    Ok(page(app, administrator, Section::Applications, status, "admin/owner.html", values))
}
