//! What happened, for the record: who, what, when, from where. No secret fits in it.

use countersign_core::{ClientId, Timestamp, TokenId};
use countersign_store::ResourceOwner;
use std::{net::IpAddr, sync::Arc};

/// Something that an operator may have to account for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// What happened.
    pub action: Action,
    /// When.
    pub at: Timestamp,
    /// The client concerned.
    pub client: Option<ClientId>,
    /// The resource owner concerned.
    pub owner: Option<ResourceOwner>,
    /// The token credentials concerned: for a table that refers to their row, and never for a log.
    pub token: Option<TokenId>,
    /// The address at the other end, if the integration knows it.
    pub address: Option<IpAddr>,
    /// Who brought it about on somebody else's behalf, in the words of the integration; see
    /// [`Pending::answered_by`](crate::Pending::answered_by).
    pub actor: Option<Arc<str>>,
}

impl Event {
    /// One that concerns nobody yet.
    pub(crate) const fn new(action: Action, at: Timestamp) -> Self {
        Self { action, at, client: None, owner: None, token: None, address: None, actor: None }
    }
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// A request was denied by its resource owner.
    Denied,
    /// A request was granted by its resource owner.
    Granted,
    /// Temporary credentials were destroyed after too many wrong verifiers.
    Guessed,
    /// Temporary credentials were issued.
    Initiated,
    /// Temporary credentials were redeemed for token credentials.
    Issued,
    /// A signed request came a second time.
    Replayed,
    /// Token credentials were revoked.
    Revoked,
}

impl Action {
    /// One word, as it is stored and logged.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Granted => "granted",
            Self::Guessed => "guessed",
            Self::Initiated => "initiated",
            Self::Issued => "issued",
            Self::Replayed => "replayed",
            Self::Revoked => "revoked",
        }
    }
}

/// Takes events: a table, a file, a queue. It must not block and must not fail a request.
pub trait Audit: Send + Sync {
    /// Takes one.
    fn record(&self, event: Event);
}

/// Writes each event as one line at INFO, target `countersign::audit`: the default.
#[derive(Clone, Copy, Debug, Default)]
pub struct ToLog;

impl Audit for ToLog {
    fn record(&self, event: Event) {
        tracing::info!(
            target: "countersign::audit",
            action = event.action.as_str(),
            client.id = event.client.as_ref().map(ClientId::as_str),
            owner = event.owner.as_ref().map(ResourceOwner::as_str),
            address = event.address.map(tracing::field::display),
            actor = event.actor.as_deref(),
        );
    }
}
