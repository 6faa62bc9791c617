//! The one or two keys of a client, ready to verify a request.

use crate::client::{ClientRecord, KeySlot};
use countersign_core::{
    BadKey, BadSignature, BaseString, PreparedKey, Presented, Secret, SignatureMethod, verify,
};
use std::{fmt, sync::Arc};

/// The keys of a client and a token, ready for one signature method.
#[derive(Clone)]
pub struct PreparedKeys {
    newest: Arc<dyn PreparedKey>,
    previous: Option<Arc<dyn PreparedKey>>,
}

impl PreparedKeys {
    /// Those of a client together with a token secret. A previous key that cannot be used is none.
    ///
    /// # Errors
    ///
    /// [`BadKey`] where the newest key does not fit the method.
    pub fn new(
        client: &ClientRecord,
        token_secret: &Secret,
        method: &dyn SignatureMethod,
    ) -> Result<Self, BadKey> {
        let empty = Secret::empty();
        let newest = method.prepare(&client.key.with_token(token_secret, &empty))?.into();
        let previous = client
            .previous()
            .and_then(|previous| method.prepare(&previous.key.with_token(token_secret, &empty)).ok());
        Ok(Self { newest, previous: previous.map(Into::into) })
    }

    /// What stands for nobody: it costs what a key does, and refuses everything.
    #[must_use]
    pub fn dummy(method: &dyn SignatureMethod) -> Self {
        Self { newest: method.dummy().into(), previous: None }
    }

    /// Which key a request was signed with.
    ///
    /// # Errors
    ///
    /// [`BadSignature`] where it was none of them.
    ///
    /// # Security
    ///
    /// Where there are two, both are tried, whatever the first one says: the time does not tell which it was.
    pub fn verify(&self, presented: &Presented<'_>, base: &BaseString) -> Result<KeySlot, BadSignature> {
        let newest = verify(presented, base, &*self.newest).map(|_| KeySlot::Newest);
        let Some(previous) = &self.previous else { return newest };
        let previous = verify(presented, base, &**previous).map(|_| KeySlot::Previous);
        newest.or(previous)
    }
}

impl fmt::Debug for PreparedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PreparedKeys(***)")
    }
}
