//! Applications registered by administrators: for an account, or kept by operators.

use super::PATH;
use crate::{
    administration::{Refusal, applications},
    app::App,
    pages::{
        OrPage, Refused, Visitor,
        admin::{
            Section, address,
            administrator::{Administrator, AdministratorFields},
            once, show as page,
        },
        developers::{
            draft::{self, Draft},
            fault::Faults,
            keys,
            register::sent_twice,
            sent::Fields,
        },
    },
    words::text,
};
use axum::{Extension, extract::State, http::StatusCode, response::Response};
use countersign_core::ClientId;
use countersign_provider::{Clock, System, token};
use countersign_store::{ApplicationProfile, ClientRecord, StoreErrorKind};
use serde_json::json;

/// What the form asks beside the draft.
struct Asked {
    /// Sent back, so that a form that is sent twice registers once.
    once: String,
    owner: String,
    has_key: bool,
}

/// The empty form.
pub(super) async fn form(State(app): State<App>, administrator: Administrator) -> Response {
    let asked = Asked { once: token(&System, 16), owner: String::new(), has_key: false };
    shown(&app, &administrator, StatusCode::OK, &Draft::default(), &Faults::default(), &asked)
}

/// Registers it, approved, and shows its secret once.
pub(super) async fn register(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    AdministratorFields { administrator, fields }: AdministratorFields,
) -> Result<Response, Refused> {
    let (draft, asked) = (Draft::sent(&fields), Asked::sent(&fields));
    let mut faults = draft.faults(&draft::scopes(&app, &[]), &[]);
    let owner = Some(asked.owner.as_str()).filter(|owner| !owner.is_empty());
    if let Some(name) = owner {
        let account = app.stores.rows.account(name).await.or_page(&app)?;
        let exists = account.is_some_and(|account| !account.disabled);
        faults.check("owner", exists, "admin-register-no-account");
    }
    let key = keys::sent(&fields).map_err(|wrong| faults.note("public_key", wrong)).ok();
    let Some(key) = key.filter(|_| faults.is_empty()) else {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(shown(&app, &administrator, status, &draft, &faults, &asked));
    };
    let session = &administrator.0;
    // OK because it is hexadecimal digits
    let id = ClientId::new(&once(session, "client", &asked.once)).expect("an identifier");
    let mut client = ClientRecord::new(id, "", key.key.clone());
    let mut profile = ApplicationProfile { owner: owner.map(Into::into), ..ApplicationProfile::default() };
    draft.put(&mut client, &mut profile);
    (client.created, client.key_since) = (System.now(), System.now());
    match applications::register(&app, &administrator.actor(visitor), &client, &profile).await {
        Err(Refusal::Store(error)) if error.kind() == StoreErrorKind::Conflict => {
            return Err(sent_twice(&app).into());
        }
        registered => registered.or_page(&app)?,
    };
    let (link, title) = (address::application(&client.id, ""), &text("key-registered"));
    let values = key.shown_of(&client);
    Ok(keys::shown_at(&app, session, &link, &client.name, title, &values, key.secret.is_some()))
}

impl Asked {
    fn sent(fields: &Fields) -> Self {
        let has_key = fields.text("key") == "public";
        Self { once: fields.text("once").into(), owner: fields.text("owner").trim().into(), has_key }
    }
}

fn shown(
    app: &App,
    administrator: &Administrator,
    status: StatusCode,
    draft: &Draft,
    faults: &Faults,
    asked: &Asked,
) -> Response {
    let described = |name: &String| json!({ "name": name, "description": app.config.scopes.get(name) });
    let values = json!({
        "draft": draft,
        "bad": faults,
        "home": PATH,
        "operated": true,
        "once": asked.once,
        "owner": asked.owner,
        "has_key": asked.has_key,
        "scopes": draft::scopes(app, &[]).iter().map(described).collect::<Vec<_>>(),
    });
    page(app, administrator, Section::Applications, status, "admin/application_form.html", values)
}
