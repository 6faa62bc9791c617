//! Where audit events go: without waiting to the database and, where one is set, to a stream; those of the provider to the
//! log too.

pub(crate) mod event;
mod passwords;
mod retention;
mod seldom;
mod stream;

use crate::network::Network;
use countersign_core::{ClientId, Timestamp};
use countersign_provider::audit::{self, Action, Audit, ToLog};
use countersign_store::{AdminStore, AuditEntry};
use passwords::Guessers;
use seldom::Seldom;
use std::{net::IpAddr, sync::Arc};

pub(crate) use event::Event;
pub(crate) use passwords::Asked;
pub(crate) use stream::Stream;

/// Records whatever happens. Cheap to clone.
///
/// Of a client's replays it takes one a minute: whoever caught one signed request can send it as often as they like, and most
/// tables are never cut. Of wrong passwords it takes no more either: see [`Recorder::wrong_password`].
#[derive(Clone)]
pub(crate) struct Recorder(Arc<Inner>);

struct Inner {
    rows: Arc<dyn AdminStore>,
    stream: Option<Stream>,
    /// Of registered clients alone, since a replay's signature holds.
    replays: Seldom<ClientId>,
    wrong_passwords: Guessers,
    lock_outs: Guessers,
    /// Whom a proxy named as signed in, and from where.
    named: Seldom<(String, Network)>,
}

impl Recorder {
    pub(crate) fn new(rows: Arc<dyn AdminStore>, stream: Option<Stream>) -> Self {
        Self(Arc::new(Inner {
            rows,
            stream,
            replays: Seldom::of_any_number(),
            wrong_passwords: Guessers::default(),
            lock_outs: Guessers::default(),
            named: Seldom::of(MOST_NAMED),
        }))
    }

    /// Records one in the database and the stream.
    pub(crate) fn append(&self, entry: AuditEntry) {
        if let Some(stream) = &self.0.stream {
            stream.send(entry.clone());
        }
        self.0.rows.append_audit(vec![entry]);
    }

    /// Records that a proxy named somebody as signed in: of each account and network one a minute. A program that keeps no cookie is named
    /// as somebody new with each request.
    pub(crate) fn named(&self, account: &str, address: Option<IpAddr>, entry: AuditEntry) {
        if !self.0.named.is_repeated(&(account.to_owned(), Network::of(address)), entry.at) {
            self.append(entry);
        }
    }

    /// Records what is not told yet, and waits until the stream is written.
    pub(crate) fn flush(&self, now: Timestamp) {
        self.count_guesses(now.plus(60), now);
        self.0.stream.iter().for_each(Stream::flush);
    }
}

impl Audit for Recorder {
    fn record(&self, event: audit::Event) {
        let replayed_by = event.client.as_ref().filter(|_| event.action == Action::Replayed);
        if replayed_by.is_some_and(|client| !self.0.replays.is_news(client, event.at)) {
            return;
        }
        self.append(AuditEntry {
            client: event.client.clone(),
            owner: event.owner.clone(),
            token: event.token.clone(),
            address: event.address.map(|address| address.to_string()),
            actor: event.actor.as_deref().map(Into::into),
            ..AuditEntry::new(event.at, event.action.as_str())
        });
        ToLog.record(event);
    }
}

/// How many of those are known within a minute; of more, each is recorded.
const MOST_NAMED: usize = 4096;
