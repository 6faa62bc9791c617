//! The provider itself, and what all its conversations share.

use crate::{
    ambient::{Alphabet, Clock, Random, text, token},
    answer::{Answer, Audience, with_problem},
    audit::{Action, Audit, Event},
    builder::{Builder, Config},
    client_limit::ClientLimit,
    incoming::Incoming,
    observer::Observer,
    rejection::{Problem, Rejection},
    surroundings::Surroundings,
};
use countersign_core::{Origin, ParsedRequest, Presented, RequestView, Timestamp, TokenId, Window};
use countersign_store::{
    ClientRecord, ClientStatus, Freshness, KeySlot, NonceStore, NonceUse, Outcome, PreparedKeys, Store,
    StoreError,
};
use std::{fmt, net::IpAddr, sync::Arc};

/// An OAuth 1.0a provider: the server of [RFC 5849](https://www.rfc-editor.org/rfc/rfc5849). Cheap to clone.
///
/// # Examples
///
/// ```
/// use countersign_provider::Provider;
/// use countersign_store::MemoryStore;
///
/// let provider = Provider::builder("https://photos.example.net") // what clients sign
///     .store(MemoryStore::default().with_client("dpf43f3p2l4k3l03", "kd94hf93k423kf44", "Printer"))
///     .build()?;
/// # Ok::<_, countersign_provider::BuildError>(())
/// ```
#[derive(Clone)]
pub struct Provider(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) nonces: Option<Arc<dyn NonceStore>>,
    pub(crate) audit: Arc<dyn Audit>,
    pub(crate) client_limit: Option<Arc<dyn ClientLimit>>,
    pub(crate) observer: Option<Arc<dyn Observer>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

impl Provider {
    /// Starts to build one; `public_url` is the origin that clients sign.
    pub fn builder(public_url: &str) -> Builder {
        Builder::new(public_url)
    }

    /// The origin that clients sign, with the path that is put before theirs.
    #[must_use]
    pub fn public_url(&self) -> &str {
        self.0.config.reach.public.as_str()
    }

    /// Who sent a request for the authorization page, refused over http unless that is allowed; forwarded headers count
    /// from trusted proxies alone.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] over http, and where headers contradict each other.
    pub fn arrival(&self, incoming: &Incoming<'_>) -> Result<Option<IpAddr>, Rejection> {
        Ok(self.surroundings(incoming, false)?.address)
    }

    /// From which address a request came; forwarded headers count from trusted proxies alone.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] where headers of a trusted proxy contradict each other.
    pub fn address(&self, incoming: &Incoming<'_>) -> Result<Option<IpAddr>, Rejection> {
        Ok(self.0.config.reach.address(incoming)?)
    }

    /// At which origin a request came, of the public one and those that are accepted: a browser keeps its cookies for that one.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] where headers contradict each other.
    pub fn origin_of(&self, incoming: &Incoming<'_>) -> Result<&str, Rejection> {
        Ok(self.0.config.reach.of(incoming)?.origin.as_str())
    }

    /// Whether `origin`, as a browser sends it in `Origin`, is one of this provider's own: for a check against
    /// cross-site requests.
    #[must_use]
    pub fn is_own_origin(&self, origin: &str) -> bool {
        let own = |known: &Arc<Origin>| {
            origin.strip_prefix(known.scheme().as_str()).and_then(|rest| rest.strip_prefix("://"))
                == Some(known.authority())
        };
        own(&self.0.config.reach.public) || self.0.config.reach.accepted.iter().any(own)
    }

    /// Whether the forwarded headers of an address are believed; see [`Builder::trusted_proxy`].
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.0.config.reach.trusts(address)
    }

    /// The value of `WWW-Authenticate` that names a code: for a proxy that passes on no other status than 401.
    #[must_use]
    pub fn challenge(&self, code: &str) -> String {
        with_problem(&self.0.config.challenge, code)
    }

    /// A refusal as an HTTP answer; `accept` is the request's `Accept` field.
    #[must_use]
    pub fn refuse(&self, rejection: &Rejection, audience: Audience, accept: Option<&str>) -> Answer {
        rejection.log();
        let answer = Answer::refusal(rejection.problem(), audience, accept, &self.0.config);
        match rejection.retry_after() {
            Some(seconds) => answer.after(seconds),
            None => answer,
        }
    }

    /// Revokes token credentials, at once on this node.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where it is not known whether it happened.
    pub async fn revoke(&self, id: &TokenId) -> Result<Outcome, StoreError> {
        let now = self.now();
        let outcome = self.0.store.revoke(id, now).await?;
        if outcome == Outcome::Done {
            self.audit(Event { token: Some(id.clone()), ..Event::new(Action::Revoked, now) });
        }
        Ok(outcome)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    pub(crate) fn identifier(&self) -> String {
        token(&*self.0.random, IDENTIFIER)
    }

    pub(crate) fn secret(&self) -> String {
        token(&*self.0.random, SECRET)
    }

    pub(crate) fn typed_code(&self) -> String {
        text(&*self.0.random, TYPED_CODE, Alphabet::Typed)
    }

    pub(crate) fn audit(&self, event: Event) {
        self.0.audit.record(event);
    }

    /// Where the request came from, refused over http unless that is allowed.
    pub(crate) fn surroundings(
        &self,
        incoming: &Incoming<'_>,
        allow_http: bool,
    ) -> Result<Surroundings<'_>, Problem> {
        let found = self.0.config.reach.of(incoming)?;
        if found.secure || allow_http || self.0.config.insecure_http {
            Ok(found)
        } else {
            Err(Problem::InsecureTransport)
        }
    }

    pub(crate) fn parse<'a>(
        &self,
        incoming: &Incoming<'a>,
        origin: &'a Origin,
    ) -> Result<ParsedRequest<'a>, Problem> {
        let mut view = RequestView::new(incoming.method, origin, incoming.path_and_query)
            .max_parameters(self.0.config.max_parameters)
            .form(incoming.body.as_form());
        for field in incoming.all("authorization") {
            view = view.authorization(field);
        }
        Ok(view.parse()?)
    }

    /// The static checks: nothing is loaded for a request that fails them.
    pub(crate) fn present<'r>(
        &self,
        request: &'r ParsedRequest<'_>,
        secure: bool,
    ) -> Result<Presented<'r>, Problem> {
        let presented = request.protocol().present(&self.0.config.methods).map_err(|error| match error {
            countersign_core::ParseError::MethodRejected => self.methods_accepted(None),
            other => other.into(),
        })?;
        if !presented.method.guards_replay() && !secure && !self.0.config.insecure_http {
            return Err(Problem::InsecureTransport);
        }
        Ok(presented)
    }

    /// Which methods would do: all of the provider's, or those that also fit a client.
    pub(crate) fn methods_accepted(&self, client: Option<&ClientRecord>) -> Problem {
        let fits = |method: &&Arc<dyn countersign_core::SignatureMethod>| {
            client.is_none_or(|client| client.accepts(method.name(), method.kind()))
        };
        let names = self.0.config.methods.iter().filter(fits).map(|method| method.name().to_owned());
        Problem::SignatureMethodRejected(names.collect())
    }

    /// The client, if there is one that may use the method; the request is verified to its end in any case.
    pub(crate) fn known<'c>(
        &self,
        client: Option<&'c ClientRecord>,
        presented: &Presented<'_>,
    ) -> Result<&'c ClientRecord, Problem> {
        let client = client.ok_or(Problem::ClientUnknown)?;
        if client.accepts(presented.method.name(), presented.method.kind()) {
            return Ok(client);
        }
        // Under uniform errors a client's own narrowing is not to tell that the client exists.
        let hidden = self.0.config.uniform_errors;
        Err(if hidden { Problem::ClientUnknown } else { self.methods_accepted(Some(client)) })
    }

    /// "Static" in the rule's sense, but a client may have a window of its own: so it is looked at once that is known.
    pub(crate) fn in_window(
        &self,
        window: Window,
        presented: &Presented<'_>,
        now: Timestamp,
    ) -> Result<(), Problem> {
        let Some((timestamp, _)) = presented.stamp else { return Ok(()) };
        if window.contains(now, timestamp) {
            return Ok(());
        }
        let (first, last) = window.bounds(now);
        Err(Problem::TimestampRefused(first, last))
    }

    /// The last step of every conversation: one atomic insert-if-absent, of a client that may call as often.
    ///
    /// It is kept as long as the longest window allows under which it may be looked at again.
    pub(crate) async fn claim_nonce(
        &self,
        client: &ClientRecord,
        presented: &Presented<'_>,
        route: Option<Window>,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<(), Rejection> {
        let limit = self.0.client_limit.as_deref();
        if let Some(seconds) = limit.and_then(|limit| limit.wait(&client.id)) {
            return Err(Problem::RateLimited(seconds).into());
        }
        let count = || limit.into_iter().for_each(|limit| limit.count(&client.id));
        let Some((timestamp, nonce)) = presented.stamp else {
            count();
            return Ok(());
        };
        let used = NonceUse { client: &client.id, token: presented.token, timestamp, nonce };
        let window = route.into_iter().fold(self.window(Some(client)), Window::max);
        let until = window.remembered_until(timestamp);
        let freshness = match &self.0.nonces {
            Some(nonces) => nonces.remember(&used, until, now).await?,
            None => self.0.store.remember(&used, until, now).await?,
        };
        match freshness {
            Freshness::Fresh => {
                count();
                Ok(())
            }
            Freshness::Replayed => {
                let client = Some(client.id.clone());
                self.audit(Event { client, address, ..Event::new(Action::Replayed, now) });
                Err(Problem::NonceUsed.into())
            }
        }
    }

    /// The client's own, or everybody's.
    pub(crate) fn window(&self, client: Option<&ClientRecord>) -> Window {
        client.and_then(|client| client.window).unwrap_or(self.0.config.window)
    }
}

/// Who calls, and from where, for the log of the conversation.
pub(crate) fn tell(presented: &Presented<'_>, address: Option<IpAddr>) {
    let span = tracing::Span::current();
    span.record("client.id", presented.client.as_str());
    span.record("address", address.map(tracing::field::display));
}

/// Which of the keys a request was signed with, or what a client needs to find its mistake.
pub(crate) fn check_signature(
    request: &ParsedRequest<'_>,
    presented: &Presented<'_>,
    keys: &PreparedKeys,
) -> Result<KeySlot, Problem> {
    keys.verify(presented, &request.base_string()).map_err(|_| Problem::SignatureInvalid(covered(request)))
}

/// Method, base string URI and parameter names with where each came from: never a value.
fn covered(request: &ParsedRequest<'_>) -> String {
    // A refusal may cost no more than a request that is let through: one piece of text, written once.
    let mut text = String::with_capacity(512);
    text.push_str("the signature does not hold over method ");
    text.extend(request.method().chars().map(|char| char.to_ascii_uppercase()));
    for part in [", URI ", request.origin().as_str(), request.path(), ", parameters "] {
        text.push_str(part);
    }
    for (index, parameter) in request.parameters().take(NAMES_TOLD).enumerate() {
        let comma = if index > 0 { ", " } else { "" };
        for part in [comma, parameter.name, " (", parameter.source.as_str(), ")"] {
            text.push_str(part);
        }
    }
    let more = request.parameters().len().saturating_sub(NAMES_TOLD);
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text.push_str(": compare each with what the client signed, then both secrets");
    text
}

pub(crate) fn active(client: &ClientRecord) -> Result<(), Problem> {
    if client.status == ClientStatus::Active { Ok(()) } else { Err(Problem::ClientRefused) }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("public_url", &self.public_url())
            .field("methods", &self.0.config.methods)
            .finish_non_exhaustive()
    }
}

/// 24 letters and digits: 142 bits.
const IDENTIFIER: usize = 24;
/// 43 letters and digits: 256 bits.
const SECRET: usize = 43;
/// 10 of 32 characters, for a person to type: 50 bits, five guesses, ten minutes.
const TYPED_CODE: usize = 10;
/// How many names an advice lists.
const NAMES_TOLD: usize = 40;
