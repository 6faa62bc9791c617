//! All applications, the newest first.

use super::PATH;
use crate::{
    app::App,
    pages::{
        OrPage, Refused,
        admin::{
            Section, address,
            administrator::Administrator,
            asked::{Asked, BEFORE},
            filter::Filter,
            listed::Listed,
            show as page, status_in_words,
        },
    },
    words::text,
};
use axum::{extract::State, http::StatusCode, response::Response};
use countersign_store::{Application, ApplicationFilter, ClientStatus};
use serde_json::{Value, json};

/// Those that the filters let through.
pub(super) async fn show(
    State(app): State<App>,
    administrator: Administrator,
    asked: Asked,
) -> Result<Response, Refused> {
    let status = "admin-filter-unknown";
    let filter = ApplicationFilter {
        owner: asked.text("owner").map(Into::into),
        status: asked.read(&app, "status", status)?,
        name: asked.text("name").map(Into::into),
    };
    let found = match asked.client(&app, "id")? {
        None => app.stores.rows.applications(&filter, asked.page(&app)?).await,
        Some(id) => app.stores.rows.application(&id).await.map(|found| {
            let found = found.into_iter();
            found.filter(|one| fits(&filter, one)).collect()
        }),
    };
    let found = found.or_page(&app)?;
    let listed = Listed::of(found, &asked, PATH, BEFORE, |one| one.record.to_string());
    let all = [ClientStatus::Active, ClientStatus::Pending, ClientStatus::Rejected, ClientStatus::Suspended];
    let choices = all.map(|status| (status.as_str(), status_in_words(status)));
    let values = json!({
        "filters": [
            Filter::text(&asked, "name", "admin-filter-name"),
            Filter::text(&asked, "id", "admin-applications-id"),
            Filter::text(&asked, "owner", "admin-applications-owner"),
            Filter::choice(&asked, "status", "admin-applications-status", &choices),
        ],
        "told": asked.text("told"),
        "applications": listed.rows.iter().map(brief).collect::<Vec<_>>(),
        "older": listed.older,
    });
    Ok(page(&app, &administrator, Section::Applications, StatusCode::OK, "admin/applications.html", values))
}

/// Whether the filter lets one through that was found in another way than by it.
fn fits(filter: &ApplicationFilter, application: &Application) -> bool {
    let Application { client, profile, .. } = application;
    let lower = |text: &str| text.to_ascii_lowercase();
    filter.owner.as_ref().is_none_or(|owner| profile.owner.as_ref() == Some(owner))
        && filter.status.is_none_or(|status| client.status == status)
        && filter.name.as_deref().is_none_or(|name| lower(&client.name).contains(&lower(name)))
}

/// What lists show of one.
pub(super) fn brief(application: &Application) -> Value {
    let client = &application.client;
    json!({
        "link": address::application(&client.id, ""),
        "name": client.name,
        "id": client.id.as_str(),
        "owner": application.profile.owner,
        "status": text(status_in_words(client.status)),
        "created": client.created.seconds(),
    })
}
