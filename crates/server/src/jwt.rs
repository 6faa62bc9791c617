//! Who called, as a signed and short-lived JWT ([RFC 7519](https://www.rfc-editor.org/rfc/rfc7519)), for an upstream that
//! need not trust the network in between.
//!
//! ```text
//!   countersign jwt rotate ─▶ key file ─▶ Signer ─▶ sign(…): X-OAuth-Identity
//!                                           └─────▶ /.well-known/jwks.json
//! ```

mod claims;
mod file;
mod key;
mod keys;

pub(crate) use file::{change, place, read};
pub(crate) use key::Algorithm;
pub(crate) use keys::State;

use crate::{
    app::App,
    config::{Config, Jwt},
    error::Error,
    stamp::{Stamp, stamp},
};
use axum::{
    extract::State as From,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use claims::Claims;
use countersign_core::Timestamp;
use countersign_provider::{Clock, System, VerifiedRequest};
use key::Key;
use keys::Keys;
use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

/// Signs identity JWTs, and publishes what verifies them.
///
/// # Security
///
/// A token names the caller to whoever holds it, for as long as it lives: its `aud` says whose it is. It holds identifiers
/// and scopes, never a secret. It has no `Debug`, as little as the keys that it holds.
pub struct Signer {
    issuer: String,
    life: u64,
    algorithm: Algorithm,
    path: PathBuf,
    keys: RwLock<Arc<Keys>>,
    /// The second in which the file was last looked at.
    looked: AtomicU64,
    seen: Mutex<Option<Stamp>>,
}

impl Signer {
    /// Opens the key file, and makes it where it is not there; `None` where `identity.jwt` is empty.
    ///
    /// # Errors
    ///
    /// [`Error`] for a file that cannot be read or made, is open to others, or holds no keys.
    pub fn open(config: &Config) -> Result<Option<Self>, Error> {
        let Some(algorithm) = config.identity.jwt.algorithm() else {
            return Ok(None);
        };
        let path = place(config)?;
        if !read(&path)?.is_some_and(|keys| keys.has(algorithm)) {
            make(&path, algorithm)?;
        }
        let seen = stamp(&path);
        let keys = usable(&path, algorithm)?;
        Ok(Some(Self {
            issuer: config.public_url(),
            life: config.identity.jwt_life,
            algorithm,
            path,
            keys: RwLock::new(Arc::new(keys)),
            looked: AtomicU64::new(0),
            seen: Mutex::new(seen),
        }))
    }

    /// A token that tells `audience`, the upstream, who called.
    ///
    /// # Errors
    ///
    /// [`CannotSign`] if the cryptographic library fails.
    ///
    /// # Security
    ///
    /// `sub` is the resource owner, or the client where there is no token: only `token_id` tells the two apart, so an
    /// upstream that serves resource owners must ask for it.
    pub fn sign(
        &self,
        verified: &VerifiedRequest,
        audience: &str,
        now: Timestamp,
    ) -> Result<String, CannotSign> {
        let claims = Claims::of(verified, &self.issuer, audience, now, self.life);
        let claims = serde_json::to_vec(&claims).map_err(|_| CannotSign)?;
        let keys = self.keys(now);
        let key = keys.signing(self.algorithm, now).ok_or(CannotSign)?;
        key.sign(&claims).map_err(|_| CannotSign)
    }

    /// The public halves of all keys, as a JWK set.
    #[must_use]
    pub fn jwks(&self, now: Timestamp) -> String {
        self.keys(now).published().to_owned()
    }

    /// The keys as the file has them, looked at once a second at most: one call to the system, and a read only of what changed.
    fn keys(&self, now: Timestamp) -> Arc<Keys> {
        if self.looked.swap(now.seconds(), Ordering::Relaxed) != now.seconds() {
            match self.look() {
                Some(Ok(())) => tracing::info!("read the changed keys of identity JWTs"),
                Some(Err(error)) => {
                    tracing::warn!(%error, "the keys of identity JWTs cannot be read: those of before stay");
                }
                None => {}
            }
        }
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes the keys of a file that has changed since it was last looked at; `None` where it has not.
    fn look(&self) -> Option<Result<(), Error>> {
        // Who does not get it leaves the work to the one who has it.
        let mut seen = self.seen.try_lock().ok()?;
        let found = stamp(&self.path);
        if *seen == found {
            return None;
        }
        // A broken file too, so that it is told once.
        *seen = found;
        Some(usable(&self.path, self.algorithm).map(|keys| {
            *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
        }))
    }
}

impl Jwt {
    /// What signs, if anything does.
    pub(crate) fn algorithm(self) -> Option<Algorithm> {
        match self {
            Self::Off => None,
            Self::EdDsa => Some(Algorithm::EdDsa),
            Self::Es256 => Some(Algorithm::Es256),
        }
    }
}

/// A token could not be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an identity JWT cannot be signed")]
pub struct CannotSign;

/// `GET /.well-known/jwks.json`.
pub(crate) async fn published(From(app): From<App>) -> Response {
    let Some(signer) = &app.signer else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let fields = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "public, max-age=60")];
    (fields, signer.jwks(System.now())).into_response()
}

fn make(path: &Path, algorithm: Algorithm) -> Result<(), Error> {
    let now = System.now();
    change(path, |keys| {
        // Another process may have been first.
        if !keys.has(algorithm) {
            let kid = rotated(keys, algorithm, now, 0)?.kid.clone();
            let file = path.display();
            tracing::warn!("made key {kid} in {file}: it signs identity JWTs; keep it to this machine");
        }
        Ok(())
    })
}

/// Puts a new key in front.
pub(crate) fn rotated(
    keys: &mut Keys,
    algorithm: Algorithm,
    now: Timestamp,
    grace: u64,
) -> Result<&Key, Error> {
    keys.rotate(algorithm, now, grace).map_err(|_| Error::Refused("a key cannot be made".into()))
}

/// The keys of a file, if one of them can sign.
fn usable(path: &Path, algorithm: Algorithm) -> Result<Keys, Error> {
    let lacks = |what: String| Error::File { path: path.into(), source: io::Error::other(what) };
    let keys = read(path)?.ok_or_else(|| lacks("it is gone".into()))?;
    if keys.has(algorithm) {
        return Ok(keys);
    }
    Err(lacks(format!("there is no key for {} in it", algorithm.name())))
}

#[cfg(test)]
mod tests;

/// Where verifiers find the public keys.
pub(crate) const PUBLISHED_AT: &str = "/.well-known/jwks.json";
/// Seconds for which a new key is published before it signs: verifiers keep the key set for a minute, and some for five.
pub(crate) const GRACE: u64 = 600;
