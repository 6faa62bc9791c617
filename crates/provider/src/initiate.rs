//! Temporary credentials ([RFC 5849 §2.1]).
//!
//! [RFC 5849 §2.1]: https://www.rfc-editor.org/rfc/rfc5849#section-2.1

use crate::{
    answer::Answer,
    audit::{Action, Event},
    callback,
    incoming::Incoming,
    observer::CredentialRequest,
    provider::{Provider, active, check_signature, tell},
    rejection::{Problem, Rejection},
};
use countersign_core::{ParsedRequest, Presented, Secret, TemporaryId, Timestamp};
use countersign_store::{Callback, ClientRecord, KeySlot, PreparedKeys, TemporaryRecord, TemporaryState};

impl Provider {
    /// Issues temporary credentials to a client that names where the answer goes.
    ///
    /// # Errors
    ///
    /// A [`Rejection`]; nothing has changed anywhere.
    #[tracing::instrument(level = "debug", target = "countersign::rejection", name = "countersign.initiate", skip_all, fields(client.id, address))]
    pub async fn initiate(&self, incoming: &Incoming<'_>) -> Result<Answer, Rejection> {
        self.initiated(incoming).await.map_err(Rejection::logged)
    }

    async fn initiated(&self, incoming: &Incoming<'_>) -> Result<Answer, Rejection> {
        self.endpoint_method(incoming)?;
        let surroundings = self.surroundings(incoming, false)?;
        let request = self.parse(incoming, surroundings.origin)?;
        let presented = self.present(&request, surroundings.secure)?;
        tell(&presented, surroundings.address);
        let named = request.protocol().callback().ok_or(Problem::ParametersAbsent(vec!["oauth_callback"]))?;
        if presented.token.is_some() {
            return Err(Problem::ParameterRejected(
                Some("oauth_token"),
                "there is none yet at this step".into(),
            )
            .into());
        }

        let client = self.0.store.client(&presented.client).await?;
        let now = self.now();
        let (client, key, callback) =
            self.decide_initiate(client.as_ref(), &request, &presented, named, now)?;

        let record = self.temporary(client, callback, scopes(client, self.asked_for(&request)?), now)?;
        self.claim_nonce(client, &presented, None, surroundings.address, now).await?;
        self.observe(client, key, &presented, now);
        self.0.store.create(&record, now).await?;
        self.audit(Event {
            client: Some(client.id.clone()),
            address: surroundings.address,
            ..Event::new(Action::Initiated, now)
        });
        Ok(Answer::form(&[
            ("oauth_token", record.id.as_str()),
            ("oauth_token_secret", record.secret.expose()),
            ("oauth_callback_confirmed", "true"),
        ]))
    }

    fn decide_initiate<'c>(
        &self,
        client: Option<&'c ClientRecord>,
        request: &ParsedRequest<'_>,
        presented: &Presented<'_>,
        named: &str,
        now: Timestamp,
    ) -> Result<(&'c ClientRecord, KeySlot, Callback), Problem> {
        let known = self.known(client, presented);
        let empty = Secret::empty();
        let keys = prepare(presented, known.as_ref().ok().map(|client| (*client, &empty)));
        let signature = check_signature(request, presented, &keys);
        self.in_window(self.window(known.as_ref().ok().copied()), presented, now)?;
        let client = known?;
        let key = signature?;
        active(client)?;
        let callback = callback::check(client, named).map_err(Problem::CallbackRejected)?;
        Ok((client, key, callback))
    }

    /// `scope`, from any of the three places; the realm if so configured.
    fn asked_for(&self, request: &ParsedRequest<'_>) -> Result<Option<Vec<String>>, Problem> {
        let mut named = request.parameters().filter(|parameter| parameter.name == "scope");
        let asked = match (named.next(), named.next()) {
            (Some(_), Some(_)) => {
                return Err(Problem::ParameterRejected(Some("scope"), "it is given more than once".into()));
            }
            (Some(scope), None) => Some(
                String::from_utf8(scope.decoded_value().into_owned())
                    .map_err(|_| Problem::ParameterRejected(Some("scope"), "it is not UTF-8".into()))?,
            ),
            (None, _) if self.0.config.scope_from_realm => request.realm(),
            (None, _) => None,
        };
        Ok(asked.map(|asked| asked.split_ascii_whitespace().map(Into::into).collect()))
    }

    fn temporary(
        &self,
        client: &ClientRecord,
        callback: Callback,
        scopes: Vec<String>,
        now: Timestamp,
    ) -> Result<TemporaryRecord, Problem> {
        Ok(TemporaryRecord {
            id: TemporaryId::new(&self.identifier()).map_err(|_| Problem::StoreUnavailable)?,
            secret: self.secret().into(),
            client: client.id.clone(),
            callback,
            scopes,
            expires: now.plus(self.0.config.temporary_life),
            state: TemporaryState::Pending,
        })
    }

    /// Tells the observer that the client asked for credentials, with that key.
    pub(crate) fn observe(&self, client: &ClientRecord, key: KeySlot, by: &Presented<'_>, now: Timestamp) {
        let request = CredentialRequest { client, key, method: by.method.name() };
        self.0.observer.iter().for_each(|observer| observer.asked(&request, now));
    }

    /// POST, or GET where clients of the 1.0a era are let in.
    pub(crate) fn endpoint_method(&self, incoming: &Incoming<'_>) -> Result<(), Problem> {
        match incoming.method {
            "POST" => Ok(()),
            "GET" if self.0.config.get_endpoints => Ok(()),
            _ if self.0.config.get_endpoints => Err(Problem::MethodNotAllowed("GET, POST".into())),
            _ => Err(Problem::MethodNotAllowed("POST".into())),
        }
    }
}

/// What the client may not ask is dropped; asking for nothing means its defaults.
fn scopes(client: &ClientRecord, asked: Option<Vec<String>>) -> Vec<String> {
    let Some(mut asked) = asked.filter(|asked| !asked.is_empty()) else {
        return client.default_scopes.clone();
    };
    asked.retain(|scope| client.scopes.contains(scope));
    asked.sort_unstable();
    asked.dedup();
    asked
}

/// Keys for one use, outside the hot path: of a client and a secret, or a dummy.
pub(crate) fn prepare(presented: &Presented<'_>, known: Option<(&ClientRecord, &Secret)>) -> PreparedKeys {
    known
        .and_then(|(client, secret)| PreparedKeys::new(client, secret, &*presented.method).ok())
        .unwrap_or_else(|| PreparedKeys::dummy(&*presented.method))
}
