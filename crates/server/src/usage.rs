//! Who used what, and when: noted in memory as requests are verified, written in batches every few seconds.
//!
//! A batch that cannot be written is lost, and that is said: it tells what is in use, and the next request tells it again.

use countersign_core::{ClientId, Timestamp, TokenId};
use countersign_provider::{CredentialRequest, Observer, VerifiedRequest};
use countersign_store::{AdminStore, ClientRecord, ClientUsage, KeySlot, TokenUse, UsageBatch};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Notes what is used until it is written. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Usage(Arc<Mutex<Seen>>);

/// What was seen since the last batch.
#[derive(Default)]
struct Seen {
    /// Few for each client: one of each method and key.
    clients: HashMap<ClientId, Vec<ClientUsage>>,
    tokens: HashMap<TokenId, Timestamp>,
}

impl Observer for Usage {
    fn verified(&self, request: &VerifiedRequest, now: Timestamp) {
        let token = request.token().map(|token| &token.id);
        self.note_by(request.client(), request.key(), request.signature_method(), token, now);
    }

    fn asked(&self, request: &CredentialRequest<'_>, now: Timestamp) {
        self.note_by(request.client(), request.key(), request.signature_method(), None, now);
    }
}

impl Usage {
    fn note_by(
        &self,
        client: &ClientRecord,
        key: KeySlot,
        method: &str,
        token: Option<&TokenId>,
        now: Timestamp,
    ) {
        // OK because a key that verified a request is there
        let since = client.since(key).unwrap_or(client.key_since);
        self.note(&client.id, since, method, token, now);
    }

    fn note(
        &self,
        client: &ClientId,
        since: Timestamp,
        method: &str,
        token: Option<&TokenId>,
        now: Timestamp,
    ) {
        // OK because what is noted stays whole even if a thread panics while it holds the lock
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.client(client, since, method, now);
        if let Some(token) = token {
            seen.token(token, now);
        }
    }

    /// Writes what was noted.
    pub(crate) async fn flush(&self, rows: &dyn AdminStore) {
        let seen = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if seen.clients.is_empty() {
            return;
        }
        if let Err(error) = rows.add_usage(seen.into()).await {
            tracing::warn!(%error, cause = std::error::Error::source(&error).map(tracing::field::display), "what was used of late is not noted");
        }
    }

    /// Writes what was noted, again and again.
    pub(crate) async fn keep_flushing(self, rows: Arc<dyn AdminStore>) {
        loop {
            tokio::time::sleep(EVERY).await;
            self.flush(&*rows).await;
        }
    }
}

impl Seen {
    /// Clones nothing for a client that was seen since the last batch.
    fn client(&mut self, client: &ClientId, since: Timestamp, method: &str, now: Timestamp) {
        if !self.clients.contains_key(client) {
            self.clients.insert(client.clone(), Vec::new());
        }
        let Some(usages) = self.clients.get_mut(client) else { return };
        match usages.iter_mut().find(|usage| usage.key_since == since && usage.method == method) {
            Some(usage) => {
                usage.last_used = usage.last_used.max(now);
                usage.requests += 1;
            }
            None => usages.push(ClientUsage {
                client: client.clone(),
                key_since: since,
                method: method.into(),
                first_used: now,
                last_used: now,
                requests: 1,
            }),
        }
    }

    fn token(&mut self, token: &TokenId, now: Timestamp) {
        if let Some(last) = self.tokens.get_mut(token) {
            *last = now.max(*last);
        } else if self.tokens.len() < MOST {
            // Beyond that it is noted when it is used after the next batch.
            self.tokens.insert(token.clone(), now);
        }
    }
}

impl From<Seen> for UsageBatch {
    fn from(seen: Seen) -> Self {
        let used = |(token, last_used)| TokenUse { token, last_used };
        Self {
            clients: seen.clients.into_values().flatten().collect(),
            tokens: seen.tokens.into_iter().map(used).collect(),
        }
    }
}

/// How old what is shown may be.
const EVERY: Duration = Duration::from_secs(5);
/// Token credentials that one batch tells of: some megabytes.
const MOST: usize = 50_000;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    #[test]
    fn uses_add_up_by_client_key_and_method() {
        let usage = Usage::default();
        let (printer, token) = (ClientId::new("printer").unwrap(), TokenId::new("token").unwrap());
        for later in [3, 1] {
            usage.note(&printer, NOW, "HMAC-SHA1", Some(&token), NOW.plus(later));
        }
        usage.note(&printer, NOW.plus(1), "HMAC-SHA1", None, NOW.plus(9));
        usage.note(&printer, NOW, "HMAC-SHA256", None, NOW.plus(2));

        let batch = UsageBatch::from(std::mem::take(&mut *usage.0.lock().unwrap()));
        let told: Vec<_> = batch.clients.iter().map(|usage| (&*usage.method, usage.requests)).collect();
        assert_eq!(told, [("HMAC-SHA1", 2), ("HMAC-SHA1", 1), ("HMAC-SHA256", 1)]);
        assert_eq!(batch.clients[0].last_used, NOW.plus(3), "time does not go back");
        assert_eq!(batch.tokens, [TokenUse { token, last_used: NOW.plus(3) }]);
    }

    #[test]
    fn tokens_in_their_millions_are_bounded() {
        let mut seen = Seen::default();
        for number in 0..2 * MOST {
            seen.token(&TokenId::new(&number.to_string()).unwrap(), NOW);
        }
        assert_eq!(seen.tokens.len(), MOST);
    }
}
