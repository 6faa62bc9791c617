//! Wrong passwords, and that they begin to delay whoever gives them.

use super::{Event, Recorder};
use crate::network::Network;
use countersign_core::Timestamp;
use countersign_store::AuditEntry;
use std::net::IpAddr;

/// For which account, if there is one of that name, and from which network.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Guesser {
    account: Option<String>,
    network: Network,
}

/// Where a password was asked for.
#[derive(Clone, Copy)]
pub(crate) enum Asked {
    AtSignIn,
    BeforeAChange,
}

impl Recorder {
    /// Records a wrong password: one a minute for each account and network, and some dozens a minute in all, so that no
    /// stranger fills the table. The same holds for lock-outs, counted apart.
    ///
    /// # Security
    ///
    /// `account` is one that exists: what somebody typed who has none may be a password in the wrong field, and is nowhere
    /// recorded.
    pub(crate) fn wrong_password(
        &self,
        account: Option<&str>,
        address: Option<IpAddr>,
        asked: Asked,
        locks_out: bool,
        at: Timestamp,
    ) {
        let guesser = Guesser { account: account.map(ToOwned::to_owned), network: Network::of(address) };
        let entry = |event| AuditEntry {
            owner: account.map(Into::into),
            address: address.map(|address| address.to_string()),
            detail: asked.detail().map(ToOwned::to_owned),
            ..AuditEntry::new(at, event)
        };
        if self.0.wrong_passwords.is_news(&guesser, at) {
            self.append(entry(Event::SignInFailed));
        }
        if locks_out && self.0.lock_outs.is_news(&guesser, at) {
            self.append(entry(Event::LockedOut));
        }
    }
}

impl Asked {
    const fn detail(self) -> Option<&'static str> {
        match self {
            Self::AtSignIn => None,
            Self::BeforeAChange => Some("the password that is asked for before a change"),
        }
    }
}

/// How many of them are recorded in a minute.
pub(super) const MOST_GUESSERS: usize = 60;
