//! Applications deleted, with all that was granted to them.

use super::{PATH, named::Named};
use crate::{
    administration::applications,
    app::App,
    pages::{
        OrPage, Refused, Visitor,
        admin::{
            Section, address,
            administrator::{Administrator, AdministratorForm},
            question::Question,
        },
        confirm::Confirmation,
        see,
    },
};
use axum::{Extension, extract::State, http::StatusCode, response::Response};
use countersign_store::Application;

/// Asks whether that is meant.
pub(super) async fn question(
    State(app): State<App>,
    administrator: Administrator,
    Named(application): Named,
) -> Result<Response, Refused> {
    asked(&application).ask(&app, &administrator, StatusCode::OK, None).await
}

/// Deletes it.
pub(super) async fn remove(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Named(application): Named,
    AdministratorForm { administrator, given }: AdministratorForm<Confirmation>,
) -> Result<Response, Refused> {
    asked(&application).confirmed(&app, &administrator, visitor, given).await?;
    let actor = administrator.actor(visitor);
    applications::remove(&app, &actor, &application.client.id).await.or_page(&app)?;
    Ok(see(&format!("{}{PATH}?told=deleted", app.base)))
}

fn asked(application: &Application) -> Question<'_> {
    let client = &application.client;
    Question {
        section: Section::Applications,
        title: "admin-delete-title",
        called: Some(&client.name),
        name: client.id.as_str(),
        told: "admin-delete-told",
        button: "admin-delete-button",
        link: address::application(&client.id, "/delete"),
        back: address::application(&client.id, ""),
        hidden: None,
    }
}
