//! `/admin/invitations`: links with which one person each may sign up.

use super::{
    Section,
    administrator::{Administrator, AdministratorForm},
    asked::{Asked, BEFORE},
    listed::Listed,
    once, show as page, shown_once,
};
use crate::{
    administration::{Refusal, invitations},
    app::App,
    config::SignUp,
    pages::{OrPage, Refused, Visitor, error::incomplete, see},
    sign_up,
    words::text,
};
use axum::{
    Extension, Router,
    extract::State,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use countersign_provider::{Clock, System, token};
use countersign_store::StoredInvitation;
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new().route(PATH, get(list).post(invite)).route("/admin/invitations/withdraw", post(withdraw))
}

/// One to make.
#[derive(Deserialize)]
pub(super) struct New {
    #[serde(default)]
    note: String,
    #[serde(default)]
    days: String,
    #[serde(default)]
    once: String,
}

/// Which to take back, by its number.
#[derive(Deserialize)]
pub(super) struct Withdrawn {
    #[serde(default)]
    record: String,
}

/// What was typed, and what is wrong with it.
#[derive(Default)]
struct Wrong<'a> {
    note: &'a str,
    days: &'a str,
    wrong: Option<&'static str>,
}

/// All of them, the newest first, and a form for one more.
async fn list(
    State(app): State<App>,
    administrator: Administrator,
    asked: Asked,
) -> Result<Response, Refused> {
    let fresh = Wrong { days: "7", ..Wrong::default() };
    shown(&app, &administrator, &asked, StatusCode::OK, fresh).await
}

/// Makes one, and shows its link once.
async fn invite(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    AdministratorForm { administrator, given }: AdministratorForm<New>,
) -> Result<Response, Refused> {
    let days = given.days.trim().parse().ok().filter(|days| invitations::may_last(*days));
    let note = given.note.trim();
    let wrong = if days.is_none() {
        Some("admin-invitations-bad-days")
    } else if !invitations::is_note(note) {
        Some("admin-invitations-bad-note")
    } else {
        None
    };
    let Some(days) = days.filter(|_| wrong.is_none()) else {
        let typed = Wrong { note, days: &given.days, wrong };
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return shown(&app, &administrator, &Asked::default(), status, typed).await;
    };
    let session = &administrator.0;
    let code = once(session, "invitation", &given.once);
    let new = invitations::new(&code, Some(session.account.clone()), note, days);
    invitations::invite(&app, &administrator.actor(visitor), &new).await.or_page(&app)?;
    let link = sign_up::link(&app.config, &code);
    Ok(shown_once(&app, &administrator, Section::Accounts, "admin-invitations-link", note, &link, PATH))
}

/// Takes one back that nobody has used.
async fn withdraw(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    AdministratorForm { administrator, given }: AdministratorForm<Withdrawn>,
) -> Result<Response, Refused> {
    let Ok(record) = given.record.parse() else {
        return Err(incomplete(&app).into());
    };
    let told = match invitations::withdraw(&app, &administrator.actor(visitor), record).await {
        Err(Refusal::Absent) => "gone",
        other => other.or_page(&app).map(|()| "withdrawn")?,
    };
    Ok(see(&format!("{}{PATH}?told={told}", app.base)))
}

async fn shown(
    app: &App,
    administrator: &Administrator,
    asked: &Asked,
    status: StatusCode,
    typed: Wrong<'_>,
) -> Result<Response, Refused> {
    let found = app.stores.rows.invitations(asked.page(app)?).await.or_page(app)?;
    let listed = Listed::of(found, asked, PATH, BEFORE, |one| one.record.to_string());
    let values = json!({
        "told": asked.text("told"),
        "invitations": listed.rows.iter().map(brief).collect::<Vec<_>>(),
        "older": listed.older,
        "once": token(&System, 16),
        "note": typed.note,
        "days": typed.days,
        "wrong": typed.wrong.map(text),
        "in_use": app.config.sign_up == SignUp::Invitation,
    });
    Ok(page(app, administrator, Section::Accounts, status, "admin/invitations.html", values))
}

fn brief(stored: &StoredInvitation) -> Value {
    let invitation = &stored.invitation;
    json!({
        "record": stored.record,
        "note": invitation.note,
        "made_by": invitation.made_by,
        "created": invitation.created.seconds(),
        "expires": invitation.expires.seconds(),
        "ended": invitation.expires <= System.now(),
        "redeemed_by": stored.redeemed_by,
    })
}

const PATH: &str = "/admin/invitations";
