//! Who calls: found by the key before anything else of a request is looked at.

use super::{key, problem::Problem, scope::Needed};
use crate::{administration::Actor, app::App, audit::Event};
use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use countersign_core::Timestamp;
use countersign_provider::{Clock, System};
use countersign_store::{AuditEntry, StoredApiKey};
use std::{marker::PhantomData, net::IpAddr};

/// Whoever holds a key that is alive.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    /// The key's number.
    pub(super) key: i64,
    name: String,
    pub(super) scopes: Vec<String>,
    /// Whose the key is; `None` for nobody's in particular.
    pub(super) account: Option<String>,
    /// When the key ends.
    pub(super) expires: Option<Timestamp>,
    address: Option<IpAddr>,
}

/// A caller whose key has the scope: a handler that takes one cannot forget to ask.
pub(super) struct May<S> {
    pub(super) caller: Caller,
    scope: PhantomData<S>,
}

/// Refuses http where it is not allowed, and everyone without a key.
pub(super) async fn authenticate(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    for (_, value) in parts.headers.iter_mut().filter(|(name, _)| *name == header::AUTHORIZATION) {
        value.set_sensitive(true);
    }
    match caller(&app, &parts).await {
        Ok(caller) => {
            parts.extensions.insert(caller);
            next.run(Request::from_parts(parts, body)).await
        }
        Err(problem) => problem.into_response(),
    }
}

async fn caller(app: &App, parts: &Parts) -> Result<Caller, Problem> {
    let address = countersign_axum::arrival(&app.provider, parts).map_err(|rejection| {
        rejection.log();
        let status = StatusCode::from_u16(rejection.status()).unwrap_or(StatusCode::FORBIDDEN);
        Problem::new(status, "a key is not taken over a connection that is not encrypted")
    })?;
    // One lookup by a hash whatever was sent: how long it takes tells nothing of what is stored.
    let hash = key::hash(bearer(&parts.headers).unwrap_or_default());
    let now = System.now();
    let found = app.stores.rows.api_key(&hash, now).await?;
    let found = found.ok_or_else(|| {
        Problem::new(StatusCode::UNAUTHORIZED, "send Authorization: Bearer with a key that is alive")
    })?;
    if found.last_used.is_none_or(|used| used.plus(COARSELY) <= now) {
        // OK because when it was last used is for people to read, and decides nothing
        let _ = app.stores.rows.use_api_key(found.record, now).await;
    }
    Ok(Caller::new(found, address))
}

/// The key, if there is one `Authorization` and it holds one.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut fields = headers.get_all(header::AUTHORIZATION).into_iter();
    let (Some(only), None) = (fields.next(), fields.next()) else { return None };
    let (scheme, key) = only.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then_some(key.trim_start_matches(' '))
}

impl Caller {
    fn new(found: StoredApiKey, address: Option<IpAddr>) -> Self {
        let StoredApiKey { record, key, .. } = found;
        Self {
            key: record,
            name: key.name,
            scopes: key.scopes,
            account: key.account,
            expires: key.expires,
            address,
        }
    }

    /// How the audit log names it.
    pub(super) fn title(&self) -> String {
        format!("API key {} ({})", self.key, self.name)
    }

    /// An audit event of this caller's.
    pub(super) fn did(&self, event: Event) -> AuditEntry {
        self.actor().did(event)
    }

    /// As whom the audit log names them.
    pub(super) fn actor(&self) -> Actor {
        Actor::new(self.title(), self.address)
    }
}

impl<S: Needed> FromRequestParts<App> for May<S> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Caller>();
        // OK because no route of this API is outside of `authenticate`; one that were is closed to everyone
        let caller = caller.ok_or_else(|| Problem::new(StatusCode::UNAUTHORIZED, "nobody is known"))?;
        let needed = S::SCOPE.as_str();
        if caller.scopes.iter().any(|scope| scope == needed) {
            return Ok(Self { caller: caller.clone(), scope: PhantomData });
        }
        Err(Problem::new(StatusCode::FORBIDDEN, format!("this key lacks the scope {needed}")))
    }
}

/// Seconds between two notes of when a key was used.
const COARSELY: u64 = 60;
