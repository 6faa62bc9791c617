//! The form above a list that says which of its rows to show.

use super::asked::Asked;
use crate::words::{Text, text};
use serde::Serialize;

/// A field of it, for the macro `filter` of `admin/parts.html`.
#[derive(Serialize)]
pub(super) struct Filter {
    name: &'static str,
    label: Text,
    value: String,
    /// What can be chosen, each as its value and in words; empty for a text that is typed.
    choices: Vec<(&'static str, Text)>,
    /// What may be typed, beside anything else.
    suggestions: &'static [&'static str],
    /// Whether it is a day.
    is_day: bool,
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
        let choices = choices.iter().map(|(value, told)| (*value, text(*told)));
        Self { name, label: text(label), value, choices: choices.collect(), suggestions: &[], is_day: false }
    }

    /// One of these, or another word that is typed.
    pub(super) fn suggested(
        asked: &Asked,
        name: &'static str,
        label: &'static str,
        suggestions: &'static [&'static str],
    ) -> Self {
        Self { suggestions, ..Self::text(asked, name, label) }
    }

    /// A day.
    pub(super) fn day(asked: &Asked, name: &'static str, label: &'static str) -> Self {
        Self { is_day: true, ..Self::text(asked, name, label) }
    }
}
