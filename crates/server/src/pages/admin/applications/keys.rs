//! An application's second secret or key, so that it changes over without an outage, and the end of one of two.

use super::named::{Named, to};
use crate::{
    administration::keys as administration,
    app::App,
    audit::Event,
    pages::{
        OrPage, PageQuery, Refused, Visitor,
        admin::{
            Section, address,
            administrator::{Administrator, AdministratorFields, AdministratorForm},
            question::Question,
            show as page,
        },
        confirm::{Confirmation, has_password, is_confirmed},
        developers::keys,
    },
    words::{Text, text},
};
use axum::{Extension, extract::State, http::StatusCode, response::Response};
use countersign_core::percent;
use countersign_store::{Application, ClientRecord};
use serde::Deserialize;

/// Which of two, by since when it is accepted.
#[derive(Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    since: String,
}

/// Asks for another one.
pub(super) async fn form(
    State(app): State<App>,
    administrator: Administrator,
    Named(application): Named,
) -> Result<Response, Refused> {
    shown(&app, &administrator, &application.client, StatusCode::OK, None).await
}

/// Adds it; the old one stays valid.
pub(super) async fn add(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Named(application): Named,
    AdministratorFields { administrator, fields }: AdministratorFields,
) -> Result<Response, Refused> {
    let (client, session) = (&application.client, &administrator.0);
    let confirmation = fields.confirmation();
    let confirmed = is_confirmed(&app, session, visitor, confirmation, client.id.as_str()).await?;
    let key = match confirmed.and_then(|()| keys::another(client, &fields)) {
        Ok(key) => key,
        Err(wrong) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return shown(&app, &administrator, client, status, Some(&wrong)).await;
        }
    };
    let since = administration::add(&app.stores, client, &key.key).await.or_page(&app)?;
    let did = administrator.actor(visitor).did(Event::KeyAdded);
    app.audit.append(administration::about(&client.id, since, did));
    let (link, values) = (address::application(&client.id, ""), key.shown_of(client));
    let has_secret = key.secret.is_some();
    Ok(keys::shown_at(&app, session, &link, &client.name, &text("key-added"), &values, has_secret))
}

/// Asks whether the end of one is meant.
pub(super) async fn question(
    State(app): State<App>,
    administrator: Administrator,
    Named(application): Named,
    PageQuery(which): PageQuery<Which>,
) -> Result<Response, Refused> {
    keys::one_of_two(&application.client, &which.since).or_page(&app)?;
    asked(&application, &which).ask(&app, &administrator, StatusCode::OK, None).await
}

/// Removes it.
pub(super) async fn remove(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Named(application): Named,
    PageQuery(which): PageQuery<Which>,
    AdministratorForm { administrator, given }: AdministratorForm<Confirmation>,
) -> Result<Response, Refused> {
    asked(&application, &which).confirmed(&app, &administrator, visitor, given).await?;
    let id = &application.client.id;
    let since = keys::take(&app, &application.client, &which.since).await.or_page(&app)?;
    let did = administrator.actor(visitor).did(Event::KeyRemoved);
    app.audit.append(administration::about(id, since, did));
    Ok(to(&app, id, "removed"))
}

fn asked<'a>(application: &'a Application, which: &Which) -> Question<'a> {
    let client = &application.client;
    let is_newer = which.since == client.key_since.seconds().to_string();
    Question {
        section: Section::Applications,
        title: if is_newer { "admin-key-remove-newer" } else { "admin-key-remove-older" },
        called: Some(&client.name),
        name: client.id.as_str(),
        told: "admin-key-remove-told",
        button: "admin-key-remove",
        link: address::application(
            &client.id,
            &format!("/keys/remove?since={}", percent::encode(&which.since)),
        ),
        back: address::application(&client.id, ""),
        hidden: None,
    }
}

async fn shown(
    app: &App,
    administrator: &Administrator,
    client: &ClientRecord,
    status: StatusCode,
    wrong: Option<&Text>,
) -> Result<Response, Refused> {
    let mut values = keys::values(client, &address::application(&client.id, ""), wrong);
    values["id"] = client.id.as_str().into();
    values["operated"] = true.into();
    values["has_password"] = has_password(app, &administrator.0).await?.into();
    Ok(page(app, administrator, Section::Applications, status, "admin/add_key.html", values))
}
