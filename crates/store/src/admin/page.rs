//! A part of a long list.

/// Which part of a long list to read, the newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// At most so many.
    pub limit: u32,
    /// Only those with a smaller number, the last one of the page before; `None` for the first page.
    pub before: Option<i64>,
}

impl Page {
    /// The first page, of `limit` at most.
    #[must_use]
    pub const fn first(limit: u32) -> Self {
        Self { limit, before: None }
    }

    /// The smallest number that is not on it; there is none above the largest integer.
    #[must_use]
    pub fn bound(self) -> i64 {
        self.before.unwrap_or(i64::MAX)
    }
}
