//! The way back: the answer of the operator's backend becomes the resource owner's, once.

use super::{Barred, challenge};
use crate::{
    app::App,
    pages::{OrPage, PageQuery, Refused, Visitor, consent, error, error::page_error},
    session::hash,
};
use axum::{
    Extension,
    extract::{OriginalUri, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use countersign_core::TemporaryId;
use countersign_provider::{Clock, System};
use countersign_store::{ChallengeAnswer, SignInChallenge};
use serde::Deserialize;

/// What the backend was told to send the browser with.
#[derive(Debug, Deserialize)]
pub(crate) struct Back {
    #[serde(default)]
    challenge: String,
    #[serde(default)]
    code: String,
}

/// Grants or denies, as the consent page does.
pub(super) async fn finish(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    PageQuery(back): PageQuery<Back>,
    Extension(Visitor(address)): Extension<Visitor>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    // The same page whichever of these it is: it tells a guesser nothing.
    let (temporary, answer, actor) = answered(&app, &back, &headers).await?.ok_or_else(|| over(&app))?;
    let pending = app.provider.pending(temporary.as_str()).await;
    let pending = pending.map_err(|rejection| error::rejected(&app, &rejection))?;
    if let Some(owner) = answer.owner() {
        let barred = Barred::look(&app, &pending.client().id, owner).await.or_page(&app)?;
        barred.map_or(Ok(()), |barred| Err(barred.page(&app)))?;
    }
    let pending = pending.answered_by(actor).answered_from(address);
    let answered = consent::answered(&app, pending, answer.owner().cloned(), None).await;
    Ok(answered.map_or_else(|refusal| *refusal, |answered| consent::told(&app, None, &uri, answered)))
}

/// What about, which answer, and whose.
type Answered = (TemporaryId, ChallengeAnswer, String);

/// The challenge, if it was made for this browser, was answered, and this is the way back from there.
async fn answered(app: &App, back: &Back, headers: &HeaderMap) -> Result<Option<Answered>, Refused> {
    let browser = app.browser(headers).filter(|browser| challenge::is_of(&back.challenge, browser));
    let actor = app.answered_by(&back.challenge, &back.code);
    let (Some(_), Some(actor)) = (browser, actor) else { return Ok(None) };
    let found = app.stores.rows.challenge(&hash(&back.challenge), System.now()).await.or_page(app)?;
    Ok(found.and_then(|SignInChallenge { temporary, answer, .. }| {
        Some((temporary, answer?, actor.expose().to_owned()))
    }))
}

fn over(app: &App) -> Refused {
    page_error(app, StatusCode::FORBIDDEN, "own-pages-over").into()
}

impl Barred {
    fn page(self, app: &App) -> Refused {
        let told = match self {
            Self::Disabled => "own-pages-disabled",
            Self::NotTheirs => "own-pages-not-theirs",
        };
        page_error(app, StatusCode::FORBIDDEN, told).into()
    }
}

pub(crate) const PATH: &str = "/authorize/continue";
