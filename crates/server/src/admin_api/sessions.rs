//! `/accounts/{name}/sessions`: where an account is signed in.

use super::{
    caller::May,
    input::Named,
    problem::Problem,
    scope::{AccountsRead, AccountsWrite},
};
use crate::{administration::accounts, app::App};
use axum::{Json, extract::State, http::StatusCode};
use countersign_provider::{Clock, System};
use countersign_store::{SessionName, SessionRecord};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where an account is signed in. No cookie can be made of what is told.
#[derive(Deserialize, Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct Shown {
    /// By what it is named.
    #[schema(example = "abababababababababababababababab")]
    pub(crate) session: String,
    /// When it began, in Unix seconds.
    pub(crate) created: u64,
    /// When it was last used, in Unix seconds; to the minute.
    pub(crate) last_seen: u64,
    /// When it ends, in Unix seconds.
    expires: u64,
    /// From where it began.
    pub(crate) address: Option<String>,
    /// The beginning of what the browser says that it is.
    pub(crate) user_agent: Option<String>,
}

/// The sessions of an account.
#[derive(Deserialize, Serialize, ToSchema)]
pub(crate) struct Sessions {
    /// The newest first; an account has 100 at most.
    pub(crate) items: Vec<Shown>,
    /// How many there are.
    total: usize,
}

/// What came of ending sessions.
#[derive(Deserialize, Serialize, ToSchema)]
pub(crate) struct Ended {
    /// How many there were.
    pub(crate) ended: usize,
}

/// Lists the sessions of an account, the newest first.
#[utoipa::path(get, path = "/accounts/{name}/sessions", tag = "accounts", params(("name" = String, Path)),
    responses((status = 200, body = Sessions)), security(("api_key" = ["accounts:read"])))]
pub(super) async fn list_sessions(
    State(app): State<App>,
    _: May<AccountsRead>,
    Named(name): Named<String>,
) -> Result<Json<Sessions>, Problem> {
    accounts::find(&app, &name).await?;
    let found = app.stores.rows.sessions_of(&name, System.now()).await?;
    Ok(Json(Sessions { items: found.iter().map(Shown::of).collect(), total: found.len() }))
}

/// Ends all sessions of an account: whoever is signed in must do it again.
#[utoipa::path(delete, path = "/accounts/{name}/sessions", tag = "accounts", params(("name" = String, Path)),
    responses((status = 200, body = Ended)), security(("api_key" = ["accounts:write"])))]
pub(super) async fn end_sessions(
    State(app): State<App>,
    May { caller, .. }: May<AccountsWrite>,
    Named(name): Named<String>,
) -> Result<Json<Ended>, Problem> {
    let ended = accounts::end_sessions(&app, &caller.actor(), &name).await?;
    Ok(Json(Ended { ended }))
}

/// Ends one session of an account.
#[utoipa::path(delete, path = "/accounts/{name}/sessions/{session}", tag = "accounts",
    params(("name" = String, Path), ("session" = String, Path, description = "By what the list names it.")),
    responses((status = 204)), security(("api_key" = ["accounts:write"])))]
pub(super) async fn end_session(
    State(app): State<App>,
    May { caller, .. }: May<AccountsWrite>,
    Named((name, session)): Named<(String, String)>,
) -> Result<StatusCode, Problem> {
    let session: SessionName = session.parse().map_err(|_| Problem::absent())?;
    accounts::end_session(&app, &caller.actor(), &name, session).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Shown {
    pub(crate) fn of(known: &SessionRecord) -> Self {
        Self {
            session: known.name().to_string(),
            created: known.created.seconds(),
            last_seen: known.last_seen.max(known.created).seconds(),
            expires: known.expires.seconds(),
            address: known.address.clone(),
            user_agent: known.user_agent.clone(),
        }
    }
}
