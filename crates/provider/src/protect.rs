//! A signed request for a protected resource: load, decide, commit ([RFC 5849 §3.2]).
//!
//! [RFC 5849 §3.2]: https://www.rfc-editor.org/rfc/rfc5849#section-3.2

use crate::{
    incoming::Incoming,
    policy::{BodyHash, Policy, TokenRule},
    provider::{Provider, active, check_signature, tell},
    rejection::{Problem, Rejection},
};
use countersign_core::{Origin, ParsedRequest, Presented, SignatureMethod, Timestamp, TokenId, verify_body};
use countersign_store::{
    ClientRecord, KeySlot, Loaded, PreparedKeys, ResourceOwner, TokenRecord, TokenStatus,
};
use std::{fmt, net::IpAddr, sync::Arc};

/// Proof that all of [RFC 5849 §3.2](https://www.rfc-editor.org/rfc/rfc5849#section-3.2) holds for a request, and that the
/// policy of its route does. Only [`Provider::protect`] makes one.
#[derive(Clone)]
pub struct VerifiedRequest {
    loaded: Arc<Loaded>,
    method: Arc<dyn SignatureMethod>,
    key: KeySlot,
    origin: Arc<Origin>,
    address: Option<IpAddr>,
    secure: bool,
}

impl VerifiedRequest {
    /// Who signed.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "only `protect` builds it, and only around a client")]
    pub fn client(&self) -> &ClientRecord {
        // OK because `protect` accepts no request without a client
        self.loaded.client().expect("a verified request has a client")
    }

    /// With which token credentials; `None` for a 2-legged request.
    #[must_use]
    pub fn token(&self) -> Option<&TokenRecord> {
        self.loaded.token()
    }

    /// On whose behalf; `None` for a 2-legged request.
    #[must_use]
    pub fn resource_owner(&self) -> Option<&ResourceOwner> {
        self.token().map(|token| &token.owner)
    }

    /// What the token allows.
    #[must_use]
    pub fn scopes(&self) -> &[String] {
        self.token().map_or(&[], |token| &token.scopes)
    }

    /// The signature method.
    #[must_use]
    pub fn signature_method(&self) -> &str {
        self.method.name()
    }

    /// With which of the client's keys it was signed.
    #[must_use]
    pub fn key(&self) -> KeySlot {
        self.key
    }

    /// The scheme and authority that were signed, whatever `Host` says.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// From which address, if the integration knows; forwarded headers count from trusted proxies alone.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// Whether it came over TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.secure
    }
}

impl fmt::Debug for VerifiedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedRequest")
            .field("loaded", &self.loaded)
            .field("method", &self.signature_method())
            .finish()
    }
}

impl Provider {
    /// Verifies a request for a protected resource.
    ///
    /// # Errors
    ///
    /// A [`Rejection`]; nothing has changed anywhere.
    ///
    /// # Security
    ///
    /// The nonce is claimed last, so nobody without the secrets can burn one; an unknown client or token is verified to the
    /// end against a dummy, so time tells nothing.
    #[tracing::instrument(level = "debug", target = "countersign::rejection", name = "countersign.protect", skip_all, fields(method = incoming.method, path = incoming.path(), client.id, address, outcome))]
    pub async fn protect(
        &self,
        incoming: &Incoming<'_>,
        policy: &Policy,
    ) -> Result<VerifiedRequest, Rejection> {
        self.verified(incoming, policy).await.map_err(Rejection::logged)
    }

    async fn verified(&self, incoming: &Incoming<'_>, policy: &Policy) -> Result<VerifiedRequest, Rejection> {
        let surroundings = self.surroundings(incoming, policy.allow_http)?;
        let request = self.parse(incoming, surroundings.origin)?;
        let presented =
            self.present(&request, surroundings.secure).map_err(|problem| narrowed(problem, policy))?;
        tell(&presented, surroundings.address);
        if !policy.accepts(presented.method.name()) {
            return Err(narrowed(self.methods_accepted(None), policy).into());
        }
        let token = token_asked_for(policy, &presented)?;
        let stated = policy.stated_hash(&request, incoming.body.is_form())?;

        let loaded = self.0.store.load(&presented.client, token.as_ref()).await?;
        let now = self.now();
        let key = self
            .decide(&loaded, &request, &presented, policy, now)
            .map_err(|problem| narrowed(problem, policy))?;
        if let Some(stated) = stated {
            // Not knowing a body is not the same as knowing that there is none.
            let body = incoming.body.bytes().ok_or(Problem::BodyRequired)?;
            verify_body(&*presented.method, &stated, body).map_err(|_| Problem::BodyHashInvalid)?;
        }
        let verified = VerifiedRequest {
            method: Arc::clone(&presented.method),
            key,
            origin: Arc::clone(surroundings.origin),
            address: surroundings.address,
            secure: surroundings.secure,
            loaded,
        };

        self.claim_nonce(verified.client(), &presented, policy.window, surroundings.address, now).await?;
        self.0.observer.iter().for_each(|observer| observer.verified(&verified, now));
        tracing::Span::current().record("outcome", "verified");
        Ok(verified)
    }

    /// Whether [`protect`](Self::protect) needs the body of a request, which is no form, to verify the hash that it states.
    ///
    /// Hand it over by [`Incoming::body`]: what is not asked for may stream past.
    #[must_use]
    pub fn reads_body(&self, incoming: &Incoming<'_>, policy: &Policy) -> bool {
        // Whatever cannot be parsed, or lacks what is required, is refused without its body.
        policy.body_hash != BodyHash::Ignore
            && self
                .parse(incoming, &self.0.config.reach.public)
                .is_ok_and(|request| request.body_hash() != Ok(None))
    }

    /// Pure: every check that needs no further read. Gives the key that the request was signed with.
    fn decide(
        &self,
        loaded: &Loaded,
        request: &ParsedRequest<'_>,
        presented: &Presented<'_>,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<KeySlot, Problem> {
        let known = self
            .known(loaded.client(), presented)
            .and_then(|client| Ok((client, bearer(loaded, presented)?)));
        let dummy = || PreparedKeys::dummy(&*presented.method);
        let keys = match &known {
            Ok(_) => loaded.prepared(&presented.method).unwrap_or_else(|_| dummy()),
            Err(_) => dummy(),
        };
        let signature = check_signature(request, presented, &keys);
        let window = self.window(known.as_ref().ok().map(|(client, _)| *client));
        self.in_window(policy.window.unwrap_or(window), presented, now)?;
        let (client, token) = known?;
        let key = signature?;
        active(client)?;
        usable(token, now)?;
        permitted(client, token, policy)?;
        Ok(key)
    }
}

/// A refused method is answered with those that will do on this route.
fn narrowed(problem: Problem, policy: &Policy) -> Problem {
    match problem {
        Problem::SignatureMethodRejected(mut accepted) => {
            accepted.retain(|name| policy.accepts(name));
            Problem::SignatureMethodRejected(accepted)
        }
        other => other,
    }
}

/// A route that needs a token refuses a request without one before anything is loaded.
fn token_asked_for(policy: &Policy, presented: &Presented<'_>) -> Result<Option<TokenId>, Problem> {
    match (policy.token, presented.token) {
        (TokenRule::Required, None) => Err(Problem::ParametersAbsent(vec!["oauth_token"])),
        (TokenRule::None, Some(_)) => Err(Problem::ParameterRejected(
            Some("oauth_token"),
            "this route takes client credentials alone".into(),
        )),
        // A name that no store could hold is a token that nobody has.
        (_, Some(token)) => {
            TokenId::new(token).map(Some).map_err(|bad| Problem::rejected("oauth_token", bad.into()))
        }
        (_, None) => Ok(None),
    }
}

/// The token, if the request names one and it is this client's.
fn bearer<'l>(loaded: &'l Loaded, presented: &Presented<'_>) -> Result<Option<&'l TokenRecord>, Problem> {
    match (presented.token, loaded.token()) {
        (None, _) => Ok(None),
        (Some(_), Some(token)) if token.client == presented.client => Ok(Some(token)),
        (Some(_), _) => Err(Problem::TokenRejected),
    }
}

fn usable(token: Option<&TokenRecord>, now: Timestamp) -> Result<(), Problem> {
    let Some(token) = token else { return Ok(()) };
    match token.status {
        TokenStatus::OwnerDisabled => Err(Problem::TokenRejected),
        TokenStatus::Revoked => Err(Problem::TokenRevoked),
        TokenStatus::Active if token.expires.is_some_and(|expires| expires <= now) => {
            Err(Problem::TokenExpired)
        }
        TokenStatus::Active => Ok(()),
    }
}

fn permitted(client: &ClientRecord, token: Option<&TokenRecord>, policy: &Policy) -> Result<(), Problem> {
    if token.is_none() && !client.two_legged {
        return Err(Problem::PermissionDenied("the client may not call without a token".into()));
    }
    match policy.lacking(token) {
        Some(scope) => {
            Err(Problem::PermissionDenied(format!("the token does not have the scope `{scope}`").into()))
        }
        None => Ok(()),
    }
}
