//! `/invitations`: links with which one person each may sign up.

use super::{
    caller::{Caller, May},
    creation::{Creation, Made},
    input::{Asked, Named},
    page::{self, Listed},
    problem::Problem,
    scope::{AccountsRead, AccountsWrite},
};
use crate::{
    administration::invitations,
    app::App,
    config::{Config, SignUp},
    session::LENGTH,
    sign_up,
};
use axum::{Json, extract::State, http::StatusCode, response::Response};
use countersign_provider::{System, token};
use countersign_store::{Invitation, StoredInvitation};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// An invitation, without its link.
#[derive(Deserialize, Serialize, ToSchema)]
#[schema(as = Invitation)]
pub(crate) struct Shown {
    /// Its number.
    pub(crate) number: i64,
    /// For whom, in the words of whoever made it.
    pub(crate) note: String,
    /// The account that made it; null for a program or a command of nobody's in particular.
    pub(crate) made_by: Option<String>,
    /// In Unix seconds.
    pub(crate) created: u64,
    /// In Unix seconds.
    pub(crate) expires: u64,
    /// The account that came of it.
    pub(crate) redeemed_by: Option<String>,
}

/// Which invitations to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// How many: 50 by default.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// An invitation to make.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewInvitation)]
pub(crate) struct New {
    /// For whom, in words of yours.
    #[serde(default)]
    #[schema(max_length = 255, example = "Jane of the print shop")]
    pub(crate) note: String,
    /// How many days it is good for.
    #[serde(default = "a_week")]
    #[schema(minimum = 1, maximum = 365, default = 7)]
    pub(crate) days: u32,
}

/// A made invitation.
#[derive(Deserialize, Serialize, ToSchema)]
#[schema(as = MadeInvitation)]
pub(crate) struct Invited {
    /// Its number.
    pub(crate) number: i64,
    /// Shown this once, and good for one account.
    pub(crate) link: String,
    /// What the link carries.
    pub(crate) code: String,
    /// In Unix seconds.
    pub(crate) expires: u64,
    /// What a person should know of it.
    pub(crate) warnings: Vec<String>,
}

/// Lists invitations, the newest first; never their links.
#[utoipa::path(get, path = "/invitations", tag = "accounts", params(Filter),
    responses((status = 200, body = Listed<Shown>)), security(("api_key" = ["accounts:read"])))]
pub(super) async fn list_invitations(
    State(app): State<App>,
    _: May<AccountsRead>,
    Asked(asked): Asked<Filter>,
) -> Result<Json<Listed<Shown>>, Problem> {
    let limit = page::limit(asked.limit)?;
    let page = page::rows(LIST, asked.cursor.as_deref(), limit)?;
    let found = app.stores.rows.invitations(page).await?;
    Ok(Json(Listed::of(LIST, limit, found, |one| one.record.to_string(), Shown::of)))
}

/// Makes an invitation; its link is shown once, here.
#[utoipa::path(post, path = "/invitations", tag = "accounts", request_body = New,
    params(("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again, it is answered the same.")),
    responses((status = 201, body = Invited, headers(("Location" = String)))), security(("api_key" = ["accounts:write"])))]
pub(super) async fn invite(
    State(app): State<App>,
    May { caller, .. }: May<AccountsWrite>,
    new: Creation<New>,
) -> Result<Response, Problem> {
    new.once(&app, |new| make(app.clone(), caller, new)).await
}

async fn make(app: App, caller: Caller, new: New) -> Result<Made, Problem> {
    new.check().map_err(|(field, told)| Problem::invalid(field, told))?;
    let (code, invitation) = new.invitation(caller.account.clone());
    let number = invitations::invite(&app, &caller.actor(), &invitation).await?;
    let made = Invited::new(&app.config, number, code, &invitation);
    let location = format!("{}{}/invitations/{}", app.base, super::ROOT, made.number);
    Ok(Made::new(location, None, &made))
}

impl New {
    /// That a person can read the note, and that it ends; else the field, and what is wrong with it.
    pub(crate) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        if !invitations::is_note(&self.note) {
            return Err(("note", "a note is 255 bytes of visible characters at most"));
        }
        if !invitations::may_last(self.days) {
            return Err(("days", "1 to 365 days"));
        }
        Ok(())
    }

    /// What was checked, to be stored, and what its link carries.
    pub(crate) fn invitation(&self, made_by: Option<String>) -> (String, Invitation) {
        let code = token(&System, LENGTH);
        let invitation = invitations::new(&code, made_by, &self.note, self.days);
        (code, invitation)
    }
}

impl Invited {
    /// What to tell of one that was stored.
    pub(crate) fn new(config: &Config, number: i64, code: String, invitation: &Invitation) -> Self {
        let unused = (config.sign_up != SignUp::Invitation).then(|| UNUSED.to_owned());
        Self {
            number,
            link: sign_up::link(config, &code),
            code,
            expires: invitation.expires.seconds(),
            warnings: unused.into_iter().collect(),
        }
    }
}

/// Takes an invitation back that nobody has used.
#[utoipa::path(delete, path = "/invitations/{number}", tag = "accounts", params(("number" = i64, Path)),
    responses((status = 204)), security(("api_key" = ["accounts:write"])))]
pub(super) async fn withdraw_invitation(
    State(app): State<App>,
    May { caller, .. }: May<AccountsWrite>,
    Named(number): Named<i64>,
) -> Result<StatusCode, Problem> {
    invitations::withdraw(&app, &caller.actor(), number).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Shown {
    pub(crate) fn of(stored: StoredInvitation) -> Self {
        let StoredInvitation { record, invitation, redeemed_by } = stored;
        Self {
            number: record,
            note: invitation.note,
            made_by: invitation.made_by,
            created: invitation.created.seconds(),
            expires: invitation.expires.seconds(),
            redeemed_by,
        }
    }
}

fn a_week() -> u32 {
    7
}

const LIST: &str = "invitations";
const UNUSED: &str = "nobody can use an invitation yet: set sign_up = \"invitation\" in the configuration";
