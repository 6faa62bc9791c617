//! Clients: who may sign requests, and what each may ask for.

use crate::error::StoreError;
use async_trait::async_trait;
use countersign_core::{ClientId, KeyKind, PublicKey, Secret, Timestamp, Window};

/// A registered client ([RFC 5849 §1.1](https://www.rfc-editor.org/rfc/rfc5849#section-1.1)).
#[derive(Clone, Debug)]
#[doc(alias = "consumer")]
pub struct ClientRecord {
    /// Its identifier.
    pub id: ClientId,
    /// Its name, shown on the consent page.
    pub name: String,
    /// Its secret or its public key: one of the two, so that no request can choose.
    pub key: ClientKey,
    /// Since when that key is accepted. No two keys of a client have the same, so that it names one of them.
    pub key_since: Timestamp,
    /// The key before it, accepted as well while the client changes over; one of another kind counts for nothing.
    pub previous_key: Option<PreviousKey>,
    /// The signature methods that it may use; `None` for all that fit its key.
    pub methods: Option<Vec<String>>,
    /// Callbacks that must match in scheme, authority and path.
    pub callbacks: Vec<String>,
    /// Callbacks below which any path may be named.
    pub callback_prefixes: Vec<String>,
    /// Whether it may show the verifier to its user instead of naming a callback (`oob`).
    pub allow_oob: bool,
    /// Whether it may call routes that need no token.
    pub two_legged: bool,
    /// The scopes that it may ask for.
    pub scopes: Vec<String>,
    /// The scopes that it gets when it asks for none.
    pub default_scopes: Vec<String>,
    /// Its own timestamp window; `None` for the provider's.
    pub window: Option<Window>,
    /// Whether it may be used.
    pub status: ClientStatus,
    /// When it was registered.
    pub created: Timestamp,
}

impl ClientRecord {
    /// An active client with a secret; it may name no callback and ask for no scope until told so.
    #[must_use]
    pub fn new(id: ClientId, name: impl Into<String>, key: ClientKey) -> Self {
        Self {
            id,
            name: name.into(),
            key,
            key_since: Timestamp::default(),
            previous_key: None,
            methods: None,
            callbacks: Vec::new(),
            callback_prefixes: Vec::new(),
            allow_oob: false,
            two_legged: false,
            scopes: Vec::new(),
            default_scopes: Vec::new(),
            window: None,
            status: ClientStatus::Active,
            created: Timestamp::default(),
        }
    }

    /// The same, of text that stands in your program: for examples and tests.
    ///
    /// # Panics
    ///
    /// For an identifier that is empty, longer than 255 bytes or holds a control character.
    #[must_use]
    pub fn with_secret(id: &str, secret: &str, name: &str) -> Self {
        // OK because a constant of the program is wrong at the first run or never
        Self::new(
            ClientId::new(id).expect("a client identifier"),
            name,
            ClientKey::Secret(Secret::from(secret)),
        )
    }

    /// Whether the client may use the method of that name and kind.
    ///
    /// # Security
    ///
    /// A client with a secret accepts no RSA, a client with a key accepts no HMAC: there is no downgrade.
    #[must_use]
    pub fn accepts(&self, method: &str, kind: KeyKind) -> bool {
        self.key.kind() == kind
            && self.methods.as_ref().is_none_or(|allowed| allowed.iter().any(|name| name == method))
    }

    /// The key before the newest one, where it counts.
    ///
    /// # Security
    ///
    /// A secret beside a public key would let a request choose: it is none.
    #[must_use]
    pub fn previous(&self) -> Option<&PreviousKey> {
        self.previous_key.as_ref().filter(|previous| previous.key.kind() == self.key.kind())
    }

    /// Since when the key of that place is accepted; `None` where the place is empty.
    #[must_use]
    pub fn since(&self, slot: KeySlot) -> Option<Timestamp> {
        match slot {
            KeySlot::Newest => Some(self.key_since),
            KeySlot::Previous => self.previous().map(|previous| previous.since),
        }
    }
}

/// A key that is accepted beside a newer one, so that a client can change over without an outage.
#[derive(Clone, Debug)]
pub struct PreviousKey {
    /// The key.
    pub key: ClientKey,
    /// Since when it is accepted.
    pub since: Timestamp,
}

/// Which of a client's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeySlot {
    /// [`key`](ClientRecord::key).
    Newest,
    /// [`previous_key`](ClientRecord::previous_key).
    Previous,
}

/// What a client's signatures are verified with.
#[derive(Clone, Debug)]
pub enum ClientKey {
    /// A secret shared with the client.
    Secret(Secret),
    /// The public half of a key that the client keeps.
    PublicKey(PublicKey),
}

impl ClientKey {
    /// Which methods fit.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        match self {
            Self::Secret(_) => KeyKind::SharedSecret,
            Self::PublicKey(_) => KeyKind::PublicKey,
        }
    }
}

/// Whether a client may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientStatus {
    /// It may.
    Active,
    /// It waits for approval.
    Pending,
    /// An operator refused to approve it.
    Rejected,
    /// An operator suspended it.
    Suspended,
}

impl ClientStatus {
    /// One word, as it is stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Pending => "pending",
            Self::Rejected => "rejected",
            Self::Suspended => "suspended",
        }
    }
}

impl std::str::FromStr for ClientStatus {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        [Self::Active, Self::Pending, Self::Rejected, Self::Suspended]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| StoreError::corrupt("unknown client status"))
    }
}

/// Finds clients.
#[async_trait]
pub trait ClientStore: Send + Sync {
    /// The client of that identifier, whatever its status.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know: never `None`.
    async fn client(&self, id: &ClientId) -> Result<Option<ClientRecord>, StoreError>;
}
