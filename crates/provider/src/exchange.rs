//! Temporary credentials for token credentials, once ([RFC 5849 §2.3]).
//!
//! [RFC 5849 §2.3]: https://www.rfc-editor.org/rfc/rfc5849#section-2.3

use crate::{
    answer::Answer,
    audit::{Action, Event},
    incoming::Incoming,
    initiate::prepare,
    provider::{Provider, active, check_signature, tell},
    rejection::{Problem, Rejection},
};
use countersign_core::{ParsedRequest, Presented, TemporaryId, Timestamp, TokenId};
use countersign_store::{
    ClientRecord, Grant, KeySlot, Outcome, TemporaryRecord, TemporaryState, TokenRecord, TokenStatus,
};
use std::net::IpAddr;

/// What the facts come to, and with which key of the client they were signed.
struct Facts<'r> {
    client: &'r ClientRecord,
    temporary: &'r TemporaryRecord,
    key: KeySlot,
    decision: Decision<'r>,
}

/// What is done on them.
enum Decision<'r> {
    /// Everything holds: redeem.
    Redeem(&'r Grant),
    /// All but the verifier holds: claim the nonce, and count.
    WrongVerifier,
}

impl Provider {
    /// Redeems granted temporary credentials for token credentials.
    ///
    /// # Errors
    ///
    /// A [`Rejection`]; nothing has changed anywhere, but that a wrong verifier under a valid signature claims its nonce and
    /// is counted: the fifth one destroys the temporary credentials.
    #[tracing::instrument(level = "debug", target = "countersign::rejection", name = "countersign.exchange", skip_all, fields(client.id, address))]
    pub async fn exchange(&self, incoming: &Incoming<'_>) -> Result<Answer, Rejection> {
        self.exchanged(incoming).await.map_err(Rejection::logged)
    }

    async fn exchanged(&self, incoming: &Incoming<'_>) -> Result<Answer, Rejection> {
        self.endpoint_method(incoming)?;
        let surroundings = self.surroundings(incoming, false)?;
        let request = self.parse(incoming, surroundings.origin)?;
        let presented = self.present(&request, surroundings.secure)?;
        tell(&presented, surroundings.address);
        let (id, verifier) = required(&request, &presented)?;

        let client = self.0.store.client(&presented.client).await?;
        let temporary = self.0.store.temporary(&id).await?;
        let facts = (client.as_ref(), temporary.as_ref());
        let now = self.now();
        let Facts { client, temporary, key, decision } =
            self.decide_exchange(facts, &request, &presented, verifier, now)?;

        self.claim_nonce(client, &presented, None, surroundings.address, now).await?;
        self.observe(client, key, &presented, now);
        match decision {
            Decision::WrongVerifier => Err(self.count(client, &id, surroundings.address, now).await?.into()),
            Decision::Redeem(grant) => self.redeem(client, temporary, grant, surroundings.address, now).await,
        }
    }

    fn decide_exchange<'c>(
        &self,
        (client, temporary): (Option<&'c ClientRecord>, Option<&'c TemporaryRecord>),
        request: &ParsedRequest<'_>,
        presented: &Presented<'_>,
        verifier: &str,
        now: Timestamp,
    ) -> Result<Facts<'c>, Problem> {
        let known = self.known(client, presented).and_then(|client| {
            let mine = temporary.filter(|temporary| temporary.client == client.id);
            Ok((client, mine.ok_or(Problem::TokenRejected)?))
        });
        let of_both = known.as_ref().ok().map(|(client, temporary)| (*client, &temporary.secret));
        let signature = check_signature(request, presented, &prepare(presented, of_both));
        self.in_window(self.window(known.as_ref().ok().map(|(client, _)| *client)), presented, now)?;
        let (client, temporary) = known?;
        let key = signature?;
        active(client)?;
        if temporary.expires <= now {
            return Err(Problem::TokenExpired);
        }
        let decision = match &temporary.state {
            TemporaryState::Pending => return Err(Problem::PermissionUnknown),
            TemporaryState::Denied => return Err(Problem::UserRefused),
            TemporaryState::Granted(grant) if grant.verifier.matches(&temporary.id, verifier) => {
                Decision::Redeem(grant)
            }
            TemporaryState::Granted(_) => Decision::WrongVerifier,
        };
        Ok(Facts { client, temporary, key, decision })
    }

    async fn count(
        &self,
        client: &ClientRecord,
        id: &TemporaryId,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Problem, Rejection> {
        let count = self.0.store.count_wrong_verifier(id, MOST_WRONG_VERIFIERS, now).await?;
        if count >= MOST_WRONG_VERIFIERS {
            let client = Some(client.id.clone());
            self.audit(Event { client, address, ..Event::new(Action::Guessed, now) });
        }
        Ok(Problem::VerifierInvalid)
    }

    async fn redeem(
        &self,
        client: &ClientRecord,
        temporary: &TemporaryRecord,
        grant: &Grant,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Answer, Rejection> {
        let record = TokenRecord {
            id: TokenId::new(&self.identifier()).map_err(|_| Problem::StoreUnavailable)?,
            secret: self.secret().into(),
            client: client.id.clone(),
            owner: grant.owner.clone(),
            scopes: temporary.scopes.clone(),
            issued: now,
            expires: self.0.config.token_life.map(|life| now.plus(life)),
            status: TokenStatus::Active,
        };
        if self.0.store.redeem(&temporary.id, &record, now).await? == Outcome::Refused {
            return Err(Problem::TokenRejected.into());
        }
        self.audit(Event {
            client: Some(client.id.clone()),
            owner: Some(grant.owner.clone()),
            token: Some(record.id.clone()),
            address,
            ..Event::new(Action::Issued, now)
        });
        Ok(Answer::form(&[
            ("oauth_token", record.id.as_str()),
            ("oauth_token_secret", record.secret.expose()),
        ]))
    }
}

/// An absent verifier is 400 in every state; an empty one is a wrong one.
fn required<'r>(
    request: &'r ParsedRequest<'_>,
    presented: &Presented<'_>,
) -> Result<(TemporaryId, &'r str), Problem> {
    let (token, verifier) = (presented.token, request.protocol().verifier());
    let missing = [("oauth_token", token.is_none()), ("oauth_verifier", verifier.is_none())];
    let (Some(token), Some(verifier)) = (token, verifier) else {
        return Err(Problem::ParametersAbsent(
            missing.iter().filter(|(_, absent)| *absent).map(|(name, _)| *name).collect(),
        ));
    };
    let id = TemporaryId::new(token).map_err(|bad| Problem::rejected("oauth_token", bad.into()))?;
    Ok((id, verifier))
}

/// After so many the temporary credentials are destroyed.
const MOST_WRONG_VERIFIERS: u32 = 5;
