//! One application, with everything that is known of it.

use super::named::Named;
use crate::{
    app::App,
    pages::{
        OrPage, PageQuery, Refused, Told,
        admin::{Section, address, administrator::Administrator, show as page, status_in_words},
        developers,
    },
    words::text,
};
use axum::{extract::State, http::StatusCode, response::Response};
use countersign_store::{Application, ClientStatus, ClientUsage};
use serde_json::{Value, json};

/// The page.
pub(super) async fn show(
    State(app): State<App>,
    administrator: Administrator,
    Named(application): Named,
    PageQuery(Told { told }): PageQuery<Told>,
) -> Result<Response, Refused> {
    let used = developers::usage(&app, &application.client.id).await.or_page(&app)?;
    let mut values = facts(&application, &used);
    values["told"] = told.into();
    values["usage"] = used.iter().map(usage).collect::<Vec<_>>().into();
    Ok(page(&app, &administrator, Section::Applications, StatusCode::OK, "admin/application.html", values))
}

/// What these pages tell of an application.
pub(super) fn facts(application: &Application, used: &[ClientUsage]) -> Value {
    let (client, profile) = (&application.client, &application.profile);
    let mut values = developers::facts(application, used);
    values["link"] = address::application(&client.id, "").into();
    let by_owner = client.status == ClientStatus::Suspended && profile.suspended_by_owner;
    let status =
        if by_owner { "admin-applications-suspended-by-owner" } else { status_in_words(client.status) };
    values["status"] = json!(text(status));
    values["is"] = client.status.as_str().into();
    values["by_owner"] = by_owner.into();
    values["owner"] = profile.owner.clone().into();
    values["owner_link"] = profile.owner.as_deref().map(|name| address::account(name, "")).into();
    values["revision"] = application.revision.into();
    values["grants_link"] = address::tokens_by(&client.id).into();
    values["waits"] = (client.status == ClientStatus::Pending).into();
    values
}

fn usage(used: &ClientUsage) -> Value {
    json!({
        "method": used.method,
        "key_since": used.key_since.seconds(),
        "first_used": used.first_used.seconds(),
        "last_used": used.last_used.seconds(),
        "requests": used.requests,
    })
}
