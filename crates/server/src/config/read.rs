//! The two sources: a file, whose errors name their line, and the environment, whose errors name their variable.

use super::{Config, config_error, told};
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
            Error::Listen { key, .. } => key,
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
                let part = part.trim_matches('"');
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
    let table = whole.map_err(|error| mistake(path, &text, &error))?;
    Ok((table, Source { file: Some((path.into(), text)), winners: Vec::new() }))
}

/// What is wrong with the file: where, which key, and what stands there.
fn mistake(path: &Path, text: &str, error: &toml::de::Error) -> Error {
    let span = error.span().unwrap_or_default();
    let line = text.get(..span.start).unwrap_or_default().matches('\n').count() + 1;
    let place = format!("{}:{line}", path.display());
    let (key, is_table) = key_at(text, line);
    if error.message() == "duplicate key" {
        let key = if is_table { format!("[{key}]") } else { key };
        return config_error(&place, &format!("{key} is there already, further up: keep one of the two"));
    }
    let said = told::plain(error.message());
    let name = key.rsplit('.').next().unwrap_or_default();
    let entry = text.get(span).filter(|entry| entry.len() < 60 && !entry.contains('\n') && !is_table);
    let entry = entry.unwrap_or_default();
    let named = if name.is_empty() || said.contains(name) { String::new() } else { format!("{key}: ") };
    let shown = if named.is_empty() || entry.is_empty() || said.contains(entry.trim_matches('"')) {
        String::new()
    } else {
        format!("{entry}: ")
    };
    config_error(&place, &[&named, &shown, &*said, told::hint(&key, &said)].concat())
}

/// What is wrong with a variable's value, in the words of the type that it should have become.
pub(super) fn bad_value(variable: &str, key: &str, value: &str, message: &str) -> Error {
    let said = told::plain(message);
    let shown = if said.contains(value) { String::new() } else { format!("\"{value}\": ") };
    config_error(variable, &[&shown, &*said, told::hint(&key.to_ascii_lowercase(), &said)].concat())
}

/// The key that a line belongs to, its table in front, and whether it is the table's own line.
fn key_at(text: &str, line: usize) -> (String, bool) {
    let table = |line: &str| {
        let name = line.trim_start().strip_prefix('[').filter(|rest| !rest.contains('"'))?;
        Some(name.trim_start_matches('[').split(']').next()?.trim().to_owned())
    };
    let mut upwards = text.lines().take(line).collect::<Vec<_>>().into_iter().rev().peekable();
    if let Some(table) = upwards.peek().and_then(|line| table(line)) {
        return (table, true);
    }
    let Some(name) = upwards
        .by_ref()
        .take_while(|line| table(line).is_none())
        .find_map(|line| line.split_once('='))
        .map(|(name, _)| name.trim())
    else {
        return (String::new(), false);
    };
    let table = upwards.find_map(table);
    (table.map_or_else(|| name.to_owned(), |table| format!("{table}.{name}")), false)
}

/// Puts one environment variable where it belongs, as the type that its default has.
pub(super) fn variable(table: &mut Table, variable: &str, key: &str, value: &str) -> Result<(), Error> {
    // OK because the default configuration is plain data
    let defaults = Table::try_from(Config::default()).unwrap_or_default();
    let key = key.to_ascii_lowercase();
    if let Some(told) = alone_in_the_file(&key) {
        return Err(config_error(variable, told));
    }
    let (place, name, default) =
        if let Some(default) = defaults.get(&key).filter(|default| !default.is_table()) {
            (table, key.as_str(), default)
        } else {
            let unknown = || no_such_key(variable, &key, &defaults);
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

/// How a key is set that holds tables, or is below one that does.
fn alone_in_the_file(key: &str) -> Option<&'static str> {
    let is_at =
        |alone: &str| key.strip_prefix(alone).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'));
    IN_THE_FILE_ALONE.iter().find(|(alone, _)| is_at(alone)).map(|(_, told)| *told)
}

/// That a variable is no key's, and which one it was probably meant for.
fn no_such_key(variable: &str, key: &str, defaults: &Table) -> Error {
    let keys = defaults.iter().flat_map(|(name, value)| match value {
        Value::Table(inner) => inner.keys().map(|rest| format!("{name}_{rest}")).collect(),
        _ => vec![name.clone()],
    });
    let keys: Vec<String> = keys.collect();
    let meant = told::nearest(key, keys.iter().map(String::as_str));
    let meant = meant.map(|known| format!(": did you mean {PREFIX}{}?", known.to_ascii_uppercase()));
    let told = format!("no such key{} `countersign config init` lists them", meant.as_deref().unwrap_or(";"));
    config_error(variable, &told)
}

/// Keys that hold tables, which no variable can.
const IN_THE_FILE_ALONE: [(&str, &str); 3] = [
    ("route", "routes are set in the file alone, each as a [[route]]"),
    ("sign_in_oidc", "issuers are set in the file alone, each as a [[sign_in.oidc]]"),
    ("scopes", "scopes are set in the file alone, below [scopes], such as photos = \"See your photos\""),
];
const PREFIX: &str = "COUNTERSIGN_";
/// Variables that are no keys of the file.
const RESERVED: [&str; 4] = ["API_KEY", "CONFIG", "KEYS", "REMOTE"];
