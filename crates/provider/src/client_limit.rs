//! How often a client may call: asked by every conversation, counted by whoever is given.

use countersign_core::ClientId;

/// Limits how often each client may call. It must not block.
///
/// # Security
///
/// [`wait`](Self::wait) is asked under a valid signature alone, and before the nonce is claimed: a stranger learns and changes
/// nothing, and a request that is refused may be sent again. [`count`](Self::count) comes after the claim, so that a replay
/// spends nothing of its client's. Requests at the same time may all pass in between: count them all, and let later ones wait.
///
/// # Examples
///
/// ```
/// use countersign_core::ClientId;
/// use countersign_provider::{ClientLimit, Provider};
/// use countersign_store::MemoryStore;
///
/// /// Nobody calls while the house is closed.
/// struct Closed;
///
/// impl ClientLimit for Closed {
///     fn wait(&self, _: &ClientId) -> Option<u64> {
///         Some(3600)
///     }
///
///     fn count(&self, _: &ClientId) {}
/// }
///
/// let provider = Provider::builder("https://photos.example.net").store(MemoryStore::default()).client_limit(Closed).build()?;
/// # Ok::<_, countersign_provider::BuildError>(())
/// ```
pub trait ClientLimit: Send + Sync {
    /// Seconds until the client may call again; `None` where it may now. Nothing is counted.
    fn wait(&self, client: &ClientId) -> Option<u64>;

    /// Counts a request that was let through.
    fn count(&self, client: &ClientId);
}
