//! What is wrong with a form, field by field.

use crate::words::Text;
use serde::Serialize;
use std::collections::BTreeMap;

/// A message for each field that cannot stay as it is.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub(in crate::pages) struct Faults(BTreeMap<&'static str, Text>);

impl Faults {
    /// Notes what is wrong with a field, unless something was before.
    pub(in crate::pages) fn note(&mut self, field: &'static str, wrong: impl Into<Text>) {
        self.0.entry(field).or_insert_with(|| wrong.into());
    }

    pub(in crate::pages) fn check(&mut self, field: &'static str, holds: bool, wrong: &'static str) {
        if !holds {
            self.note(field, wrong);
        }
    }

    pub(in crate::pages) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
