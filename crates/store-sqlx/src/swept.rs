//! What a sweep of expired rows tells.

/// What one sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Swept {
    /// How many rows it deleted.
    pub deleted: u64,
    /// Whether there are more to look at.
    pub more: bool,
}
