//! Changing an application: whoever changes what somebody else has changed since is told so.

use super::{
    Refused, address,
    draft::{self, Draft},
    fault::Faults,
    record, see,
    sent::{Own, SentOwn},
};
use crate::{
    app::App,
    audit::Event,
    config::Applications,
    pages::{OrPage, Visitor, signed_in},
    session::Session,
};
use axum::{Extension, extract::State, http::StatusCode, response::Response};
use countersign_store::{Application, Change, ClientStatus, Edit};
use serde_json::{Value, json};

/// The form, filled in.
pub(super) async fn form(State(app): State<App>, Own { session, application }: Own) -> Response {
    let draft = Draft::of(&application);
    page(&app, &session, StatusCode::OK, &application, &draft, &Faults::default(), &[])
}

/// Changes it, if it is still as it was when the form was made.
pub(super) async fn change(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    sent: SentOwn,
) -> Result<Response, Refused> {
    let SentOwn { own: Own { session, application }, fields } = sent;
    let draft = Draft::sent(&fields);
    let offered =
        (draft::scopes(&app, &application.client.scopes), draft::methods(&app, &application.client));
    let faults = draft.faults(&offered.0, &offered.1);
    // Before its faults: the page that tells them would bring the new revision, and the next form overwrite what nobody was told of.
    if fields.text("revision") != application.revision.to_string() {
        return Ok(stale(&app, &session, &application, &draft, &faults));
    }
    if !faults.is_empty() {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(page(&app, &session, status, &application, &draft, &faults, &[]));
    }
    let changed = changed(&app, application, &draft);
    match app.stores.rows.update_application(&changed).await.or_page(&app)? {
        Edit::Done => {
            app.stores.forget(&[Change::Client(changed.client.id.clone())]);
            record(&app, Event::ApplicationChanged, &changed.client.id, &session.account, visitor);
            Ok(see(&app, &address(&changed.client.id, "")))
        }
        Edit::Stale => match app.stores.rows.application(&changed.client.id).await.or_page(&app)? {
            Some(now) => Ok(stale(&app, &session, &now, &draft, &faults)),
            None => Err(crate::pages::error::not_found(&app).into()),
        },
        Edit::Absent => Err(crate::pages::error::not_found(&app).into()),
    }
}

/// What was approved is approved as it was: a change of it waits, or approval would be worth nothing.
fn changed(app: &App, mut application: Application, draft: &Draft) -> Application {
    let widened = draft.needs_approval_after(&Draft::of(&application), app.config.own_pages.is_on());
    draft.clone().put(&mut application.client, &mut application.profile);
    let asks = app.config.applications != Applications::Open && !application.profile.owner_only;
    if application.profile.owner_only {
        application.client.two_legged = false;
    }
    let status = &mut application.client.status;
    match status {
        ClientStatus::Active if asks && widened => *status = ClientStatus::Pending,
        // Or it would be changed unseen while it is suspended, by whomever, and then go on.
        ClientStatus::Suspended if asks && widened => *status = ClientStatus::Pending,
        ClientStatus::Rejected => *status = ClientStatus::Pending,
        _ => return application,
    }
    application.profile.rejection = None;
    application.profile.suspended_by_owner = false;
    application
}

fn stale(app: &App, session: &Session, now: &Application, draft: &Draft, faults: &Faults) -> Response {
    let differences = draft.differences(&Draft::of(now));
    page(app, session, StatusCode::CONFLICT, now, draft, faults, &differences)
}

fn page(
    app: &App,
    session: &Session,
    status: StatusCode,
    application: &Application,
    draft: &Draft,
    faults: &Faults,
    differences: &[Value],
) -> Response {
    let mut values = values(app, status, application, draft, faults, differences);
    values["link"] = address(&application.client.id, "").into();
    values["home"] = "/developers".into();
    values["waits"] =
        (app.config.applications != Applications::Open && !application.profile.owner_only).into();
    values["description_waits"] = app.config.own_pages.is_on().into();
    signed_in::page(app, session, status, "developers/form.html", values)
}

/// What the form of `developers/fields.html` is filled in with.
pub(in crate::pages) fn values(
    app: &App,
    status: StatusCode,
    application: &Application,
    draft: &Draft,
    faults: &Faults,
    differences: &[Value],
) -> Value {
    let client = &application.client;
    let described = |name: &String| json!({ "name": name, "description": app.config.scopes.get(name) });
    json!({
        "draft": draft,
        "bad": faults,
        "revision": application.revision,
        "stale": status == StatusCode::CONFLICT,
        "differences": differences,
        "owner_only": application.profile.owner_only,
        "scopes": draft::scopes(app, &client.scopes).iter().map(described).collect::<Vec<_>>(),
        "methods": draft::methods(app, client),
    })
}
