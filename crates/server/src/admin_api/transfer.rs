//! Giving an application to another account.

use super::{
    applications::{about, find, tagged},
    caller::May,
    input::{Given, Named},
    problem::Problem,
    scope::ApplicationsWrite,
    text,
};
use crate::app::App;
use axum::{extract::State, response::Response};
use countersign_store::Outcome;
use serde::Deserialize;
use utoipa::ToSchema;

/// To whom an application is given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Transfer {
    /// An account that may sign in.
    #[schema(min_length = 1, max_length = 255, example = "jane")]
    to: String,
}

/// Gives an application to another account; one for its owner alone stays theirs.
#[utoipa::path(post, path = "/applications/{client_id}/transfer", tag = "applications", params(("client_id" = String, Path)),
    request_body = Transfer, responses((status = 200, body = super::application::Shown)), security(("api_key" = ["applications:write"])))]
pub(super) async fn transfer_application(
    State(app): State<App>,
    May { caller, .. }: May<ApplicationsWrite>,
    Named(id): Named<String>,
    Given(Transfer { to }): Given<Transfer>,
) -> Result<Response, Problem> {
    let to = text::short("to", to)?;
    let (id, application) = find(&app, &id).await?;
    if application.profile.owner_only {
        return Err(Problem::conflict("this application is for its owner alone, and stays theirs"));
    }
    let account = app.stores.rows.account(&to).await?.filter(|account| !account.disabled);
    if account.is_none() {
        return Err(Problem::invalid("to", "there is no such account that may sign in"));
    }
    let from = application.profile.owner.as_deref();
    if app.stores.rows.transfer_application(&id, from, &to).await? == Outcome::Refused {
        return Err(Problem::conflict(
            "it was given to somebody else meanwhile, or the account was disabled",
        ));
    }
    app.audit.append(about(&caller, "application_transferred", &id));
    Ok(tagged(find(&app, id.as_str()).await?.1))
}
