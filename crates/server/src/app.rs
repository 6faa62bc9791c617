//! The routes: every test enters here.

use crate::{
    admin_api,
    audit::{Recorder, Stream},
    config::{Config, Errors, SignUp, config_error},
    edge::{self, Edge},
    error::Error,
    jwt::{self, Signer},
    login,
    look::{self, Look},
    metrics::Meter,
    own_pages,
    pages::twice::Answers,
    pages::{self, Pages, Setting},
    rate::{self, Addresses, Clients},
    readiness::{self, Readiness},
    resources,
    sign_in::oidc::Issuers,
    sign_up,
    stores::Stores,
    throttle::Throttle,
    trace::Tracer,
    usage::Usage,
    wire,
    words::Words,
};
use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, FromRef},
    http::HeaderName,
    middleware,
    routing::{any, get, post},
};
use countersign_axum::{FormLimit, protect};
use countersign_core::{Methods, Origin, Plaintext, Scheme, Window};
use countersign_provider::{Builder, Provider, TokenRule};
use countersign_store::MemoryStore;
use std::sync::Arc;

/// What every handler shares; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Shared>);

/// See [`App`].
pub struct Shared {
    pub(crate) config: Config,
    pub(crate) provider: Provider,
    /// Where whatever happens is recorded.
    pub(crate) audit: Recorder,
    pub(crate) stores: Stores,
    pub(crate) pages: Pages,
    /// What an operator puts over the look of ours.
    pub(crate) look: Look,
    pub(crate) throttle: Throttle,
    /// What resource owners answered in the last moments.
    pub(crate) answers: Answers,
    /// What was used of late.
    pub(crate) usage: Usage,
    /// How often each address may ask, where that is limited.
    pub(crate) addresses: Option<Addresses>,
    pub(crate) readiness: Readiness,
    pub(crate) edge: Edge,
    /// Which header of a trusted proxy names who is signed in there, if one does.
    pub(crate) proxy_header: Option<HeaderName>,
    /// Where one may sign in beside this server.
    pub(crate) issuers: Issuers,
    /// Traces its requests, where somebody collects that.
    pub(crate) tracer: Option<Tracer>,
    /// Signs who called, for the upstream; where it is asked to.
    pub(crate) signer: Option<Arc<Signer>>,
    /// The path that a proxy strips, put before every link.
    pub(crate) base: String,
    /// Whether browsers come over TLS: it names and guards the cookies.
    pub(crate) over_tls: bool,
}

impl std::ops::Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl FromRef<App> for Provider {
    fn from_ref(app: &App) -> Self {
        app.provider.clone()
    }
}

impl App {
    /// Puts the provider and the pages together.
    ///
    /// # Errors
    ///
    /// [`Error`] for a configuration that cannot work.
    pub fn new(config: Config, stores: Stores) -> Result<Self, Error> {
        let stream = Stream::open(config.audit.stream()).map_err(|error| config.located(error))?;
        let audit = Recorder::new(Arc::clone(&stores.rows), stream);
        let usage = Usage::default();
        let provider = configured(&config)?
            .shared_store(Arc::clone(&stores.provider))
            .audit(audit.clone())
            .observer(usage.clone())
            .build()
            .map_err(|error| config.located(error.into()))?;
        // OK because the provider has read it already
        let origin: Option<Origin> = config.public_url().parse().ok();
        let base = origin.as_ref().map_or("", Origin::prefix).to_owned();
        let over_tls = origin.is_some_and(|origin| origin.scheme() == Scheme::Https);
        let signer = Signer::open(&config)?.map(Arc::new);
        let look = Look::read(&config).map_err(|error| config.located(error))?;
        let pages = proven(&config, &look, &base)?;
        let addresses = Addresses::of(&config.rate);
        let edge = Edge::new(&config, &provider, signer.as_ref());
        let (proxy_header, issuers) = (config.sign_in.header(), Issuers::open(&config)?);
        let tracer = Tracer::open(&config, &edge, &provider).map_err(|error| config.located(error))?;
        Ok(Self(Arc::new(Shared {
            config,
            provider,
            audit,
            stores,
            pages,
            look,
            throttle: Throttle::default(),
            answers: Answers::default(),
            usage,
            addresses,
            readiness: Readiness::default(),
            edge,
            proxy_header,
            issuers,
            tracer,
            signer,
            base,
            over_tls,
        })))
    }

    /// Tells whether a provider could be built from a configuration, without opening anything.
    ///
    /// # Errors
    ///
    /// [`Error`] for a configuration that cannot work.
    pub fn check(config: &Config) -> Result<(), Error> {
        Self::without_stores(config)?;
        let look = Look::read(config).map_err(|error| config.located(error))?;
        proven(config, &look, "").map(drop)
    }

    /// A provider that knows nobody: it can say in which form nothing is there.
    pub(crate) fn without_stores(config: &Config) -> Result<Provider, Error> {
        let built = configured(config)?.store(MemoryStore::default()).build();
        built.map_err(|error| config.located(error.into()))
    }

    /// The configuration that it was made from.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What it remembers.
    #[must_use]
    pub fn stores(&self) -> &Stores {
        &self.stores
    }

    /// What counts its requests, where somebody asks for that.
    pub(crate) fn meter(&self) -> Option<Meter> {
        let metrics = self.stores.metrics.clone();
        metrics.map(|metrics| Meter::new(metrics, &self.config, &self.edge))
    }

    /// All routes. [`serve`](crate::serve()) counts and traces what is asked of them, and lets nobody ask too often.
    pub fn router(&self) -> Router {
        let [initiate, authorize, token] = self.config.endpoints.paths();
        let mut router = Router::new();
        if !self.edge.covers("/") {
            let greet = middleware::from_fn_with_state(self.clone(), pages::greet);
            router = router.route("/", get(pages::home::show).layer(greet));
        }
        for path in initiate {
            router = router.route(path, any(countersign_axum::initiate));
        }
        for path in token {
            router = router.route(path, any(countersign_axum::token));
        }
        if self.signer.is_some() {
            router = router.route(jwt::PUBLISHED_AT, get(jwt::published));
        }
        router = router
            .route_layer(Extension(FormLimit(self.config.limits.form)))
            .merge(self.protected())
            .merge(self.for_owners(&authorize))
            .merge(self.for_owners_account())
            .merge(self.for_visitors_from_elsewhere())
            .merge(pages::developers::routes(self))
            .merge(pages::admin::routes(self))
            .merge(edge::questions(self))
            .merge(admin_api::routes(self))
            .route("/denied", get(pages::verifier::denied))
            .route("/help/{code}", get(pages::help::show))
            .route("/assets/{name}", get(pages::assets::serve))
            .route("/healthz", get(resources::alive))
            .route("/readyz", get(readiness::ready))
            .fallback(edge::enter)
            .method_not_allowed_fallback(pages::error::method_not_allowed);
        if self.addresses.is_some() && self.edge.is_for_questions() {
            router = router.layer(middleware::from_fn_with_state(self.clone(), rate::questioned));
        }
        router
            .layer(middleware::from_fn_with_state(self.clone(), pages::spoken))
            .layer(middleware::from_fn_with_state(self.config.limits, wire::well_formed))
            .with_state(self.clone())
    }

    /// Where resource owners sign in and answer.
    fn for_owners(&self, authorize: &[&str]) -> Router<Self> {
        let mut router = Router::new()
            .route("/login", get(login::show).post(login::sign_in))
            .route("/logout", post(login::sign_out));
        if self.config.sign_up != SignUp::Closed {
            router = router.route(sign_up::PATH, get(sign_up::show).post(sign_up::sign_up));
        }
        if self.config.own_pages.is_on() {
            router = router.merge(own_pages::routes(authorize));
        } else {
            for path in authorize {
                router = router.route(path, get(pages::consent::show).post(pages::consent::answer));
            }
        }
        router
            .route_layer(middleware::from_fn_with_state(self.clone(), pages::arrive))
            .route_layer(DefaultBodyLimit::max(PAGE_FORM))
    }

    fn protected(&self) -> Router<Self> {
        let layer = protect(&self.provider).token(TokenRule::Optional).form_limit(self.config.limits.form);
        let mut router = Router::new();
        let (whoami, echo) = (!self.edge.covers(WHOAMI), self.config.echo && !self.edge.covers("/echo"));
        if !whoami && !echo {
            return router;
        }
        if whoami {
            router = router.route(WHOAMI, get(resources::whoami));
        }
        if echo {
            router = router
                .route("/echo", any(resources::echo))
                .route("/echo/", any(resources::echo))
                .route("/echo/{*rest}", any(resources::echo));
        }
        let most = self.config.limits.form.max(ECHOED);
        router
            .route_layer(layer)
            .route_layer(middleware::from_fn_with_state((self.clone(), most), resources::small_enough))
            .route_layer(DefaultBodyLimit::max(most))
    }
}

/// The pages, where what an operator puts over them cannot break one.
fn proven(config: &Config, look: &Look, base: &str) -> Result<Pages, Error> {
    let setting = Setting { site_name: &config.name, base };
    if !look.is_ours() {
        look::first(&look::problems(look, &setting))?;
    }
    // OK because each was read above, and ours by a test
    let broken = |error: &dyn std::fmt::Display| Error::Refused(error.to_string());
    let words = Words::with(&look.locales).map_err(|bad| broken(&bad))?;
    let words = words.with_default(&config.language).map_err(|there| {
        let message = format!("`{}` is none of the languages of pages, which are {there}", config.language);
        config.located(config_error("language", &message))
    })?;
    Pages::new(look, words, &setting).map_err(|error| broken(&error))
}

fn configured(config: &Config) -> Result<Builder, Error> {
    config.check()?;
    let mut methods = Methods::standard().only(&config.signature_methods);
    if config.allow_plaintext {
        methods = methods.with(Plaintext);
    }
    let mut builder = Provider::builder(&config.public_url())
        .signature_methods(methods)
        .window(Window::seconds(config.timestamp_window))
        .temporary_life(config.temporary_life)
        .token_life((config.token_life > 0).then_some(config.token_life))
        .tls_terminated_upstream(config.tls_terminated_upstream)
        .uniform_errors(config.errors == Errors::Uniform)
        .scope_from_realm(config.scope_from_realm)
        .get_endpoints(config.endpoints.get)
        .max_parameters(config.limits.parameters)
        .danger_insecure_http(config.insecure_http);
    if !config.realm.is_empty() {
        builder = builder.realm(&config.realm);
    }
    if let Some(clients) = Clients::of(&config.rate) {
        builder = builder.client_limit(clients);
    }
    for origin in &config.accepted_origins {
        builder = builder.accept_origin(origin);
    }
    for network in &config.trusted_proxies {
        builder = builder.trusted_proxy(*network);
    }
    Ok(builder)
}

/// Who called, for those who try a client; it yields to a route of the operator's.
const WHOAMI: &str = "/api/whoami";
/// The largest form that a page sends.
pub(crate) const PAGE_FORM: usize = 64 << 10;
/// The largest body, other than a form, that a resource reads.
const ECHOED: usize = 2 << 20;
