//! Where an account is signed in, and the end of that.

use super::named::{Named, question_on, to};
use crate::{
    administration::accounts,
    app::App,
    pages::{
        OrPage, Refused, Visitor,
        admin::{
            administrator::{Administrator, AdministratorForm},
            question::Question,
        },
        confirm::Confirmation,
        error::incomplete,
    },
};
use axum::{Extension, extract::State, http::StatusCode, response::Response};
use countersign_store::Account;
use serde::Deserialize;

/// Which session is to end, by its name.
#[derive(Deserialize)]
pub(super) struct Ended {
    #[serde(default)]
    session: String,
}

/// Ends one. What has ended already and what never was are answered alike.
pub(super) async fn end(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Named(account): Named,
    AdministratorForm { administrator, given }: AdministratorForm<Ended>,
) -> Result<Response, Refused> {
    let session = given.session.parse().map_err(|_| incomplete(&app))?;
    let actor = administrator.actor(visitor);
    let ended = accounts::end_session(&app, &actor, &account.name, session).await;
    let told = match ended {
        Err(crate::administration::Refusal::Absent) => "gone",
        other => other.or_page(&app).map(|()| "ended")?,
    };
    Ok(to(&app, &account.name, told))
}

/// Asks whether all are to end.
pub(super) async fn question(
    State(app): State<App>,
    administrator: Administrator,
    Named(account): Named,
) -> Result<Response, Refused> {
    asked(&account).ask(&app, &administrator, StatusCode::OK, None).await
}

/// Ends all.
pub(super) async fn end_all(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Named(account): Named,
    AdministratorForm { administrator, given }: AdministratorForm<Confirmation>,
) -> Result<Response, Refused> {
    asked(&account).confirmed(&app, &administrator, visitor, given).await?;
    accounts::end_sessions(&app, &administrator.actor(visitor), &account.name).await.or_page(&app)?;
    Ok(to(&app, &account.name, "signed_out"))
}

fn asked(account: &Account) -> Question<'_> {
    question_on(
        account,
        "/sessions",
        ["admin-sessions-title", "admin-sessions-told", "admin-sessions-button"],
    )
}
