//! Applications changed: of two administrators, the later one is told what the earlier one did.

use super::named::{Named, to};
use crate::{
    administration::{
        Refusal,
        applications::{find, save},
    },
    app::App,
    audit::Event,
    pages::{
        OrPage, Refused, Visitor,
        admin::{
            Section, address,
            administrator::{Administrator, AdministratorFields},
            show as page,
        },
        developers::{
            draft::{self, Draft},
            edit::values,
            fault::Faults,
        },
    },
};
use axum::{Extension, extract::State, http::StatusCode, response::Response};
use countersign_store::Application;
use serde_json::Value;

/// The form, filled in.
pub(super) async fn form(
    State(app): State<App>,
    administrator: Administrator,
    Named(application): Named,
) -> Response {
    let draft = Draft::of(&application);
    shown(&app, &administrator, StatusCode::OK, &application, &draft, &Faults::default(), &[])
}

/// Changes it, if it is still as it was when the form was made. Whether it is approved stays as it is.
pub(super) async fn change(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Named(application): Named,
    AdministratorFields { administrator, fields }: AdministratorFields,
) -> Result<Response, Refused> {
    let draft = Draft::sent(&fields);
    let client = &application.client;
    let faults = draft.faults(&draft::scopes(&app, &client.scopes), &draft::methods(&app, client));
    // Before its faults, as for owners.
    if fields.text("revision") != application.revision.to_string() {
        return Ok(stale(&app, &administrator, &application, &draft, &faults));
    }
    if !faults.is_empty() {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(shown(&app, &administrator, status, &application, &draft, &faults, &[]));
    }
    let mut changed = application;
    draft.clone().put(&mut changed.client, &mut changed.profile);
    if changed.profile.owner_only {
        changed.client.two_legged = false;
    }
    let actor = administrator.actor(visitor);
    match save(&app, &actor, &changed, Event::ApplicationChanged).await {
        Err(Refusal::Stale) => {
            let now = find(&app, &changed.client.id).await.or_page(&app)?;
            Ok(stale(&app, &administrator, &now, &draft, &faults))
        }
        saved => saved.or_page(&app).map(|()| to(&app, &changed.client.id, "changed")),
    }
}

fn stale(
    app: &App,
    administrator: &Administrator,
    now: &Application,
    draft: &Draft,
    faults: &Faults,
) -> Response {
    let differences = draft.differences(&Draft::of(now));
    shown(app, administrator, StatusCode::CONFLICT, now, draft, faults, &differences)
}

fn shown(
    app: &App,
    administrator: &Administrator,
    status: StatusCode,
    application: &Application,
    draft: &Draft,
    faults: &Faults,
    differences: &[Value],
) -> Response {
    let mut values = values(app, status, application, draft, faults, differences);
    values["link"] = address::application(&application.client.id, "").into();
    values["operated"] = true.into();
    page(app, administrator, Section::Applications, status, "admin/application_form.html", values)
}
