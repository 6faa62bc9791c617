//! What each page is given, by example: what a page looks like with it is in `tests/snapshots`, and what
//! `countersign templates check` proves an override with.

mod account;
mod administered_accounts;
mod administered_applications;
mod administered_log;
mod administration;
mod developers;
mod visitors;

use serde_json::{Map, Value};

/// A page with values as a handler gives them.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    /// Of which template.
    pub(crate) template: &'static str,
    /// Which of its cases.
    pub(crate) case: &'static str,
    pub(crate) values: Value,
    /// Whether our own script may run on it.
    pub(crate) has_script: bool,
}

/// Every page in its ordinary cases, each with every value that the page knows.
pub(crate) fn all() -> Vec<Sample> {
    let mut all = [
        visitors::samples(),
        account::samples(),
        developers::samples(),
        administration::samples(),
        administered_accounts::samples(),
        administered_applications::samples(),
        administered_log::samples(),
    ]
    .concat();
    let known = all.clone();
    for sample in &mut all {
        for other in known.iter().filter(|other| other.template == sample.template) {
            let (values, others) = (sample.values.as_object_mut(), other.values.as_object());
            let (Some(values), Some(others)) = (values, others) else { continue };
            for key in others.keys() {
                values.entry(key).or_insert(Value::Null);
            }
        }
    }
    all
}

fn sample(template: &'static str, case: &'static str, values: Value) -> Sample {
    Sample { template, case, values, has_script: false }
}

impl Sample {
    /// The same with nothing in it: no text, nothing in a list, no number above zero. What it says stays.
    pub(crate) fn empty(&self) -> Self {
        Self { case: "empty", values: changed(&self.values, &|_| String::new(), true), ..self.clone() }
    }

    /// The same with this text wherever a text is.
    pub(crate) fn hostile(&self, text: &str) -> Self {
        Self { case: "hostile", values: changed(&self.values, &|_| text.to_owned(), false), ..self.clone() }
    }
}

fn changed(value: &Value, text: &dyn Fn(&str) -> String, emptied: bool) -> Value {
    match value {
        Value::String(known) => text(known).into(),
        Value::Array(_) if emptied => Value::Array(Vec::new()),
        Value::Array(list) => list.iter().map(|value| changed(value, text, emptied)).collect(),
        Value::Object(map) => {
            let pairs = map.iter().map(|(key, value)| match key.as_str() {
                // The name of a message and a problem's code are the page's own.
                "$text" | "code" => (key.clone(), value.clone()),
                _ => (key.clone(), changed(value, text, emptied)),
            });
            Value::Object(pairs.collect::<Map<_, _>>())
        }
        Value::Number(_) if emptied => 0.into(),
        Value::Bool(_) if emptied => false.into(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests;
