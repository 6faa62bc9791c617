//! One issuer: what is known of it, where it is asked to sign somebody in, and whom it then means.

use super::{
    claims::{Client, Tokens, Who, name_of},
    journey::Journey,
    outgoing::Outgoing,
};
use crate::config::Oidc;
use openidconnect::{
    AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, IssuerUrl,
    Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, SubjectIdentifier,
    TokenResponse as _, UserInfoClaims,
    core::{
        CoreAuthenticationFlow, CoreClientAuthMethod, CoreGenderClaim, CoreJwsSigningAlgorithm,
        CoreProviderMetadata,
    },
};
use std::{
    error::Error,
    fmt::Display,
    sync::{Arc, Mutex as Brief, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// An issuer that is configured.
pub(crate) struct Issuer {
    pub(crate) settings: Oidc,
    secret: Option<ClientSecret>,
    url: IssuerUrl,
    redirect: RedirectUrl,
    outgoing: Outgoing,
    known: Mutex<Known>,
    warned: Brief<Option<Instant>>,
}

/// What the issuer says of itself, and when it was last asked.
#[derive(Default)]
struct Known {
    metadata: Option<(Arc<CoreProviderMetadata>, Instant)>,
    /// When it was asked again before its time.
    renewed: Option<Instant>,
    failed: Option<Instant>,
}

/// Whether what is known of an issuer will do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    AsItIs,
    Renewed,
}

/// Why nobody is signed in.
#[derive(Debug)]
pub(super) enum Failure {
    /// The issuer does not answer, or not what an issuer answers.
    Away,
    /// It does not know the code, or not any more.
    Refused,
    /// What it says cannot be believed.
    Unbelievable,
}

impl Issuer {
    /// # Errors
    ///
    /// The key of its settings, and what is wrong with it.
    pub(super) fn open(settings: &Oidc, public_url: &str) -> Result<Self, (&'static str, String)> {
        let told = |key| move |error: openidconnect::url::ParseError| (key, error.to_string());
        let url = IssuerUrl::new(settings.issuer.clone()).map_err(told("issuer"))?;
        let back = format!("{public_url}/login/oidc/{}/callback", settings.id);
        let redirect = RedirectUrl::new(back).map_err(told("id"))?;
        let secret = settings.secret()?.map(|secret| ClientSecret::new(secret.expose().into()));
        let outgoing = Outgoing::new(settings).map_err(|why| ("root_certificates", why))?;
        let (known, warned) = (Mutex::default(), Brief::default());
        Ok(Self { settings: settings.clone(), secret, url, redirect, outgoing, known, warned })
    }

    /// What a page says of it to whoever may choose it.
    pub(crate) fn button(&self) -> serde_json::Value {
        serde_json::json!({ "id": self.settings.id, "name": self.settings.shown() })
    }

    /// Where a browser begins its journey.
    pub(super) async fn address(&self, journey: &Journey, session: &str) -> Result<String, Failure> {
        let metadata = self.metadata(Kept::AsItIs).await?;
        let begins = metadata.authorization_endpoint().as_str().parse();
        if !begins.is_ok_and(|uri| self.outgoing.allows(&uri)) {
            return Err(self.fails(Failure::Away, "its authorization endpoint is not https", None));
        }
        let (state, nonce) = (journey.state(session), journey.nonce());
        let verifier = PkceCodeVerifier::new(journey.verifier());
        let scopes = self.settings.scopes.iter().cloned().map(Scope::new);
        let client = self.client(&metadata);
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let (url, ..) = client
            .authorize_url(flow, || CsrfToken::new(state), || Nonce::new(nonce))
            .add_scopes(scopes)
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(url.into())
    }

    /// Whom the issuer means by a code.
    pub(super) async fn who(&self, code: &str, journey: &Journey) -> Result<Who, Failure> {
        let metadata = self.metadata(Kept::AsItIs).await?;
        let client = self.client(&metadata);
        let tokens = self.redeem(&client, code, journey).await?;
        let believed = match self.believed(&client, &tokens, journey) {
            Err(ClaimsVerificationError::SignatureVerification(_)) => {
                // It may sign with a new key by now.
                let metadata = self.metadata(Kept::Renewed).await?;
                let client = self.client(&metadata);
                self.believed(&client, &tokens, journey)
            }
            known => known,
        };
        let mut who = believed
            .map_err(|error| self.fails(Failure::Unbelievable, "its ID token is not valid", Some(&error)))?;
        if who.name.is_none() && self.settings.create_accounts {
            who.name = self.asked_for_name(&client, &tokens, &who.subject).await?;
        }
        Ok(who)
    }

    async fn redeem(&self, client: &Client, code: &str, journey: &Journey) -> Result<Tokens, Failure> {
        let code = client.exchange_code(AuthorizationCode::new(code.into()));
        let code = code
            .map_err(|error| self.fails(Failure::Away, "it names no token endpoint", Some(&error)))?
            .set_pkce_verifier(PkceCodeVerifier::new(journey.verifier()));
        code.request_async(&self.outgoing).await.map_err(|error| match error {
            RequestTokenError::ServerResponse(said) if said.error().as_ref() == "invalid_grant" => {
                tracing::debug!(issuer = self.settings.id, "the issuer refused a code");
                Failure::Refused
            }
            RequestTokenError::ServerResponse(said) => {
                let told = format!("it refused to redeem a code: {:?}", said.error().as_ref());
                self.fails(Failure::Unbelievable, told, None)
            }
            RequestTokenError::Request(problem) => {
                self.fails(Failure::Away, "its token endpoint did not answer", Some(&problem))
            }
            // What it answered may hold a token, and stays out of the log.
            _ => self.fails(Failure::Away, "its token endpoint answered something else than tokens", None),
        })
    }

    fn believed(
        &self,
        client: &Client,
        tokens: &Tokens,
        journey: &Journey,
    ) -> Result<Who, ClaimsVerificationError> {
        let missing = || ClaimsVerificationError::Other("there is none".into());
        let verifier = client.id_token_verifier().set_allowed_algs(ALGORITHMS);
        let nonce = Nonce::new(journey.nonce());
        let claims = tokens.id_token().ok_or_else(missing)?.claims(&verifier, &nonce)?;
        let subject = claims.subject().to_string();
        if subject.is_empty() || subject.len() > 255 || subject.contains(char::is_control) {
            return Err(ClaimsVerificationError::InvalidSubject("not one of 1 to 255 bytes".into()));
        }
        let name = name_of(claims, &self.settings.account_name, claims.email_verified());
        Ok(Who { subject, name })
    }

    /// The name, from where issuers tell it that keep their ID tokens short.
    async fn asked_for_name(
        &self,
        client: &Client,
        tokens: &Tokens,
        subject: &str,
    ) -> Result<Option<String>, Failure> {
        let token = openidconnect::OAuth2TokenResponse::access_token(tokens);
        let fits = token.secret().bytes().all(|byte| byte.is_ascii_graphic());
        let subject = SubjectIdentifier::new(subject.into());
        let Some(request) = client.user_info(token.clone(), Some(subject)).ok().filter(|_| fits) else {
            return Ok(None);
        };
        let claims: Result<UserInfoClaims<super::claims::More, CoreGenderClaim>, _> =
            request.request_async(&self.outgoing).await;
        let claims =
            claims.map_err(|_| self.fails(Failure::Away, "its user info endpoint did not answer", None))?;
        Ok(name_of(&claims, &self.settings.account_name, claims.email_verified()))
    }

    fn client(&self, metadata: &CoreProviderMetadata) -> Client {
        let id = ClientId::new(self.settings.client_id.clone());
        let client = Client::from_provider_metadata(metadata.clone(), id, self.secret.clone())
            .set_redirect_uri(self.redirect.clone());
        let by_body = [CoreClientAuthMethod::ClientSecretPost];
        match metadata.token_endpoint_auth_methods_supported() {
            // HTTP Basic, unless the form's body is all that it takes.
            Some(ways) if ways.iter().all(|way| by_body.contains(way)) => {
                client.set_auth_type(AuthType::RequestBody)
            }
            _ => client,
        }
    }

    /// What the issuer says of itself.
    async fn metadata(&self, kept: Kept) -> Result<Arc<CoreProviderMetadata>, Failure> {
        // Held while it is asked, so that all who wait for an answer wait for the same one.
        let mut known = self.known.lock().await;
        let renews = kept == Kept::Renewed && known.renewed.is_none_or(|renewed| renewed.elapsed() >= SELDOM);
        if let Some((metadata, read)) = &known.metadata
            && read.elapsed() < KEPT
            && !renews
        {
            return Ok(Arc::clone(metadata));
        }
        if known.failed.is_some_and(|failed| failed.elapsed() < PAUSE) {
            return Err(Failure::Away);
        }
        let found = CoreProviderMetadata::discover_async(self.url.clone(), &self.outgoing).await;
        match found {
            Ok(metadata) => {
                let metadata = Arc::new(metadata);
                let now = Instant::now();
                let renewed = if renews { Some(now) } else { known.renewed };
                *known = Known { metadata: Some((Arc::clone(&metadata), now)), renewed, failed: None };
                Ok(metadata)
            }
            Err(error) => {
                known.failed = Some(Instant::now());
                let told = "its discovery document or its keys cannot be read";
                Err(self.fails(Failure::Away, told, Some(&error)))
            }
        }
    }

    /// Tells the operator, once a minute at most: any visitor can make it happen again.
    fn fails(&self, failure: Failure, why: impl Display, cause: Option<&dyn Error>) -> Failure {
        let cause = cause.map(crate::error::chain).unwrap_or_default();
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        if warned.is_none_or(|warned| warned.elapsed() >= SELDOM) {
            *warned = Some(Instant::now());
            tracing::warn!(issuer = self.settings.id, cause, "nobody signs in at an issuer: {why}");
        } else {
            tracing::debug!(issuer = self.settings.id, cause, "nobody signs in at an issuer: {why}");
        }
        failure
    }
}

/// How ID tokens may be signed: never by a secret that two sides know, and never not at all.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
];
/// How long what an issuer says of itself is believed.
const KEPT: Duration = Duration::from_secs(3600);
/// Between two times that it is asked for a key that is not there; and between two warnings.
const SELDOM: Duration = Duration::from_secs(60);
/// How long an issuer that did not answer is left alone.
const PAUSE: Duration = Duration::from_secs(2);
