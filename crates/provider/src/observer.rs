//! Who is told of every request that was let through: to count them, or to show what is still used.

use crate::protect::VerifiedRequest;
use countersign_core::Timestamp;
use countersign_store::{ClientRecord, KeySlot};

/// Takes note of requests that were let through. It must not block and must not fail a request.
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
    /// Takes note of a request for a protected resource.
    fn verified(&self, request: &VerifiedRequest, now: Timestamp);

    /// Takes note of a signed request for temporary or token credentials; by default of none.
    ///
    /// A client that does no more than walk the dance uses its key as well: who removes a key because nothing uses it must know.
    fn asked(&self, request: &CredentialRequest<'_>, now: Timestamp) {
        let _ = (request, now);
    }
}

/// A request for temporary or token credentials, verified and its nonce claimed ([RFC 5849 §2.1], [§2.3]).
///
/// [RFC 5849 §2.1]: https://www.rfc-editor.org/rfc/rfc5849#section-2.1
/// [§2.3]: https://www.rfc-editor.org/rfc/rfc5849#section-2.3
#[derive(Clone, Copy, Debug)]
pub struct CredentialRequest<'r> {
    pub(crate) client: &'r ClientRecord,
    pub(crate) key: KeySlot,
    pub(crate) method: &'r str,
}

impl CredentialRequest<'_> {
    /// Who signed.
    #[must_use]
    pub fn client(&self) -> &ClientRecord {
        self.client
    }

    /// Which of the client's keys verified the signature.
    #[must_use]
    pub fn key(&self) -> KeySlot {
        self.key
    }

    /// The signature method.
    #[must_use]
    pub fn signature_method(&self) -> &str {
        self.method
    }
}
