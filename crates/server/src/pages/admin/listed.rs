//! Lists, a page at a time.

use super::asked::{Asked, SHOWN};

/// A page of a list, and where its next one is.
pub(super) struct Listed<R> {
    pub(super) rows: Vec<R>,
    /// The address of what follows, below the base; `None` on the last page.
    pub(super) older: Option<String>,
}

impl<R> Listed<R> {
    /// What was found with one more than is shown. `cursor` is the field that says where to go on, `place` what it says.
    pub(super) fn of(
        mut found: Vec<R>,
        asked: &Asked,
        path: &str,
        cursor: &str,
        place: impl Fn(&R) -> String,
    ) -> Self {
        let shown = SHOWN as usize;
        let more = found.len() > shown;
        found.truncate(shown);
        let last = found.last().filter(|_| more);
        let older = last.map(|last| asked.link(path, cursor, &place(last)));
        Self { rows: found, older }
    }
}
