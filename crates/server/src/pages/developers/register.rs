//! Registering an application.

use super::{
    Refused,
    draft::{self, Draft},
    fault::Faults,
    keys::{self, NewKey},
    once, record,
    sent::{Developer, Fields, Sent},
};
use crate::{
    app::App,
    audit::Event,
    config::Applications,
    pages::{OrPage, Visitor, error::page_error, signed_in},
    session::Session,
    words::text,
};
use axum::{Extension, extract::State, http::StatusCode, response::Response};
use countersign_core::ClientId;
use countersign_provider::{Clock, System, token};
use countersign_store::{
    ApplicationFilter, ApplicationProfile, ClientRecord, ClientStatus, Page, StoreErrorKind,
};
use serde_json::json;

/// The empty form.
pub(super) async fn form(State(app): State<App>, Developer(session): Developer) -> Result<Response, Refused> {
    may_register(&app, &session).await?;
    let sent = Asked { once: token(&System, 16), own_scripts: false, has_key: false };
    Ok(page(&app, &session, StatusCode::OK, &Draft::default(), &Faults::default(), &sent))
}

/// What the form asks beside the draft.
struct Asked {
    /// Sent back, so that a form that is sent twice registers once.
    once: String,
    own_scripts: bool,
    has_key: bool,
}

impl Asked {
    fn sent(fields: &Fields) -> Self {
        let has_key = fields.text("key") == "public";
        Self { once: fields.text("once").into(), own_scripts: fields.is_on("owner_only"), has_key }
    }
}

/// Registers it, and shows its secret once.
pub(super) async fn register(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Sent { session, fields }: Sent,
) -> Result<Response, Refused> {
    may_register(&app, &session).await?;
    let (draft, asked) = (Draft::sent(&fields), Asked::sent(&fields));
    let mut faults = draft.faults(&draft::scopes(&app, &[]), &[]);
    // Without approval it is its owner's alone, and without an owner it is everybody's.
    let apart = !(asked.own_scripts && fields.is_on("two_legged"));
    faults.check("two_legged", apart, "form-own-calls-as-you");
    let key = keys::sent(&fields).map_err(|wrong| faults.note("public_key", wrong)).ok();
    let Some(key) = key.filter(|_| faults.is_empty()) else {
        return Ok(page(&app, &session, StatusCode::UNPROCESSABLE_ENTITY, &draft, &faults, &asked));
    };
    // OK because it is hexadecimal digits
    let id = ClientId::new(&once(&session, "client", &asked.once)).expect("an identifier");
    let mut client = ClientRecord::new(id, "", key.key.clone());
    let mut profile = ApplicationProfile {
        owner: Some(session.account.clone()),
        owner_only: asked.own_scripts,
        ..ApplicationProfile::default()
    };
    draft.put(&mut client, &mut profile);
    (client.created, client.key_since) = (System.now(), System.now());
    client.status = first_status(&app, &profile);
    let sealed = app.stores.sealed.seal_client(&client).or_page(&app)?;
    match app.stores.rows.add_application(&sealed, &profile).await {
        Err(error) if error.kind() == StoreErrorKind::Conflict => return Err(sent_twice(&app).into()),
        added => added.or_page(&app)?,
    }
    record(&app, Event::ApplicationRegistered, &client.id, &session.account, visitor);
    Ok(shown(&app, &session, &client, &key))
}

fn shown(app: &App, session: &Session, client: &ClientRecord, key: &NewKey) -> Response {
    keys::shown_once(app, session, client, key, &text("key-registered"))
}

fn page(
    app: &App,
    session: &Session,
    status: StatusCode,
    draft: &Draft,
    faults: &Faults,
    asked: &Asked,
) -> Response {
    let values = json!({
        "draft": draft,
        "bad": faults,
        "once": asked.once,
        "owner_only": asked.own_scripts,
        "has_key": asked.has_key,
        "home": "/developers",
        "waits": app.config.applications == Applications::Proposed,
        "scopes": draft::scopes(app, &[]).iter().map(|name| json!({ "name": name, "description": app.config.scopes.get(name) })).collect::<Vec<_>>(),
    });
    signed_in::page(app, session, status, "developers/form.html", values)
}

/// That the account may register one more.
async fn may_register(app: &App, session: &Session) -> Result<(), Refused> {
    if app.config.applications == Applications::Closed {
        return Err(page_error(app, StatusCode::FORBIDDEN, "form-closed").into());
    }
    let filter = ApplicationFilter { owner: Some(session.account.clone()), ..ApplicationFilter::default() };
    let has = app.stores.rows.applications(&filter, Page::first(MOST)).await.or_page(app)?;
    if has.len() >= MOST as usize {
        return Err(page_error(app, StatusCode::CONFLICT, "form-most").into());
    }
    Ok(())
}

/// Approval is for what others are asked to trust.
pub(super) fn first_status(app: &App, profile: &ApplicationProfile) -> ClientStatus {
    if profile.owner_only || app.config.applications == Applications::Open {
        ClientStatus::Active
    } else {
        ClientStatus::Pending
    }
}

pub(in crate::pages) fn sent_twice(app: &App) -> Response {
    page_error(app, StatusCode::CONFLICT, "form-sent-twice")
}

/// The most applications of one account.
pub(super) const MOST: u32 = 100;
