//! A signature method that counts.

use countersign_core::{
    BadKey, BadSignature, BaseString, HmacSha1, KeyKind, Keys, PreparedKey, Signature, SignatureMethod,
};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// `HMAC-SHA1`, counted.
pub(crate) struct Counting(pub(crate) Counts);

#[derive(Clone, Default)]
pub(crate) struct Counts(Arc<AtomicUsize>);

impl Counts {
    pub(crate) fn verified(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

struct Counted(Box<dyn PreparedKey>, Counts);

impl SignatureMethod for Counting {
    fn name(&self) -> &str {
        SignatureMethod::name(&HmacSha1)
    }

    fn kind(&self) -> KeyKind {
        HmacSha1.kind()
    }

    fn prepare(&self, keys: &Keys<'_>) -> Result<Box<dyn PreparedKey>, BadKey> {
        Ok(Box::new(Counted(HmacSha1.prepare(keys)?, self.0.clone())))
    }
}

impl PreparedKey for Counted {
    fn verify(&self, base: &BaseString, signature: &Signature<'_>) -> Result<(), BadSignature> {
        self.1.0.fetch_add(1, Ordering::SeqCst);
        self.0.verify(base, signature)
    }
}
