//! Who is told of every request that was let through: to count them, or to show what is still used.

use crate::protect::VerifiedRequest;
use countersign_core::Timestamp;

/// Takes note of requests for protected resources. It must not block and must not fail a request.
///
/// # Security
///
/// It is told once a request is verified and its nonce claimed: neither a stranger nor a replay gets a word in.
///
/// # Examples
///
/// ```
/// use countersign_core::Timestamp;
/// use countersign_provider::{Observer, Provider, VerifiedRequest};
/// use countersign_store::MemoryStore;
///
/// /// Tells which clients have not left HMAC-SHA1 yet.
/// struct Stragglers;
///
/// impl Observer for Stragglers {
///     fn verified(&self, request: &VerifiedRequest, _: Timestamp) {
///         if request.signature_method() == "HMAC-SHA1" {
///             println!("{}", request.client().name);
///         }
///     }
/// }
///
/// let provider = Provider::builder("https://photos.example.net").store(MemoryStore::default()).observer(Stragglers).build()?;
/// # Ok::<_, countersign_provider::BuildError>(())
/// ```
pub trait Observer: Send + Sync {
    /// Takes note of one.
    fn verified(&self, request: &VerifiedRequest, now: Timestamp);
}
