//! OpenID Connect: the authorization code flow with PKCE, at issuers that the operator names.
//!
//! ```text
//!   sign-in page ─▶ depart ─▶ the issuer ─▶ arrive ─▶ signed in, or connected
//!                    │ cookie: the journey     │ code ─▶ token endpoint ─▶ ID token ─▶ (issuer, subject)
//! ```
//!
//! Accounts are found by issuer and subject alone, never by a name or an address that the issuer tells.

mod arrive;
mod claims;
mod depart;
mod issuer;
mod journey;
mod outgoing;

pub(crate) use depart::set_out;
pub(crate) use issuer::Issuer;
pub(crate) use journey::Purpose;

use crate::{
    app::{App, PAGE_FORM},
    config::{Config, config_error},
    error::Error,
    pages,
};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};

/// The issuers at which one may sign in.
#[derive(Default)]
pub(crate) struct Issuers(Vec<Issuer>);

impl Issuers {
    /// # Errors
    ///
    /// [`Error::Config`], which names the key and says what is wrong: a secret or a certificate that cannot be read.
    pub(crate) fn open(config: &Config) -> Result<Self, Error> {
        let public_url = config.public_url();
        let open = |(index, settings)| {
            Issuer::open(settings, &public_url).map_err(|(key, why): (&str, String)| {
                config.located(config_error(&format!("sign_in.oidc.{index}.{key}"), &why))
            })
        };
        config.sign_in.oidc.iter().enumerate().map(open).collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Issuer> {
        self.0.iter()
    }

    /// The one of that `id`.
    pub(crate) fn find(&self, id: &str) -> Option<&Issuer> {
        self.iter().find(|issuer| issuer.settings.id == id)
    }

    /// The one that calls itself so.
    pub(crate) fn calling_itself(&self, url: &str) -> Option<&Issuer> {
        self.iter().find(|issuer| issuer.settings.issuer == url)
    }
}

impl App {
    /// Where visitors go to an issuer and come back from it; nowhere where there is none.
    pub(crate) fn for_visitors_from_elsewhere(&self) -> Router<Self> {
        if self.issuers.0.is_empty() {
            return Router::new();
        }
        Router::new()
            .route("/login/oidc/{id}", post(depart::sign_in))
            .route("/login/oidc/{id}/callback", get(arrive::back))
            .route_layer(middleware::from_fn_with_state(self.clone(), pages::arrive))
            .route_layer(DefaultBodyLimit::max(PAGE_FORM))
    }

    fn journey_cookie(&self) -> &'static str {
        if self.over_tls { "__Host-countersign-oidc" } else { "countersign-oidc" }
    }
}

/// How an audit entry calls this way in.
pub(crate) fn way(id: &str) -> String {
    format!("oidc:{id}")
}
