//! The two sources: a file, whose errors name their line, and the environment, whose errors name their variable.

use super::{Config, config_error};
use crate::error::Error;
use countersign_provider::BuildError;
use std::path::{Path, PathBuf};
use toml::{
    Table, Value,
    de::{DeTable, DeValue},
};

/// Where a configuration was read from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    file: Option<(PathBuf, String)>,
    /// What won over the file: by what, and which key of it.
    winners: Vec<(String, String)>,
}

impl Source {
    /// Says of a key that something wins over the file, so that no line of it is blamed.
    pub(crate) fn overridden(&mut self, by: &str, key: &str) {
        self.winners.push((by.into(), key.replace('.', "_").to_ascii_lowercase()));
    }

    /// The same error, with the line, the variable or the flag that it is about.
    pub(super) fn located(&self, error: Error) -> Error {
        let key = match &error {
            Error::Config { place, .. } | Error::Away { place, .. } => place.as_str(),
            Error::Provider(BuildError::InsecureOrigin(_) | BuildError::BadOrigin { .. }) => "public_url",
            Error::Provider(BuildError::NoMethod) => "signature_methods",
            Error::Provider(BuildError::BadRealm) => "realm",
            _ => return error,
        };
        let winner = self.winners.iter().rev().find(|(_, known)| *known == key.replace('.', "_"));
        let place = match (winner, &self.file) {
            (Some((by, _)), _) => by.clone(),
            (None, Some((path, text))) => match line_of(text, key) {
                Some(line) => format!("{}:{line}", path.display()),
                None => return error,
            },
            (None, None) => return error,
        };
        match error {
            Error::Away { .. } => Error::Away { place, message: error.to_string() },
            error => config_error(&place, &error.to_string()),
        }
    }
}

/// The line on which a key stands, such as `limits.form` or `route.1.path`; of its table where it stands nowhere itself.
fn line_of(text: &str, key: &str) -> Option<usize> {
    let root = DeTable::parse(text).ok()?.into_inner();
    let mut parts = key.split('.');
    let first = parts.next()?;
    let (name, mut value) = root.iter().find(|(name, _)| name.get_ref() == first)?;
    let mut at = name.span().start;
    for part in parts {
        match value.get_ref() {
            DeValue::Table(table) => {
                let Some((name, inner)) = table.iter().find(|(name, _)| name.get_ref() == part) else {
                    break;
                };
                (at, value) = (name.span().start, inner);
            }
            DeValue::Array(array) => {
                let Some(inner) = part.parse::<usize>().ok().and_then(|index| array.get(index)) else {
                    break;
                };
                (at, value) = (inner.span().start, inner);
            }
            _ => break,
        }
    }
    Some(text.get(..at)?.matches('\n').count() + 1)
}

/// The key that an environment variable stands for.
pub(super) fn key(variable: &str) -> Option<&str> {
    variable.strip_prefix(PREFIX).filter(|key| !RESERVED.contains(key))
}

pub(super) fn file(path: &Path) -> Result<(Table, Source), Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::File { path: path.into(), source })?;
    // Into the type first: only then does an error know its line.
    let whole = toml::from_str::<Config>(&text).and_then(|_| toml::from_str(&text));
    let located = whole.map_err(|error| {
        let span = error.span().unwrap_or_default();
        let before = text.get(..span.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let (key, said) = (key_at(&text, line), told(error.message()));
        let name = key.rsplit('.').next().unwrap_or_default();
        let entry =
            text.get(span).filter(|entry| entry.len() < 60 && !entry.contains('\n')).unwrap_or_default();
        let named = if name.is_empty() || said.contains(name) { String::new() } else { format!("{key}: ") };
        let shown = if named.is_empty() || entry.is_empty() || said.contains(entry.trim_matches('"')) {
            String::new()
        } else {
            format!("{entry}: ")
        };
        config_error(&format!("{}:{line}", path.display()), &[&named, &shown, &*said, hint(&key)].concat())
    });
    Ok((located?, Source { file: Some((path.into(), text)), winners: Vec::new() }))
}

/// What is wrong with a variable's value, in the words of the type that it should have become.
pub(super) fn bad_value(variable: &str, key: &str, value: &str, message: &str) -> Error {
    let said = told(message);
    let shown = if said.contains(value) { String::new() } else { format!("\"{value}\": ") };
    config_error(variable, &[&shown, &*said, hint(&key.to_ascii_lowercase())].concat())
}

/// The key that a line belongs to, its table in front.
fn key_at(text: &str, line: usize) -> String {
    let mut upwards = text.lines().take(line).collect::<Vec<_>>().into_iter().rev();
    let is_table = |line: &str| line.trim_start().starts_with('[') && !line.contains('"');
    let Some(name) = upwards
        .by_ref()
        .take_while(|line| !is_table(line))
        .find_map(|line| line.split_once('='))
        .map(|(name, _)| name.trim())
    else {
        return String::new();
    };
    let table = upwards.find(|line| is_table(line)).map(|line| line.trim().trim_matches(['[', ']']));
    table.map_or_else(|| name.to_owned(), |table| format!("{table}.{name}"))
}

fn told(message: &str) -> String {
    message
        .replace("expected usize", "expected a whole number from 0 on")
        .replace("expected u64", "expected a whole number from 0 on")
        .replace(
            "missing field `policy`",
            "a [[route]] without `policy` is reachable for nobody: add policy = { token = \"required\" }, or what it asks for",
        )
}

/// What a value looks like, where its type's own words do not say so.
fn hint(key: &str) -> &'static str {
    match key {
        "listen" => "; write an address and a port, such as 127.0.0.1:8080",
        "route" => "; write [[route]], since there may be several",
        "scopes" | "route.scopes" | "route.policy.scopes" | "methods" | "route.methods" => {
            "; write a list, such as [\"photos\"]"
        }
        "trusted_proxies" => "; write networks, such as 10.0.0.0/8, and one address as 127.0.0.1/32",
        _ => "",
    }
}

/// Puts one environment variable where it belongs, as the type that its default has.
pub(super) fn variable(table: &mut Table, variable: &str, key: &str, value: &str) -> Result<(), Error> {
    // OK because the default configuration is plain data
    let defaults = Table::try_from(Config::default()).unwrap_or_default();
    let key = key.to_ascii_lowercase();
    if let Some((_, told)) = IN_THE_FILE_ALONE.iter().find(|(alone, _)| *alone == key) {
        return Err(config_error(variable, told));
    }
    let (place, name, default) =
        if let Some(default) = defaults.get(&key).filter(|default| !default.is_table()) {
            (table, key.as_str(), default)
        } else {
            let unknown = || config_error(variable, "no such key; `countersign config init` lists them");
            let nested = defaults.iter().filter_map(|(name, inner)| Some((name, inner.as_table()?)));
            let find = |(name, inner): (&String, &'_ Table)| {
                let rest = key.strip_prefix(name.as_str())?.strip_prefix('_')?;
                inner.contains_key(rest).then(|| (name.clone(), rest.len()))
            };
            let (section, length) = nested.into_iter().find_map(find).ok_or_else(unknown)?;
            let name = &key[key.len() - length..];
            let default = &defaults[&section][name];
            let inner = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
            (inner.as_table_mut().ok_or_else(unknown)?, name, default)
        };
    let bad = |what: &str| config_error(variable, &format!("must be {what}"));
    let value = match default {
        Value::Boolean(_) => Value::Boolean(value.parse().map_err(|_| bad("true or false"))?),
        Value::Integer(_) => Value::Integer(value.parse().map_err(|_| bad("a whole number"))?),
        Value::Array(_) => value
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(Value::from)
            .collect::<Vec<_>>()
            .into(),
        _ => Value::from(value),
    };
    place.insert(name.to_owned(), value);
    Ok(())
}

/// Keys that hold tables, which no variable can.
const IN_THE_FILE_ALONE: [(&str, &str); 2] = [
    ("route", "routes are set in the file alone, each as a [[route]]"),
    ("sign_in_oidc", "issuers are set in the file alone, each as a [[sign_in.oidc]]"),
];
const PREFIX: &str = "COUNTERSIGN_";
/// Variables that are no keys of the file.
const RESERVED: [&str; 4] = ["API_KEY", "CONFIG", "KEYS", "REMOTE"];
