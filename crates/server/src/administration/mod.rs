//! What administrators do: each act once, for the API and for the pages.
//!
//! ```text
//!   facts ─▶ guard (Refusal) ─▶ one store verb ─▶ lookups forget ─▶ audit entry with the actor
//! ```
//!
//! Whether whoever asks may do it is not asked here: the API looks at a key's scopes, the pages at the role.

pub(crate) mod accounts;
pub(crate) mod applications;
pub(crate) mod approval;
pub(crate) mod identities;
pub(crate) mod invitations;
pub(crate) mod keys;
pub(crate) mod tokens;

use crate::audit::Event;
use countersign_provider::{Clock, System};
use countersign_store::{AuditEntry, ClientStatus, StoreError};
use std::net::IpAddr;

/// Who acts, as the audit log names them.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    name: String,
    address: Option<IpAddr>,
}

impl Actor {
    pub(crate) const fn new(name: String, address: Option<IpAddr>) -> Self {
        Self { name, address }
    }

    /// An audit event of theirs.
    pub(crate) fn did(&self, event: Event) -> AuditEntry {
        AuditEntry {
            actor: Some(self.name.clone()),
            address: self.address.map(|address| address.to_string()),
            ..AuditEntry::new(System.now(), event)
        }
    }
}

/// Why an act was not done. Whoever asked puts it into words: a program's differ from a person's.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// There is nothing of that name.
    Absent,
    /// Somebody changed it since it was read.
    Stale,
    /// What that account is to be, it is already.
    Already(String, &'static str),
    /// One enabled administrator stays, and it is that account.
    LastAdministrator(String),
    /// An application of that status cannot take that step.
    Status(ClientStatus),
    /// It cannot be given to that account.
    NoRecipient,
    /// It is for its owner alone, and stays theirs.
    OwnerOnly,
    /// An application keeps to the kind of key that it has.
    OtherKind,
    /// It has two keys already.
    TwoKeys,
    /// One key stays.
    LastKey,
    /// The store does not know, or knows one of that name already.
    Store(StoreError),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
