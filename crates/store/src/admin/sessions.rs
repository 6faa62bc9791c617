//! Web sessions: who is signed in, by the hash of a cookie.

use crate::{credentials::Outcome, error::StoreError};
use async_trait::async_trait;
use countersign_core::Timestamp;
use std::{fmt, str::FromStr};

/// Someone's being signed in. The cookie itself is never stored.
#[derive(Clone, Debug)]
pub struct SessionRecord {
    /// SHA-256 of the cookie's value.
    pub id_hash: [u8; 32],
    /// The account's name.
    pub account: String,
    /// When it began.
    pub created: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// When it was last used, as coarse as whoever tells it.
    pub last_seen: Timestamp,
    /// From where it began.
    pub address: Option<String>,
    /// With what: the beginning of `User-Agent`.
    pub user_agent: Option<String>,
}

impl SessionRecord {
    /// A session that begins now; who signs in from where is not told.
    #[must_use]
    pub fn new(
        id_hash: [u8; 32],
        account: impl Into<String>,
        created: Timestamp,
        expires: Timestamp,
    ) -> Self {
        let (account, last_seen) = (account.into(), created);
        Self { id_hash, account, created, expires, last_seen, address: None, user_agent: None }
    }

    /// The same from that address, with that browser, of whose words the first [`USER_AGENT_MOST`](Self::USER_AGENT_MOST) bytes are kept.
    #[must_use]
    pub fn seen_from(mut self, address: Option<String>, user_agent: Option<&str>) -> Self {
        (self.address, self.user_agent) = (address, user_agent.map(|text| cut(text, Self::USER_AGENT_MOST)));
        self
    }

    /// By what its account's pages name it.
    #[must_use]
    pub fn name(&self) -> SessionName {
        // OK because half of an array of 32 bytes has 16
        SessionName(std::array::from_fn(|at| self.id_hash[at]))
    }

    /// Bytes of `User-Agent` that are kept: a stranger chooses it.
    pub const USER_AGENT_MOST: usize = 255;

    /// Sessions that an account has at a time: a program that signs in again and again fills no table.
    pub const MOST_OF_AN_ACCOUNT: u32 = 100;
}

/// The beginning of a text, of so many bytes at most.
fn cut(text: &str, most: usize) -> String {
    let fits = text.char_indices().map(|(at, char)| at + char.len_utf8()).take_while(|end| *end <= most);
    text[..fits.last().unwrap_or_default()].to_owned()
}

/// By what pages name a session: half of its hash, 32 hexadecimal digits. It is no secret, and no cookie is found by it.
///
/// # Examples
///
/// ```
/// use countersign_core::Timestamp;
/// use countersign_store::{SessionName, SessionRecord};
///
/// let now = Timestamp::from_seconds(1_800_000_000);
/// let name = SessionRecord::new([171; 32], "jane", now, now.plus(3600)).name();
/// assert_eq!(name.to_string(), "abababababababababababababababab");
/// assert_eq!(name.to_string().parse(), Ok(name));
/// assert!("the others".parse::<SessionName>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionName([u8; 16]);

impl SessionName {
    /// The first bytes of the session's hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for SessionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// It is not 32 hexadecimal digits, in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a session's name")]
pub struct BadSessionName;

impl FromStr for SessionName {
    type Err = BadSessionName;

    fn from_str(text: &str) -> Result<Self, BadSessionName> {
        // `from_str_radix` takes a sign and capitals, and one session is to have one name.
        if text.len() != 32 || !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(BadSessionName);
        }
        let number = u128::from_str_radix(text, 16).map_err(|_| BadSessionName)?;
        Ok(Self(number.to_be_bytes()))
    }
}

/// Web sessions.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Begins a session; refused for an account that is disabled by now.
    ///
    /// Beside it at most [`MOST_OF_AN_ACCOUNT`](SessionRecord::MOST_OF_AN_ACCOUNT) less one of the account's others stay: those that
    /// were used last. What begins at the same moment may leave some more, until the next one begins.
    ///
    /// # Errors
    ///
    /// A conflict for a hash that exists; never overwrites.
    ///
    /// # Security
    ///
    /// Of a session that begins and its account's being disabled at the same time, none **must** be left.
    async fn put_session(&self, session: &SessionRecord) -> Result<Outcome, StoreError>;

    /// The session of that hash, if it has not ended.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know: never `None`.
    async fn session(&self, id_hash: &[u8; 32], now: Timestamp) -> Result<Option<SessionRecord>, StoreError>;

    /// Ends a session.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    async fn end_session(&self, id_hash: &[u8; 32]) -> Result<Outcome, StoreError>;

    /// Ends every session of an account, and tells how many there were.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    async fn end_sessions_of(&self, account: &str) -> Result<usize, StoreError>;

    /// The sessions of an account that have not ended, the newest first,
    /// [`MOST_OF_AN_ACCOUNT`](SessionRecord::MOST_OF_AN_ACCOUNT) at most.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know.
    async fn sessions_of(&self, account: &str, now: Timestamp) -> Result<Vec<SessionRecord>, StoreError>;

    /// Ends a session of that account by its name; another account's is refused.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    async fn end_session_named(&self, account: &str, name: SessionName) -> Result<Outcome, StoreError>;

    /// Notes when a session was used, unless a later time is there. Call it once in a while, not for each request.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know whether it happened.
    async fn see_session(&self, id_hash: &[u8; 32], at: Timestamp) -> Result<(), StoreError>;
}
