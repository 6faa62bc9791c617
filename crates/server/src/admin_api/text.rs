//! Texts that people read and filters that programs send, within bounds.

use super::problem::Problem;
use crate::names;
use countersign_core::{Secret, Timestamp};
use countersign_provider::{System, token};

/// A filter or a name to look for.
pub(super) fn filter(field: &str, given: Option<String>) -> Result<Option<String>, Problem> {
    given.map(|text| short(field, text)).transpose()
}

/// 255 bytes without control characters: a database may refuse the rest, or cut it.
pub(super) fn short(field: &str, text: String) -> Result<String, Problem> {
    if text.len() > 255 || text.contains(char::is_control) {
        return Err(Problem::malformed("255 bytes at most, without control characters").about(field));
    }
    Ok(text)
}

/// The secret that was sent, or a new one.
pub(super) fn secret(field: &str, given: Option<String>) -> Result<Secret, Problem> {
    let Some(text) = given else { return Ok(token(&System, 43).into()) };
    if text.is_empty() || text.len() > 1000 || text.contains(char::is_control) {
        return Err(Problem::invalid(field, "1 to 1000 bytes without control characters"));
    }
    Ok(text.into())
}

/// A text of so many bytes, in lines.
pub(super) fn prose(field: &str, text: &str, most: usize) -> Result<(), Problem> {
    if text.len() > most || names::obscures_lines(text) {
        let what = last(field);
        let told = format!("{what} has {most} bytes at most, and no characters that hide or turn others");
        return Err(Problem::invalid(field, told));
    }
    Ok(())
}

/// A list of so many texts of so many bytes.
pub(super) fn list(field: &str, texts: &[String], most: usize, bytes: usize) -> Result<(), Problem> {
    if texts.len() > most || texts.iter().any(|text| text.len() > bytes) {
        return Err(Problem::invalid(
            field,
            format!("{}: {most} at most, of {bytes} bytes each", last(field)),
        ));
    }
    Ok(())
}

/// A field's own name, for whoever reads the sentence without it, as a command does.
fn last(field: &str) -> &str {
    field.rsplit('.').next().unwrap_or(field)
}

/// What a check says, about that field.
pub(super) fn checked<T>(field: &str, result: Result<T, crate::error::Error>) -> Result<T, Problem> {
    result.map_err(|error| Problem::invalid(field, error.to_string()))
}

/// Unix seconds that a database can hold.
pub(super) fn time(field: &str, seconds: Option<u64>) -> Result<Option<Timestamp>, Problem> {
    match seconds {
        Some(seconds) if seconds > 1 << 40 => Err(Problem::malformed("Unix seconds").about(field)),
        other => Ok(other.map(Timestamp::from_seconds)),
    }
}
