//! How a provider is put together: few knobs, safe defaults, `danger_` where not.

use crate::{
    ambient::{Clock, Random, System},
    answer::challenge,
    audit::{Audit, ToLog},
    client_limit::ClientLimit,
    observer::Observer,
    provider::{Inner, Provider},
    surroundings::Reach,
};
use countersign_core::{BadOrigin, Methods, Origin, Scheme, SignatureMethod, Window};
use countersign_store::{NonceStore, Store};
use ipnet::IpNet;
use std::sync::Arc;

/// Puts a [`Provider`] together; [`build`](Self::build) checks the whole.
#[must_use]
pub struct Builder {
    public_url: String,
    accepted: Vec<String>,
    trusted: Vec<IpNet>,
    tls_terminated_upstream: bool,
    store: Option<Arc<dyn Store>>,
    nonces: Option<Arc<dyn NonceStore>>,
    audit: Arc<dyn Audit>,
    client_limit: Option<Arc<dyn ClientLimit>>,
    observer: Option<Arc<dyn Observer>>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    realm: Option<String>,
    config: Settings,
}

/// What is decided once and read on every request.
pub(crate) struct Config {
    pub(crate) reach: Reach,
    /// How every challenge begins.
    pub(crate) challenge: String,
    pub(crate) settings: Settings,
}

impl std::ops::Deref for Config {
    type Target = Settings;

    fn deref(&self) -> &Settings {
        &self.settings
    }
}

#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) insecure_http: bool,
    pub(crate) methods: Methods,
    pub(crate) window: Window,
    pub(crate) temporary_life: u64,
    pub(crate) token_life: Option<u64>,
    pub(crate) uniform_errors: bool,
    pub(crate) scope_from_realm: bool,
    pub(crate) get_endpoints: bool,
    pub(crate) max_parameters: usize,
}

impl Builder {
    pub(crate) fn new(public_url: &str) -> Self {
        Self {
            public_url: public_url.into(),
            accepted: Vec::new(),
            trusted: Vec::new(),
            tls_terminated_upstream: false,
            store: None,
            nonces: None,
            audit: Arc::new(ToLog),
            client_limit: None,
            observer: None,
            clock: Arc::new(System),
            random: Arc::new(System),
            realm: None,
            config: Settings {
                insecure_http: false,
                methods: Methods::standard(),
                window: Window::default(),
                temporary_life: 600,
                token_life: None,
                uniform_errors: false,
                scope_from_realm: false,
                get_endpoints: false,
                max_parameters: 2000,
            },
        }
    }

    /// Where everything is remembered; required.
    pub fn store(self, store: impl Store + 'static) -> Self {
        self.shared_store(Arc::new(store))
    }

    /// The same, for a store that something else uses too.
    pub fn shared_store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = Some(store);
        self
    }

    /// Where nonces are remembered; the store by default.
    pub fn nonces(mut self, nonces: impl NonceStore + 'static) -> Self {
        self.nonces = Some(Arc::new(nonces));
        self
    }

    /// Accepts a further signature method, yours or `PLAINTEXT`; all HMAC and RSA methods by default.
    ///
    /// `PLAINTEXT` is refused without TLS unless [`danger_insecure_http`](Self::danger_insecure_http) is set.
    pub fn signature_method(mut self, method: impl SignatureMethod + 'static) -> Self {
        self.config.methods = self.config.methods.with(method);
        self
    }

    /// Accepts these signature methods and no others.
    pub fn signature_methods(mut self, methods: Methods) -> Self {
        self.config.methods = methods;
        self
    }

    /// How far a timestamp may be from the clock, 300 seconds by default.
    pub fn window(mut self, window: Window) -> Self {
        self.config.window = window;
        self
    }

    /// Seconds that temporary credentials live, 600 by default.
    pub fn temporary_life(mut self, seconds: u64) -> Self {
        self.config.temporary_life = seconds;
        self
    }

    /// Seconds that token credentials live; without end by default.
    pub fn token_life(mut self, seconds: Option<u64>) -> Self {
        self.config.token_life = seconds;
        self
    }

    /// The realm of the challenge; the public URL by default.
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.realm = Some(realm.into());
        self
    }

    /// Another origin that clients sign, beside the public URL; it counts for requests that name its authority.
    pub fn accept_origin(mut self, url: impl Into<String>) -> Self {
        self.accepted.push(url.into());
        self
    }

    /// Believes the forwarded headers of these addresses; of nobody by default, loopback included.
    pub fn trusted_proxy(mut self, network: IpNet) -> Self {
        self.trusted.push(network);
        self
    }

    /// Takes every request for one that came over TLS: for a proxy that terminates it and says nothing.
    pub fn tls_terminated_upstream(mut self, yes: bool) -> Self {
        self.tls_terminated_upstream = yes;
        self
    }

    /// Answers every 401 alike, for those who would rather not say why; off by default.
    pub fn uniform_errors(mut self, yes: bool) -> Self {
        self.config.uniform_errors = yes;
        self
    }

    /// Takes the header's realm for the scope that is asked for, where there is no `scope`; off by default.
    pub fn scope_from_realm(mut self, yes: bool) -> Self {
        self.config.scope_from_realm = yes;
        self
    }

    /// Lets clients of the 1.0a era call initiate and token with GET; off by default.
    pub fn get_endpoints(mut self, yes: bool) -> Self {
        self.config.get_endpoints = yes;
        self
    }

    /// The most parameters of one request, 2,000 by default.
    pub fn max_parameters(mut self, most: usize) -> Self {
        self.config.max_parameters = most;
        self
    }

    /// Lets http through everywhere: for a developer's machine.
    ///
    /// # Security
    ///
    /// Token secrets then travel in the clear. Never on a network.
    pub fn danger_insecure_http(mut self, yes: bool) -> Self {
        self.config.insecure_http = yes;
        self
    }

    /// Who takes the audit events; the log by default.
    pub fn audit(mut self, audit: impl Audit + 'static) -> Self {
        self.audit = Arc::new(audit);
        self
    }

    /// How often each client may call; as often as it likes by default.
    pub fn client_limit(mut self, limit: impl ClientLimit + 'static) -> Self {
        self.client_limit = Some(Arc::new(limit));
        self
    }

    /// Who takes note of every request that is let through; nobody by default.
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// What tells the time; the system's clock by default.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// What makes secrets; the system's generator by default.
    pub fn random(mut self, random: impl Random + 'static) -> Self {
        self.random = Arc::new(random);
        self
    }

    /// Checks the whole and gives the provider.
    ///
    /// # Errors
    ///
    /// [`BuildError`], which names what is missing or wrong.
    pub fn build(self) -> Result<Provider, BuildError> {
        let origin = |url: &str| {
            let parsed = url.parse::<Origin>();
            parsed.map_err(|source| BuildError::BadOrigin { url: url.into(), source })
        };
        let public = Arc::new(origin(&self.public_url)?);
        let accepted = self.accepted.iter().map(|url| origin(url).map(Arc::new)).collect::<Result<_, _>>()?;
        let store = self.store.ok_or(BuildError::NoStore)?;
        if self.config.methods.names().next().is_none() {
            return Err(BuildError::NoMethod);
        }
        if public.scheme() == Scheme::Http && !self.config.insecure_http && !self.tls_terminated_upstream {
            return Err(BuildError::InsecureOrigin(self.public_url));
        }
        let realm = self.realm.unwrap_or_else(|| public.to_string());
        if realm.chars().any(char::is_control) || !realm.is_ascii() {
            return Err(BuildError::BadRealm);
        }
        let tls_terminated_upstream = self.tls_terminated_upstream;
        let reach = Reach { public, accepted, trusted: self.trusted, tls_terminated_upstream };
        Ok(Provider(Arc::new(Inner {
            config: Config { reach, challenge: challenge(&realm), settings: self.config },
            store,
            nonces: self.nonces,
            audit: self.audit,
            client_limit: self.client_limit,
            observer: self.observer,
            clock: self.clock,
            random: self.random,
        })))
    }
}

/// Why a provider cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// An origin cannot be read.
    #[error("`{url}` is not an origin")]
    BadOrigin {
        /// As it was given.
        url: String,
        /// What one looks like.
        source: BadOrigin,
    },
    /// The realm would break the challenge.
    #[error("the realm must be ASCII without control characters")]
    BadRealm,
    /// The public URL is http, and nothing says that this is meant.
    #[error("`{0}` is http: use https, or `danger_insecure_http(true)` on a developer's machine")]
    InsecureOrigin(String),
    /// No signature method is accepted.
    #[error("no signature method is accepted")]
    NoMethod,
    /// No store was given.
    #[error("a store is missing: call `.store(…)`")]
    NoStore,
}
