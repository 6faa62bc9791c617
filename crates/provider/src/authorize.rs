//! The resource owner's answer ([RFC 5849 §2.2]).
//!
//! [RFC 5849 §2.2]: https://www.rfc-editor.org/rfc/rfc5849#section-2.2

use crate::{
    audit::{Action, Event},
    callback,
    provider::{Provider, active},
    rejection::{Problem, Rejection},
};
use countersign_core::TemporaryId;
use countersign_store::{
    Callback, ClientRecord, Grant, Outcome, ResourceOwner, TemporaryRecord, TemporaryState, VerifierHash,
};
use std::{net::IpAddr, sync::Arc};

/// A request for access that waits for its resource owner's answer.
#[derive(Clone, Debug)]
pub struct Pending {
    provider: Provider,
    client: ClientRecord,
    record: TemporaryRecord,
    actor: Option<Arc<str>>,
    address: Option<IpAddr>,
}

/// What follows a resource owner's answer.
#[derive(Clone, PartialEq, Eq)]
pub enum Next {
    /// Send the browser here, with 303.
    Redirect(String),
    /// Show this code: the client asked for it out of band. It is not stored and cannot be shown again.
    ShowVerifier(String),
    /// Say that access was refused: the client has no callback to be told at.
    ShowDenied,
}

impl std::fmt::Debug for Next {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Redirect(_) => "Redirect(***)",
            Self::ShowVerifier(_) => "ShowVerifier(***)",
            Self::ShowDenied => "ShowDenied",
        })
    }
}

impl Provider {
    /// The request that a browser brings in `oauth_token`.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] for one that is unknown, expired, or answered already: for a page, not for a client.
    #[tracing::instrument(
        level = "debug",
        target = "countersign::rejection",
        name = "countersign.authorize",
        skip_all
    )]
    pub async fn pending(&self, token: &str) -> Result<Pending, Rejection> {
        self.waiting(token).await.map_err(Rejection::logged)
    }

    async fn waiting(&self, token: &str) -> Result<Pending, Rejection> {
        let id = TemporaryId::new(token).map_err(|_| Problem::TokenRejected)?;
        let record = self.0.store.temporary(&id).await?.ok_or(Problem::TokenRejected)?;
        if record.expires <= self.now() {
            return Err(Problem::TokenExpired.into());
        }
        if record.state != TemporaryState::Pending {
            return Err(Problem::TokenRejected.into());
        }
        let client = self.0.store.client(&record.client).await?.ok_or(Problem::ClientUnknown)?;
        active(&client)?;
        Ok(Pending { provider: self.clone(), client, record, actor: None, address: None })
    }
}

impl Pending {
    /// Who asks.
    #[must_use]
    pub fn client(&self) -> &ClientRecord {
        &self.client
    }

    /// What for.
    #[must_use]
    pub fn scopes(&self) -> &[String] {
        &self.record.scopes
    }

    /// The identifier of the temporary credentials.
    #[must_use]
    pub fn id(&self) -> &TemporaryId {
        &self.record.id
    }

    /// The text of `oauth_token`, for the form's hidden field.
    #[must_use]
    pub fn token(&self) -> &str {
        self.record.id.as_str()
    }

    /// Where the answer will send the browser; `None` where a code will be shown.
    #[must_use]
    pub fn destination(&self) -> Option<String> {
        match &self.record.callback {
            Callback::OutOfBand => None,
            Callback::Url(url) => Some(callback::destination(url)),
        }
    }

    /// Seconds until the request ends.
    #[must_use]
    pub fn expires_in(&self) -> u64 {
        self.record.expires.seconds().saturating_sub(self.provider.now().seconds())
    }

    /// Names who brings the answer where that is not the resource owner's own browser, such as a backend: the audit log says so.
    #[must_use]
    pub fn answered_by(self, actor: impl Into<Arc<str>>) -> Self {
        Self { actor: Some(actor.into()), ..self }
    }

    /// Tells from where the answer comes: the audit log says so.
    #[must_use]
    pub fn answered_from(self, address: Option<IpAddr>) -> Self {
        Self { address, ..self }
    }

    /// Yes: mints the verifier, and tells what follows.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] where another answer was first, or a store failed.
    ///
    /// # Security
    ///
    /// Call it for a signed-in owner who chose so on your own page: a form that another site cannot send, in a page that it
    /// cannot frame.
    pub async fn grant(self, owner: impl Into<ResourceOwner>) -> Result<Next, Rejection> {
        let owner = owner.into();
        let out_of_band = self.record.callback == Callback::OutOfBand;
        let verifier = if out_of_band { self.provider.typed_code() } else { self.provider.identifier() };
        let grant = Grant { owner, verifier: VerifierHash::new(&self.record.id, &verifier) };
        let outcome = self.provider.0.store.grant(&self.record.id, &grant, self.provider.now()).await?;
        self.answered(outcome, Action::Granted, Some(&grant.owner))?;
        Ok(match &self.record.callback {
            Callback::OutOfBand => Next::ShowVerifier(verifier),
            Callback::Url(url) => Next::Redirect(callback::append(
                url,
                &[("oauth_token", self.token()), ("oauth_verifier", &verifier)],
            )),
        })
    }

    /// No, by whomever: tells what follows.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] where another answer was first, or a store failed.
    pub async fn deny(self) -> Result<Next, Rejection> {
        self.denied(None).await
    }

    /// No, by that owner, whom the audit log names.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] where another answer was first, or a store failed.
    pub async fn deny_by(self, owner: impl Into<ResourceOwner>) -> Result<Next, Rejection> {
        self.denied(Some(&owner.into())).await
    }

    async fn denied(self, owner: Option<&ResourceOwner>) -> Result<Next, Rejection> {
        let outcome = self.provider.0.store.deny(&self.record.id, self.provider.now()).await?;
        self.answered(outcome, Action::Denied, owner)?;
        Ok(match &self.record.callback {
            Callback::OutOfBand => Next::ShowDenied,
            Callback::Url(url) => {
                let answer = [("oauth_token", self.token()), ("oauth_problem", "user_refused")];
                Next::Redirect(callback::append(url, &answer))
            }
        })
    }

    fn answered(
        &self,
        outcome: Outcome,
        action: Action,
        owner: Option<&ResourceOwner>,
    ) -> Result<(), Problem> {
        if outcome == Outcome::Refused {
            return Err(Problem::TokenRejected);
        }
        self.provider.audit(Event {
            client: Some(self.client.id.clone()),
            owner: owner.cloned(),
            address: self.address,
            actor: self.actor.clone(),
            ..Event::new(action, self.provider.now())
        });
        Ok(())
    }
}
