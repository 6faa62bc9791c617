//! What is to be said, before it is known in which language: a message and its arguments.

use super::{
    language::{Language, Unsaid},
    markup::{code, escaped},
};
use fluent_bundle::{FluentArgs, FluentValue};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// A message by its name, with its arguments. Among the values of a page it becomes words when the page is rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    id: Cow<'static, str>,
    arguments: Map<String, Value>,
}

/// The message of that name in `locales/`.
pub(crate) fn text(id: impl Into<Cow<'static, str>>) -> Text {
    Text { id: id.into(), arguments: Map::new() }
}

impl Text {
    /// Gives it a number, by which it may choose its words too.
    #[must_use]
    pub(crate) fn number(self, name: &str, number: u64) -> Self {
        self.with(name, number.into())
    }

    /// Gives it what a machine reads: an address, a code. It is marked as such.
    #[must_use]
    pub(crate) fn code(self, name: &str, text: &str) -> Self {
        self.with(name, json!({ CODE: text }))
    }

    /// Gives it other text.
    #[must_use]
    pub(crate) fn word(self, name: &str, text: &str) -> Self {
        self.with(name, text.into())
    }

    /// Gives it another message.
    #[must_use]
    pub(crate) fn text(self, name: &str, text: &Self) -> Self {
        self.with(name, json!(text))
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.arguments.insert(name.into(), value);
        self
    }

    /// The one that an object among a page's values stands for, if it does.
    pub(crate) fn of(values: &Map<String, Value>) -> Option<Self> {
        let id = values.get(ID)?.as_str()?.to_owned();
        let arguments = values.get(WITH)?.as_object()?.clone();
        Some(Self { id: id.into(), arguments })
    }

    /// Its name.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// In a language, as HTML.
    ///
    /// # Errors
    ///
    /// As [`Language::say`].
    pub(crate) fn in_language(&self, language: &Language) -> Result<String, Unsaid> {
        let mut arguments = FluentArgs::new();
        for (name, value) in &self.arguments {
            let inner = value.as_object().and_then(Self::of);
            let inner = inner.map(|text| text.in_language(language)).transpose()?;
            arguments.set(name.as_str(), inner.map_or_else(|| argument(value), FluentValue::from));
        }
        language.say(&self.id, &arguments)
    }
}

impl From<&'static str> for Text {
    fn from(id: &'static str) -> Self {
        text(id)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry(ID, &self.id)?;
        map.serialize_entry(WITH, &self.arguments)?;
        map.end()
    }
}

fn argument(value: &Value) -> FluentValue<'static> {
    let marked = value.get(CODE).and_then(Value::as_str).map(escaped);
    match (marked, value.as_u64()) {
        (Some(text), _) => code(&text).into(),
        (None, Some(number)) => number.into(),
        (None, None) => escaped(value.as_str().unwrap_or_default()).into_owned().into(),
    }
}

/// No key that a page's values have.
const ID: &str = "$text";
const WITH: &str = "$with";
const CODE: &str = "$code";
