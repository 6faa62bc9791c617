//! The way back: told to the backend that answered, for the browser that was asked there, and to nobody else.

use crate::{app::App, ring::Ring};
use countersign_core::{Secret, percent};
use countersign_store::StoreError;

impl App {
    /// Where the browser goes on once its challenge is answered; `actor` is who answered.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where nothing can be sealed.
    ///
    /// # Security
    ///
    /// Whoever began could otherwise have somebody else answer, and go on by themselves: they have the cookie and the
    /// challenge, but not this. It is sealed under the key ring that all nodes share, and bound to the challenge.
    pub(crate) fn way_back(&self, challenge: &str, actor: &str) -> Result<String, StoreError> {
        let ring = self.stores.ring.as_ref().map(Ring::seal);
        let ring = ring.ok_or_else(|| StoreError::unavailable("there is no key ring"))?;
        let code = ring.seal(&row(challenge), &Secret::from(actor)).map_err(StoreError::unavailable)?;
        let (origin, code) = (self.origin_of(challenge), percent::encode(&code));
        Ok(format!("{origin}{}?challenge={}&code={code}", super::PATH, percent::encode(challenge)))
    }

    /// Who answered, if the code is one of that challenge.
    pub(super) fn answered_by(&self, challenge: &str, code: &str) -> Option<Secret> {
        self.stores.ring.as_ref()?.seal().open(&row(challenge), code).ok()
    }
}

/// What a code is sealed for: no other secret stands in a row of that name.
fn row(challenge: &str) -> String {
    format!("way back:{challenge}")
}
