//! What a cache keeps of lookups, and the handle by which others make it forget.

use crate::{credentials::ResourceOwner, loaded::Loaded};
use countersign_core::{ClientId, TokenId};
use quick_cache::{Equivalent, sync::Cache};
use std::{
    collections::HashSet,
    fmt,
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// What somebody changed, so that a lookup of it says nothing any more.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// A token: revoked, withdrawn, or anything else about it.
    Token(TokenId),
    /// A client: suspended, removed, or given another key.
    Client(ClientId),
    /// A resource owner, with all tokens that they granted: disabled or enabled.
    Owner(ResourceOwner),
    /// Perhaps anything: changes may have been missed, or are too many to tell.
    Everything,
}

impl Change {
    /// What is said of it between nodes: one letter and a name; nothing at all for everything. It holds no secret.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Token(id) => format!("t{}", id.as_str()),
            Self::Client(id) => format!("c{}", id.as_str()),
            Self::Owner(owner) => format!("o{owner}"),
            Self::Everything => String::new(),
        }
    }

    /// What a message says. One that cannot be read says that it may be anything.
    ///
    /// ```
    /// use countersign_store::Change;
    ///
    /// let change = Change::Owner("jane".into());
    /// assert_eq!(Change::heard(&change.message()), change);
    /// assert_eq!(Change::heard("?"), Change::Everything);
    /// ```
    #[must_use]
    pub fn heard(message: &str) -> Self {
        let mut chars = message.chars();
        let (kind, name) = (chars.next(), chars.as_str());
        let known = match kind {
            Some('t') => name.parse().ok().map(Self::Token),
            Some('c') => name.parse().ok().map(Self::Client),
            Some('o') => Some(Self::Owner(name.into())),
            _ => None,
        };
        known.unwrap_or(Self::Everything)
    }
}

/// The lookups of a [`Cached`](crate::Cached), in the hands of whoever hears of changes that were made elsewhere.
///
/// A clone is another handle; none keeps the cache alive. A store of yours that hears of changes, be it by a channel of the database or by
/// a message between processes, holds one and calls [`forget`](Self::forget).
///
/// # Examples
///
/// ```
/// use countersign_store::{Cached, Change, MemoryStore};
///
/// let cached = Cached::new(MemoryStore::default(), 10_000);
/// let lookups = cached.lookups();
/// // At once for each change that is heard of:
/// lookups.forget(&[Change::Token("nnch734d00sl2jdk".parse()?), Change::Owner("jane".into())]);
/// // Whenever it begins to listen, and after every gap: nobody knows what was missed.
/// lookups.forget(&[Change::Everything]);
/// drop(cached);
/// assert!(lookups.are_gone());
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Lookups(Weak<Kept>);

impl Lookups {
    pub(crate) fn of(kept: &Arc<Kept>) -> Self {
        Self(Arc::downgrade(kept))
    }

    /// Forgets what was looked up of these, and keeps nothing of them whose lookup is under way. It waits for nothing.
    ///
    /// # Security
    ///
    /// Call it after the change can be seen by everyone who looks it up, never before: a lookup in between would be kept.
    pub fn forget(&self, changes: &[Change]) {
        if let Some(kept) = self.0.upgrade() {
            kept.forget(changes);
        }
    }

    /// Whether the cache is no more: there is nothing to listen for.
    #[must_use]
    pub fn are_gone(&self) -> bool {
        self.0.strong_count() == 0
    }
}

impl fmt::Debug for Lookups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookups").finish_non_exhaustive()
    }
}

/// The lookups themselves.
pub(crate) struct Kept {
    entries: Cache<Key, Entry>,
    /// Counts changes: a load that began before one must not be kept after it.
    changes: AtomicU64,
}

type Key = (ClientId, Option<TokenId>);

/// A key that is only looked for: borrowed, and hashed as the owned one is.
#[derive(Hash)]
pub(crate) struct Asked<'a>(pub(crate) &'a ClientId, pub(crate) Option<&'a TokenId>);

impl Equivalent<Key> for Asked<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        *self.0 == key.0 && self.1 == key.1.as_ref()
    }
}

#[derive(Clone)]
struct Entry {
    loaded: Arc<Loaded>,
    until: Duration,
}

impl Kept {
    pub(crate) fn new(entries: usize) -> Self {
        Self { entries: Cache::new(entries), changes: AtomicU64::new(0) }
    }

    pub(crate) fn get(&self, asked: &Asked<'_>, now: Duration) -> Option<Arc<Loaded>> {
        self.entries.get(asked).filter(|entry| now < entry.until).map(|entry| entry.loaded)
    }

    /// How many changes there were: to be asked before a load begins.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::SeqCst)
    }

    /// Keeps what was found, unless something changed since there were `changes`. What was not found is never kept.
    pub(crate) fn keep(&self, asked: &Asked<'_>, loaded: &Arc<Loaded>, until: Duration, changes: u64) {
        let complete = loaded.client().is_some() && loaded.token().is_some() == asked.1.is_some();
        if !complete || self.changes() != changes {
            return;
        }
        let key = (asked.0.clone(), asked.1.cloned());
        self.entries.insert(key, Entry { loaded: Arc::clone(loaded), until });
        if self.changes() != changes {
            self.entries.remove(asked);
        }
    }

    /// One pass over all of them, however many changes there are.
    pub(crate) fn forget(&self, changes: &[Change]) {
        let (mut tokens, mut clients, mut owners) = (HashSet::new(), HashSet::new(), HashSet::new());
        for change in changes {
            match change {
                Change::Token(id) => tokens.insert(id),
                Change::Client(id) => clients.insert(id),
                Change::Owner(owner) => owners.insert(owner.as_str()),
                Change::Everything => return self.clear(),
            };
        }
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.entries.retain(|(client, token), entry| {
            let owner = || entry.loaded.token().map(|token| token.owner.as_str());
            !token.as_ref().is_some_and(|token| tokens.contains(token))
                && !clients.contains(client)
                && (owners.is_empty() || !owner().is_some_and(|owner| owners.contains(owner)))
        });
    }

    pub(crate) fn clear(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.entries.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_what_changed_and_any_other_means_everything() {
        let odd = "\u{fc} '\"\\\u{1f600}";
        for change in [
            Change::Token("k-1".parse().unwrap()),
            Change::Token(odd.parse().unwrap()),
            Change::Client("t".parse().unwrap()),
            Change::Owner("jane\0\r\n".into()),
            Change::Owner("".into()),
            Change::Everything,
        ] {
            assert_eq!(Change::heard(&change.message()), change);
        }
        for unknown in ["", "t", "c", "t\n", "T", "xjane", "\u{fc}", "*"] {
            assert_eq!(Change::heard(unknown), Change::Everything, "{unknown:?}");
        }
    }
}
