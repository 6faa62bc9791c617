//! The form above a list that says which of its rows to show.

use super::asked::Asked;
use serde::Serialize;

/// A field of it, for the macro `filter` of `admin/parts.html`.
#[derive(Serialize)]
pub(super) struct Filter {
    name: &'static str,
    label: &'static str,
    value: String,
    /// What can be chosen, each as its value and in words; empty for a text that is typed.
    choices: Vec<(&'static str, &'static str)>,
}

impl Filter {
    /// A text that is typed.
    pub(super) fn text(asked: &Asked, name: &'static str, label: &'static str) -> Self {
        Self::choice(asked, name, label, &[])
    }

    /// One of a few, or any.
    pub(super) fn choice(
        asked: &Asked,
        name: &'static str,
        label: &'static str,
        choices: &[(&'static str, &'static str)],
    ) -> Self {
        let value = asked.text(name).unwrap_or_default().to_owned();
        Self { name, label, value, choices: choices.to_vec() }
    }
}
