//! The rows of a file, one at a time: a file may be longer than memory.

use super::{Format, row::Row};
use crate::error::Error;
use serde_json::{Map, Value};
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

/// Rows with their lines.
pub(super) enum Source {
    Jsonl { lines: BufReader<Box<dyn Read>>, line: u64 },
    Csv { rows: csv::StringRecordsIntoIter<Box<dyn Read>>, names: Vec<String> },
}

impl Source {
    /// Opens a file, or standard input by the name `-`.
    ///
    /// # Errors
    ///
    /// [`Error`] for a file that cannot be read, and for one whose name does not say how it is written.
    pub(super) fn open(path: &Path, format: Option<Format>) -> Result<Self, Error> {
        let format = format.or_else(|| match path.extension()?.to_str()? {
            "jsonl" | "ndjson" => Some(Format::Jsonl),
            "csv" => Some(Format::Csv),
            _ => None,
        });
        let format = format.ok_or_else(|| {
            Error::Refused(format!("{}: say how it is written, by --format jsonl or csv", path.display()))
        })?;
        let failed = |source| Error::File { path: path.into(), source };
        let reader: Box<dyn Read> = if path == Path::new("-") {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(path).map_err(failed)?)
        };
        Ok(match format {
            Format::Jsonl => Self::Jsonl { lines: BufReader::with_capacity(BUFFER, reader), line: 0 },
            Format::Csv => {
                let mut reader = csv::ReaderBuilder::new().buffer_capacity(BUFFER).from_reader(reader);
                let names = reader.headers().map_err(|error| failed(error.into()))?;
                let names = names.iter().map(|name| name.trim().to_owned()).collect();
                Self::Csv { rows: reader.into_records(), names }
            }
        })
    }
}

impl Iterator for Source {
    type Item = (u64, Result<Row, String>);

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Jsonl { lines, line } => loop {
                let mut text = Vec::new();
                *line += 1;
                match lines.take(LONGEST).read_until(b'\n', &mut text) {
                    Ok(0) => return None,
                    Ok(read) if read as u64 == LONGEST => {
                        return Some((*line, Err("is longer than a MiB".into())));
                    }
                    Ok(_) if text.trim_ascii().is_empty() => {}
                    Ok(_) => {
                        return Some((*line, serde_json::from_slice(&text).map_err(|error| told(&error))));
                    }
                    Err(error) => return Some((*line, Err(error.to_string()))),
                }
            },
            Self::Csv { rows, names } => {
                let row = rows.next()?;
                let line = rows.reader().position().line();
                Some(match row {
                    Ok(row) => (row.position().map_or(line, csv::Position::line), parsed(names, &row)),
                    Err(error) => (line, Err(error.to_string())),
                })
            }
        }
    }
}

/// The same row as an object: what is empty is not there.
fn parsed(names: &[String], row: &csv::StringRecord) -> Result<Row, String> {
    let mut object = Map::new();
    for (name, text) in names.iter().zip(row).filter(|(_, text)| !text.is_empty()) {
        let number = || text.parse().map(Value::Number).map_err(|_| format!("{name}: `{text}` is no number"));
        let value = match name.as_str() {
            "callbacks" | "callback_prefixes" | "methods" | "scopes" => text.split_whitespace().collect(),
            "admin" | "disabled" | "allow_oob" | "two_legged" | "allow_small_key" => {
                Value::Bool(text.parse().map_err(|_| format!("{name}: `{text}` is neither true nor false"))?)
            }
            "created" | "issued" | "expires" | "window" => number()?,
            _ => text.into(),
        };
        object.insert(name.clone(), value);
    }
    serde_json::from_value(Value::Object(object)).map_err(|error| told(&error))
}

/// Without serde's own place, which counts within the row, and without a value, which may be a secret's.
fn told(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or(&text);
    match text.strip_prefix("invalid ").and_then(|rest| rest.split_once(", expected ")) {
        Some((_, expected)) => format!("a value is of the wrong kind: expected {expected}"),
        None => text.to_owned(),
    }
}

const BUFFER: usize = 256 << 10;
/// A line of JSON.
const LONGEST: u64 = 1 << 20;
