//! How often one address, and one client, may ask: `[rate]`, counted in this process.
//!
//! An address is looked at before anything else: a flood costs little then. A client is counted once its signature holds
//! and its nonce was fresh, so that nobody else can use up what it may.

mod bucket;

use crate::{
    app::App,
    config::Rate,
    edge::{self, Counted},
    network::Network,
    wire,
};
use axum::{
    Extension,
    extract::{ConnectInfo, Request, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bucket::{Buckets, Quota};
use countersign_axum::ProblemCode;
use countersign_core::ClientId;
use countersign_provider::{Audience, ClientLimit, Problem, Rejection, media_type};
use std::{
    hash::{BuildHasher, RandomState},
    net::{IpAddr, SocketAddr},
    ops::ControlFlow::{self, Break, Continue},
    time::{Duration, Instant},
};

/// What each address may.
pub(crate) struct Addresses {
    buckets: Buckets<Network>,
    started: Instant,
}

impl Addresses {
    /// `None` where they may ask as often as they like.
    pub(crate) fn of(rate: &Rate) -> Option<Self> {
        let quota = (rate.address > 0).then(|| Quota::new(rate.address, rate.address_burst))?;
        Some(Self { buckets: Buckets::new(quota, MOST), started: Instant::now() })
    }

    /// Counts a request, or says in how many seconds the next one may come.
    pub(crate) fn take(&self, address: Option<IpAddr>) -> Result<(), u64> {
        self.buckets.take(&Network::of(address), self.started.elapsed()).map_err(seconds)
    }
}

/// What each client may.
pub(crate) struct Clients {
    buckets: Buckets<u64>,
    /// Clients are kept as numbers: their names are long, and nobody but they themselves gets here.
    hasher: RandomState,
    started: Instant,
}

impl Clients {
    /// `None` where they may ask as often as they like.
    pub(crate) fn of(rate: &Rate) -> Option<Self> {
        let quota = (rate.client > 0).then(|| Quota::new(rate.client, rate.client_burst))?;
        let (buckets, hasher) = (Buckets::new(quota, MOST), RandomState::new());
        Some(Self { buckets, hasher, started: Instant::now() })
    }
}

impl ClientLimit for Clients {
    fn wait(&self, client: &ClientId) -> Option<u64> {
        let wait = self.buckets.look(&self.hasher.hash_one(client.as_str()), self.started.elapsed());
        wait.err().map(seconds)
    }

    fn count(&self, client: &ClientId) {
        self.buckets.count(&self.hasher.hash_one(client.as_str()), self.started.elapsed());
    }
}

/// Refuses whoever asks too often, before a route is looked for or a body read: who floods gets nothing dearer.
pub(crate) fn admitted(limited: Option<&App>, request: Request) -> ControlFlow<Response, Request> {
    let Some((app, addresses)) = limited.and_then(|app| Some((app, app.addresses.as_ref()?))) else {
        return Continue(request);
    };
    let (path, peer) = (request.uri().path(), peer(&request));
    if HEALTH.contains(&path) || peer.is_some_and(|peer| app.edge.is_asked(path, peer, &app.provider)) {
        return Continue(request);
    }
    let (parts, body) = request.into_parts();
    match addresses.take(whose(app, &parts, peer)) {
        Ok(()) => Continue(Request::from_parts(parts, body)),
        Err(wait) => Break(wire::finished(too_many(app, &parts, wait))),
    }
}

/// Counts a question of a proxy for whom it is about, once it is read. Where none could be read, it is counted for who sent it
/// after all: a proxy may pass such a path on for anybody.
pub(crate) async fn questioned(State(app): State<App>, request: Request, next: Next) -> Response {
    let (path, peer) = (request.uri().path(), peer(&request));
    let is_asked = peer.is_some_and(|peer| app.edge.is_asked(path, peer, &app.provider));
    let Some(addresses) = app.addresses.as_ref().filter(|_| is_asked) else { return next.run(request).await };
    let (parts, body) = request.into_parts();
    let address = whose(&app, &parts, peer);
    let answer = next.run(Request::from_parts(parts, body)).await;
    let is_counted = answer.extensions().get::<Counted>().is_some();
    let taken = if is_counted { Ok(()) } else { addresses.take(address) };
    taken.map_or_else(|wait| edge::too_many(&app, wait), |()| answer)
}

fn peer(request: &Request) -> Option<IpAddr> {
    request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip())
}

/// What cannot be told is refused behind this point, where it matters.
fn whose(app: &App, parts: &Parts, peer: Option<IpAddr>) -> Option<IpAddr> {
    countersign_axum::address(&app.provider, parts).unwrap_or(peer)
}

/// In the words of whatever was asked; a browser gets one line, since a page would cost more than it is worth here.
fn too_many(app: &App, parts: &Parts, wait: u64) -> Response {
    let rejection = Rejection::from(Problem::RateLimited(wait));
    let accept = media_type::accept(parts.headers.get_all(header::ACCEPT).iter().map(HeaderValue::as_bytes));
    let is_browser = accept.as_deref().is_some_and(|types| types.contains("text/html"));
    let audience = match app.config.endpoints.is_for_clients(parts.uri.path()) {
        true => Audience::Endpoint,
        false if is_browser => {
            rejection.log();
            let told = format!("Too many requests: try again in {wait} s.\n");
            let code = Extension(ProblemCode(rejection.problem().code()));
            return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, wait)], code, told)
                .into_response();
        }
        false => Audience::Resource,
    };
    countersign_axum::response(app.provider.refuse(&rejection, audience, accept.as_deref()))
}

/// Whole seconds, none of them too few.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// Who asks whether the process is well must get an answer, however often.
const HEALTH: [&str; 2] = ["/healthz", "/readyz"];
/// How many addresses, and how many clients, are kept apart: some megabytes.
const MOST: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses() -> Addresses {
        Addresses::of(&Rate { address: 1, address_burst: 1, ..Rate::default() }).expect("a limit")
    }

    fn is_refused(addresses: &Addresses, address: &str) -> bool {
        addresses.take(Some(address.parse().expect("an address"))).is_err()
    }

    #[test]
    fn flood_from_a_whole_network_of_version_6_is_one_flood() {
        let addresses = addresses();
        assert!(!is_refused(&addresses, "2001:db8::1"));
        assert!(is_refused(&addresses, "2001:db8::ffff:ffff:ffff:ffff"));
        assert!(!is_refused(&addresses, "2001:db8:0:1::1"), "another network");
        assert!(!is_refused(&addresses, "192.0.2.1"));
        assert!(is_refused(&addresses, "::ffff:192.0.2.1"), "the same address, written as version 6");
    }

    #[test]
    fn seconds_to_wait_are_rounded_up() {
        let told = [1, 999, 1000, 1001].map(|millis| seconds(Duration::from_millis(millis)));
        assert_eq!(told, [1, 1, 1, 2]);
    }

    #[test]
    fn nothing_is_limited_by_default() {
        assert!(Addresses::of(&Rate::default()).is_none() && Clients::of(&Rate::default()).is_none());
    }
}
