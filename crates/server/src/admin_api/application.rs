//! An application as programs read and write it.

use super::{problem::Problem, text};
use crate::{check, public_key};
use countersign_core::{PublicKey, Timestamp, signature::rsa};
use countersign_store::{Application, ClientKey, ClientRecord, ClientStatus, KeySlot};
use http::Uri;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an application is and may do: all of it is replaced at once.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// The name that resource owners read.
    #[schema(min_length = 1, max_length = 200, example = "Printer")]
    pub(crate) name: String,
    /// What it does, for people.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub(crate) description: String,
    /// Where people read more: http or https.
    #[serde(default)]
    #[schema(example = "https://printer.example.com/")]
    pub(crate) home_page: Option<String>,
    /// Callbacks: scheme, host, port and path must be the same; any port on loopback.
    #[serde(default)]
    #[schema(max_items = 50, example = json!(["https://printer.example.com/ready"]))]
    pub(crate) callbacks: Vec<String>,
    /// Callbacks below which any path may be named.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub(crate) callback_prefixes: Vec<String>,
    /// Whether it may show the verifier to be typed in (`oob`).
    #[serde(default)]
    pub(crate) allow_oob: bool,
    /// Whether it may call without a token.
    #[serde(default)]
    pub(crate) two_legged: bool,
    /// The signature methods that it may use; empty: all that fit its key.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub(crate) methods: Vec<String>,
    /// Scopes that it may ask for, and gets if it asks for none.
    #[serde(default)]
    #[schema(max_items = 100, example = json!(["photos"]))]
    pub(crate) scopes: Vec<String>,
    /// Whether its owner alone may use it.
    #[serde(default)]
    pub(crate) owner_only: bool,
}

/// An application.
#[derive(Deserialize, Serialize, ToSchema)]
#[schema(as = Application)]
pub(crate) struct Shown {
    /// Its identifier (`oauth_consumer_key`).
    pub(crate) client_id: String,
    /// `active`, `pending`, `rejected` or `suspended`.
    pub(crate) status: String,
    /// Why it was rejected.
    pub(crate) rejection: Option<String>,
    /// `owner` or `operator`, while it is suspended. An owner resumes what an owner suspended, and no more.
    pub(crate) suspended_by: Option<String>,
    /// The account that it belongs to.
    pub(crate) owner: Option<String>,
    /// When it was registered, in Unix seconds.
    pub(crate) created: u64,
    /// Raised by every change; its `ETag` says the same.
    pub(crate) revision: u64,
    /// One key, or two while it changes over: the newest first.
    pub(crate) keys: Vec<ShownKey>,
    pub(crate) settings: Settings,
}

/// A key of an application, without the key.
#[derive(Deserialize, Serialize, ToSchema)]
#[schema(as = ApplicationKey)]
pub(crate) struct ShownKey {
    /// Since when it is accepted, in Unix seconds: it names the key.
    pub(crate) since: u64,
    /// `secret` or `rsa`.
    pub(crate) kind: String,
    /// How long an RSA key is.
    pub(crate) bits: Option<usize>,
}

impl Settings {
    /// Writes them into an application, where each of them can be.
    pub(super) fn apply(self, application: &mut Application) -> Result<(), Problem> {
        self.bounded()?;
        let (client, profile) = (&mut application.client, &mut application.profile);
        text::checked("settings.name", check::client_name(&self.name))?;
        client.callbacks = text::checked("settings.callbacks", check::callbacks(&self.callbacks))?;
        client.callback_prefixes =
            text::checked("settings.callback_prefixes", check::callbacks(&self.callback_prefixes))?;
        client.methods = text::checked("settings.methods", check::methods(&self.methods))?;
        client.scopes = text::checked("settings.scopes", check::scopes(&self.scopes))?;
        client.default_scopes.clone_from(&client.scopes);
        (client.name, client.allow_oob, client.two_legged) = (self.name, self.allow_oob, self.two_legged);
        (profile.description, profile.home_page) = (self.description, self.home_page);
        profile.owner_only = self.owner_only;
        text::checked("settings.methods", check::can_sign(client))
    }

    fn bounded(&self) -> Result<(), Problem> {
        text::prose("settings.name", &self.name, 200)?;
        text::prose("settings.description", &self.description, 2000)?;
        text::list("settings.callbacks", &self.callbacks, 50, 2000)?;
        text::list("settings.callback_prefixes", &self.callback_prefixes, 50, 2000)?;
        text::list("settings.methods", &self.methods, 20, 100)?;
        text::list("settings.scopes", &self.scopes, 100, 100)?;
        match &self.home_page {
            Some(url) if !is_web_page(url) => {
                Err(Problem::invalid("settings.home_page", "an address with http:// or https:// and a host"))
            }
            _ => Ok(()),
        }
    }
}

fn is_web_page(url: &str) -> bool {
    let parsed = url.parse::<Uri>().ok().filter(|_| url.len() <= 2000);
    parsed.is_some_and(|uri| {
        let web = uri.scheme_str().is_some_and(|scheme| ["http", "https"].contains(&scheme));
        web && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
    })
}

impl Shown {
    pub(crate) fn of(application: Application) -> Self {
        let (client, profile) = (application.client, application.profile);
        let keys = [KeySlot::Newest, KeySlot::Previous];
        Self {
            keys: keys.into_iter().filter_map(|slot| ShownKey::of(&client, slot)).collect(),
            client_id: client.id.as_str().into(),
            status: client.status.as_str().into(),
            suspended_by: (client.status == ClientStatus::Suspended)
                .then(|| if profile.suspended_by_owner { "owner" } else { "operator" }.into()),
            rejection: profile.rejection,
            owner: profile.owner,
            created: client.created.seconds(),
            revision: application.revision,
            settings: Settings {
                name: client.name,
                description: profile.description,
                home_page: profile.home_page,
                callbacks: client.callbacks,
                callback_prefixes: client.callback_prefixes,
                allow_oob: client.allow_oob,
                two_legged: client.two_legged,
                methods: client.methods.unwrap_or_default(),
                scopes: client.scopes,
                owner_only: profile.owner_only,
            },
        }
    }
}

impl ShownKey {
    fn of(client: &ClientRecord, slot: KeySlot) -> Option<Self> {
        let key = match slot {
            KeySlot::Newest => &client.key,
            KeySlot::Previous => &client.previous()?.key,
        };
        Some(Self::new(client.since(slot)?, key))
    }

    pub(super) fn new(since: Timestamp, key: &ClientKey) -> Self {
        let (kind, bits) = match key {
            ClientKey::Secret(_) => ("secret", None),
            ClientKey::PublicKey(key) => ("rsa", rsa::modulus_bits(key).ok()),
        };
        Self { since: since.seconds(), kind: kind.into(), bits }
    }
}

/// A public key in PEM; what was sent in its place is neither kept nor told again.
pub(super) fn public_key(pem: &str, allow_small: bool) -> Result<PublicKey, Problem> {
    let minimum = if allow_small { 1024 } else { 2048 };
    public_key::read(pem, minimum).map_err(|wrong| Problem::invalid("public_key", wrong.to_string()))
}
