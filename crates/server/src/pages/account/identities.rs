//! Who an owner is elsewhere: connected by them alone, while they are signed in, and disconnected again.

use super::{overview, told};
use crate::{
    app::App,
    audit::{Asked, Event},
    login::noted,
    pages::{self, Visitor, signed_in::OwnForm},
    password,
    session::Session,
    sign_in::{
        oidc::{Issuer, Purpose, set_out},
        usable_password,
    },
    words::text,
};
use axum::{
    Extension,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use countersign_provider::{Clock, System};
use countersign_store::{AuditEntry, ExternalIdentity, Outcome, StoreError, StoreErrorKind};
use serde::Deserialize;
use serde_json::{Value, json};

/// Which issuer to connect with, or which identity to disconnect.
#[derive(Deserialize)]
pub(crate) struct Change {
    #[serde(default)]
    connect: String,
    #[serde(default)]
    current: String,
    #[serde(default)]
    issuer: String,
    #[serde(default)]
    subject: String,
}

/// Sets out to an issuer, or forgets an identity.
pub(crate) async fn change(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    OwnForm { session, given, .. }: OwnForm<Change>,
) -> Response {
    let done = if given.connect.is_empty() {
        disconnect(&app, visitor, &session, &given).await
    } else {
        begin(&app, visitor, &session, given).await
    };
    done.unwrap_or_else(|error| pages::error::store(&app, &error))
}

/// For whoever knows the password, where there is one: it is a new way in.
async fn begin(
    app: &App,
    visitor: Visitor,
    session: &Session,
    given: Change,
) -> Result<Response, StoreError> {
    let Some(issuer) = app.issuers.find(&given.connect) else {
        return Ok(pages::error::incomplete(app));
    };
    let (name, Visitor(from)) = (session.account.as_str(), visitor);
    let account = app.stores.rows.account(name).await?;
    if let Some(hash) = account.and_then(|account| usable_password(app, account)) {
        if let Err(wait) = app.throttle.attempt(name, from, System.now()) {
            let said = json!({ "identity_problem": text("too-many-attempts"), "identity_wait": wait });
            let mut page = overview::page(app, session, StatusCode::TOO_MANY_REQUESTS, said).await;
            page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
            return Ok(page);
        }
        if !password::verify(given.current, Some(hash)).await {
            let locks_out = app.throttle.failed(name, from);
            app.audit.wrong_password(Some(name), from, Asked::BeforeAChange, locks_out, System.now());
            let said = json!({ "identity_problem": text("account-password-wrong") });
            return Ok(overview::page(app, session, StatusCode::UNAUTHORIZED, said).await);
        }
        app.throttle.succeeded(name, from);
    }
    Ok(set_out(app, issuer, Purpose::Connect, overview::PATH, session.csrf.expose()).await)
}

/// Connects an identity with the account of whoever is signed in.
pub(crate) async fn connect(
    app: &App,
    visitor: Visitor,
    session: &Session,
    issuer: &str,
    identity: &ExternalIdentity,
) -> Result<Response, StoreError> {
    match app.stores.rows.add_identity(identity).await {
        Ok(Outcome::Done) => {
            let detail = Some(format!("oidc:{issuer}"));
            app.audit
                .append(AuditEntry { detail, ..noted(&session.account, visitor, Event::IdentityConnected) });
            Ok(told(app, "connected"))
        }
        Ok(Outcome::Refused) => Err(StoreError::unavailable("the account is gone")),
        Err(error) if error.kind() == StoreErrorKind::Conflict => {
            let of = app.stores.rows.account_of(&identity.issuer, &identity.subject).await?;
            if of.is_some_and(|account| account.name == session.account) {
                return Ok(told(app, "connected"));
            }
            let said = json!({ "identity_problem": text("ways-of-another") });
            Ok(overview::page(app, session, StatusCode::CONFLICT, said).await)
        }
        Err(error) => Err(error),
    }
}

async fn disconnect(
    app: &App,
    visitor: Visitor,
    session: &Session,
    given: &Change,
) -> Result<Response, StoreError> {
    let ways = Ways::of(app, session).await?;
    let same = |known: &&ExternalIdentity| known.issuer == given.issuer && known.subject == given.subject;
    let Some(identity) = ways.identities.iter().find(same) else { return Ok(told(app, "disconnected")) };
    if !ways.has_another(app, identity) {
        let said = json!({ "identity_problem": text("ways-only-left") });
        return Ok(overview::page(app, session, StatusCode::CONFLICT, said).await);
    }
    let ExternalIdentity { issuer, subject, account, .. } = identity;
    if app.stores.rows.remove_identity(issuer, subject, account).await? == Outcome::Done {
        let detail = app.issuers.calling_itself(issuer).map(|issuer| format!("oidc:{}", issuer.settings.id));
        app.audit
            .append(AuditEntry { detail, ..noted(&session.account, visitor, Event::IdentityDisconnected) });
    }
    Ok(told(app, "disconnected"))
}

/// How an account is signed in to.
struct Ways {
    has_password: bool,
    identities: Vec<ExternalIdentity>,
}

impl Ways {
    async fn of(app: &App, session: &Session) -> Result<Self, StoreError> {
        let name = session.account.as_str();
        let account = app.stores.rows.account(name).await?;
        let has_password = account.and_then(|account| usable_password(app, account)).is_some();
        Ok(Self { has_password, identities: app.stores.rows.identities(name).await? })
    }

    /// Whether the account can be signed in to without that identity. A proxy does not count: nobody knows whom it will name.
    fn has_another(&self, app: &App, identity: &ExternalIdentity) -> bool {
        let works = |other: &ExternalIdentity| app.issuers.calling_itself(&other.issuer).is_some();
        self.has_password || self.identities.iter().any(|other| other != identity && works(other))
    }
}

/// What the account's page says of it all.
pub(super) async fn values(app: &App, session: &Session) -> Result<Value, StoreError> {
    let ways = Ways::of(app, session).await?;
    let told = |identity: &ExternalIdentity| {
        let mut values = brief(app, identity);
        values["may_go"] = ways.has_another(app, identity).into();
        values
    };
    let identities: Vec<_> = ways.identities.iter().map(told).collect();
    let offered: Vec<_> = app.issuers.iter().map(Issuer::button).collect();
    Ok(json!({ "connected": identities, "offered": offered }))
}

/// What pages say of an identity.
pub(in crate::pages) fn brief(app: &App, identity: &ExternalIdentity) -> Value {
    json!({
        "name": shown(app, &identity.issuer),
        "issuer": identity.issuer,
        "subject": identity.subject,
        "since": identity.created.seconds(),
    })
}

/// What people call an issuer.
pub(in crate::pages) fn shown<'a>(app: &'a App, issuer: &'a str) -> &'a str {
    app.issuers.calling_itself(issuer).map_or(issuer, |issuer| issuer.settings.shown())
}

fn told(app: &App, what: &str) -> Response {
    told::to(app, overview::PATH, what)
}

pub(super) const PATH: &str = "/account/identities";
