//! Back from an issuer.

use super::{
    Issuer,
    claims::Who,
    journey::{Journey, Purpose},
    way,
};
use crate::{
    app::App,
    login::onward,
    pages::{self, PageQuery, Visitor, account::identities},
    session::{Session, cookie},
    sign_in::{Told, fits, made, noted},
    words::{Text, text},
};
use axum::{
    Extension,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use countersign_core::Secret;
use countersign_provider::{Clock, System};
use countersign_store::{Account, ExternalIdentity, SignedUp, StoreError};
use serde::Deserialize;

/// What the issuer sends its visitor back with.
#[derive(Deserialize)]
pub(super) struct Sent {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// One who comes back.
struct Back<'a> {
    app: &'a App,
    visitor: Visitor,
    headers: &'a HeaderMap,
    issuer: &'a Issuer,
    journey: Journey,
}

/// Takes back whoever this browser sent off, and nobody else.
pub(super) async fn back(
    State(app): State<App>,
    Path(id): Path<String>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
    PageQuery(sent): PageQuery<Sent>,
) -> Response {
    let Some(issuer) = app.issuers.find(&id) else { return pages::error::not_found(&app) };
    let session = match app.session(&headers).await {
        Ok(session) => session,
        Err(error) => return pages::error::store(&app, &error),
    };
    let Some(journey) = known(&app, &headers, issuer, &sent, session.as_ref()) else {
        return told(&app, StatusCode::FORBIDDEN, text("ways-not-begun"), "ways-begin-again", "/");
    };
    let back = Back { app: &app, visitor, headers: &headers, issuer, journey };
    let mut response = back.answer(&sent, session).await;
    // Whatever came of it: nobody goes the same way twice.
    let ended = app.set_cookie(app.journey_cookie(), "", 0);
    response.headers_mut().append(header::SET_COOKIE, ended);
    response
}

/// The journey of this browser, if it is to this issuer and what came back belongs to it.
fn known(
    app: &App,
    headers: &HeaderMap,
    issuer: &Issuer,
    sent: &Sent,
    session: Option<&Session>,
) -> Option<Journey> {
    let journey = Journey::read(cookie(headers, app.journey_cookie())?, System.now())?;
    let asked_by = match journey.purpose {
        Purpose::SignIn => "",
        Purpose::Connect => session?.csrf.expose(),
    };
    let same = Secret::from(journey.state(asked_by)).matches(&sent.state);
    (same && journey.issuer == issuer.settings.id).then_some(journey)
}

impl Back<'_> {
    async fn answer(&self, sent: &Sent, session: Option<Session>) -> Response {
        let issuer = &self.issuer.settings;
        let of_issuer = |id: &'static str| text(id).word("issuer", issuer.shown());
        // RFC 9207 §2.4: "If the value does not match the expected issuer identifier, clients MUST reject"
        if sent.iss.as_ref().is_some_and(|iss| *iss != issuer.issuer) {
            return self.told(StatusCode::FORBIDDEN, of_issuer("ways-another-issuer"), "ways-begin-again");
        }
        let code = match (&sent.code, &sent.error) {
            (Some(code), None) if !code.is_empty() => code,
            (_, Some(_)) => {
                let message = of_issuer("ways-not-let-in");
                return self.told(StatusCode::FORBIDDEN, message, "ways-try-again");
            }
            _ => {
                let message = of_issuer("ways-issuer-silent");
                return self.told(StatusCode::BAD_REQUEST, message, "ways-begin-again");
            }
        };
        let who = match self.issuer.who(code, &self.journey).await {
            Ok(who) => who,
            Err(failure) => return failure.page(self.app, self.issuer, &self.journey.next),
        };
        let done = match (self.journey.purpose, session) {
            (Purpose::SignIn, _) => self.sign_in(&who).await,
            (Purpose::Connect, Some(session)) => {
                let identity = self.identity(&who.subject, &session.account);
                identities::connect(self.app, self.visitor, &session, &issuer.id, &identity).await
            }
            // It was there when the journey was checked.
            (Purpose::Connect, None) => Ok(pages::error::forged(self.app)),
        };
        done.unwrap_or_else(|error| pages::error::store(self.app, &error))
    }

    async fn sign_in(&self, who: &Who) -> Result<Response, StoreError> {
        let find = || self.app.stores.rows.account_of(&self.issuer.settings.issuer, &who.subject);
        if let Some(account) = find().await? {
            return self.enter(&account).await;
        }
        let name = match self.admissible(who) {
            Ok(name) => name,
            Err(page) => return Ok(*page),
        };
        let (identity, way) = (self.identity(&who.subject, name), way(&self.issuer.settings.id));
        match made(self.app, self.visitor, name, Some(identity), &way).await? {
            SignedUp::NameTaken => Ok(self.name_taken(name)),
            SignedUp::Done | SignedUp::IdentityTaken | SignedUp::NotInvited => match find().await? {
                Some(account) => self.enter(&account).await,
                None => Err(StoreError::unavailable("the account is gone")),
            },
        }
    }

    async fn enter(&self, account: &Account) -> Result<Response, StoreError> {
        if account.disabled {
            return Ok(self.told(StatusCode::FORBIDDEN, text("ways-disabled"), "ways-ask-why"));
        }
        let cookie = self.app.begin_session(self.headers, self.visitor, &account.name).await?;
        noted(self.app, self.visitor, &account.name, &way(&self.issuer.settings.id));
        Ok(onward(self.app, &self.journey.next, cookie))
    }

    /// The name of the account that may be made for somebody; else the page that tells why not.
    fn admissible<'w>(&self, who: &'w Who) -> Result<&'w str, Box<Response>> {
        let settings = &self.issuer.settings;
        let told = |message: &'static str, advice: &'static str, name| {
            let (status, next) = (StatusCode::FORBIDDEN, Some(&*self.journey.next));
            let (message, advice) = (text(message).word("issuer", settings.shown()), text(advice));
            Box::new(Told { status, message, advice, name, next }.page(self.app))
        };
        if !settings.create_accounts {
            return Err(told("ways-not-connected", "ways-connect-first", None));
        }
        let Some(name) = &who.name else {
            return Err(told("ways-no-name", "ways-ask-for-account", None));
        };
        if fits(name) { Ok(name) } else { Err(told("ways-bad-name", "ways-ask-for-account", Some(name))) }
    }

    /// Whoever has the account of that name has to say so: a name is no proof.
    fn name_taken(&self, name: &str) -> Response {
        let message = text("ways-name-taken").word("issuer", self.issuer.settings.shown());
        let advice = text("ways-connect-if-yours");
        let (status, next) = (StatusCode::CONFLICT, Some(&*self.journey.next));
        Told { status, message, advice, name: Some(name), next }.page(self.app)
    }

    fn identity(&self, subject: &str, account: &str) -> ExternalIdentity {
        ExternalIdentity {
            issuer: self.issuer.settings.issuer.clone(),
            subject: subject.into(),
            account: account.into(),
            created: System.now(),
        }
    }

    fn told(&self, status: StatusCode, message: Text, advice: &'static str) -> Response {
        told(self.app, status, message, advice, &self.journey.next)
    }
}

fn told(app: &App, status: StatusCode, message: Text, advice: &'static str, next: &str) -> Response {
    Told { status, message, advice: text(advice), name: None, next: Some(next) }.page(app)
}
