//! `/challenges`: what an operator's own pages ask and answer on behalf of a resource owner.

use super::{
    caller::{Caller, May},
    input::{Given, Named},
    problem::Problem,
    scope::Challenges,
    text,
};
use crate::{app::App, audit::Event, check, own_pages::Barred, session::hash};
use axum::{Json, extract::State};
use countersign_provider::{Clock, Pending, Problem as Refusal, System};
use countersign_store::{AuditEntry, ChallengeAnswer, Outcome, SignInChallenge};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A challenge: what to tell a resource owner before they answer.
#[derive(Serialize, ToSchema)]
#[schema(as = Challenge)]
pub(super) struct Shown {
    /// `pending`, `accepted` or `rejected`.
    state: &'static str,
    /// When it ends, in Unix seconds.
    expires: u64,
    client: Client,
    /// What it asks for; it may be nothing.
    scopes: Vec<Scope>,
    /// Where the browser goes with the answer: scheme, host and port. Null where the owner is shown a code to type in.
    #[schema(example = "https://printer.example.com")]
    destination: Option<String>,
    /// Who agreed, once it is accepted.
    owner: Option<String>,
}

/// Who asks for access.
#[derive(Serialize, ToSchema)]
#[schema(as = AskingClient)]
pub(super) struct Client {
    client_id: String,
    /// The name that resource owners read: any text.
    name: String,
    description: String,
    home_page: Option<String>,
}

/// A scope, and what it means.
#[derive(Serialize, ToSchema)]
#[schema(as = ScopeInWords)]
pub(super) struct Scope {
    name: String,
    /// In plain words, as the configuration has them; empty where it has none.
    description: String,
}

/// Who agrees.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Acceptance {
    /// The resource owner, in your own words: your number for them, or their name. It need not be an account of this server.
    #[schema(min_length = 1, max_length = 255, example = "customer-4711")]
    owner: String,
}

/// An answer that was taken.
#[derive(Serialize, ToSchema)]
pub(super) struct Answered {
    /// `accepted` or `rejected`.
    state: &'static str,
    /// Send the browser there, with 303. It leads nowhere in another browser, and works once.
    r#continue: String,
}

/// Shows a challenge, while its request for access waits.
#[utoipa::path(get, path = "/challenges/{challenge}", tag = "challenges", params(("challenge" = String, Path)),
    responses((status = 200, body = Shown)), security(("api_key" = ["challenges"])))]
pub(super) async fn get_challenge(
    State(app): State<App>,
    _: May<Challenges>,
    Named(id): Named<String>,
) -> Result<Json<Shown>, Problem> {
    let found = find(&app, &id).await?;
    let pending = waiting(&app, &found).await?;
    let profile = app.stores.rows.application(&pending.client().id).await?.map(|found| found.profile);
    let profile = profile.unwrap_or_default();
    let client = pending.client();
    Ok(Json(Shown {
        state: found.answer.as_ref().map_or("pending", ChallengeAnswer::as_str),
        expires: found.expires.seconds(),
        client: Client {
            client_id: client.id.as_str().into(),
            name: client.name.clone(),
            description: profile.description,
            home_page: profile.home_page,
        },
        scopes: pending.scopes().iter().map(|scope| Scope::of(&app, scope)).collect(),
        destination: pending.destination(),
        owner: found.answer.as_ref().and_then(ChallengeAnswer::owner).map(|owner| owner.as_str().into()),
    }))
}

/// Accepts a challenge: that owner signed in, was told who asks for what, and agrees.
#[utoipa::path(post, path = "/challenges/{challenge}/accept", tag = "challenges", params(("challenge" = String, Path)),
    request_body = Acceptance, responses((status = 200, body = Answered)), security(("api_key" = ["challenges"])))]
pub(super) async fn accept_challenge(
    State(app): State<App>,
    May { caller, .. }: May<Challenges>,
    Named(id): Named<String>,
    Given(Acceptance { owner }): Given<Acceptance>,
) -> Result<Json<Answered>, Problem> {
    text::checked("owner", check::account_name(&owner))?;
    answer(&app, &caller, &id, ChallengeAnswer::Accepted(owner.into())).await
}

/// Rejects a challenge: nobody agrees.
#[utoipa::path(post, path = "/challenges/{challenge}/reject", tag = "challenges", params(("challenge" = String, Path)),
    responses((status = 200, body = Answered)), security(("api_key" = ["challenges"])))]
pub(super) async fn reject_challenge(
    State(app): State<App>,
    May { caller, .. }: May<Challenges>,
    Named(id): Named<String>,
) -> Result<Json<Answered>, Problem> {
    answer(&app, &caller, &id, ChallengeAnswer::Rejected).await
}

/// The first answer stays; the same one is told again, so that a request whose answer was lost can be sent again.
async fn answer(
    app: &App,
    caller: &Caller,
    id: &str,
    answer: ChallengeAnswer,
) -> Result<Json<Answered>, Problem> {
    let mut found = find(app, id).await?;
    if found.answer.is_none() {
        let pending = waiting(app, &found).await?;
        may_agree(app, &pending, &answer).await?;
        let outcome = app.stores.rows.answer_challenge(&found.id_hash, &answer, System.now()).await?;
        if outcome == Outcome::Done {
            app.audit.append(AuditEntry {
                client: Some(pending.client().id.clone()),
                owner: answer.owner().cloned(),
                ..caller.did(event(&answer))
            });
            found.answer = Some(answer.clone());
        } else {
            found = find(app, id).await?;
        }
    }
    if found.answer.as_ref() != Some(&answer) {
        return Err(Problem::conflict("the challenge was answered otherwise, and its first answer stays"));
    }
    Ok(Json(Answered { state: answer.as_str(), r#continue: app.way_back(id, &caller.title())? }))
}

const fn event(answer: &ChallengeAnswer) -> Event {
    match answer {
        ChallengeAnswer::Accepted(_) => Event::ChallengeAccepted,
        ChallengeAnswer::Rejected => Event::ChallengeRejected,
    }
}

async fn find(app: &App, id: &str) -> Result<SignInChallenge, Problem> {
    app.stores.rows.challenge(&hash(id), System.now()).await?.ok_or_else(Problem::absent)
}

/// The request for access that a challenge is about. One that was answered is over, whichever challenge was first.
async fn waiting(app: &App, found: &SignInChallenge) -> Result<Pending, Problem> {
    app.provider.pending(found.temporary.as_str()).await.map_err(|rejection| match rejection.problem() {
        Refusal::StoreUnavailable => Problem::unavailable(),
        Refusal::ClientRefused | Refusal::ClientUnknown => {
            Problem::conflict("the application may not ask for access at the moment")
        }
        _ => Problem::absent(),
    })
}

async fn may_agree(app: &App, pending: &Pending, answer: &ChallengeAnswer) -> Result<(), Problem> {
    let Some(owner) = answer.owner() else { return Ok(()) };
    let told = match Barred::look(app, &pending.client().id, owner).await? {
        None => return Ok(()),
        Some(Barred::Disabled) => "the account of that name is disabled",
        Some(Barred::NotTheirs) => "this application is for its owner alone",
    };
    Err(Problem::invalid("owner", told))
}

impl Scope {
    fn of(app: &App, name: &str) -> Self {
        Self { name: name.into(), description: app.config.meaning(name).into() }
    }
}
