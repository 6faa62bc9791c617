//! What is done by command, for the audit log: by whom, as the operating system has it.

use super::{Place, block_on, output};
use crate::{administration::Actor, audit::Event, error::Error, names::hides, stores::Stores};
use countersign_core::ClientId;
use countersign_store::AuditEntry;
use std::fs;

/// Something that a command did.
pub(super) fn did(event: Event) -> AuditEntry {
    who().did(event)
}

/// Who did it.
pub(super) fn who() -> Actor {
    Actor::new(actor(), None)
}

/// The same, to a client.
pub(super) fn on_client(event: Event, id: &ClientId) -> AuditEntry {
    AuditEntry { client: Some(id.clone()), ..did(event) }
}

/// The same, to an account.
pub(super) fn on_account(event: Event, name: &str) -> AuditEntry {
    AuditEntry { owner: Some(name.into()), ..did(event) }
}

/// The same, with what else there is to say in words of ours: no secret.
pub(super) fn telling(event: Event, detail: String) -> AuditEntry {
    AuditEntry { detail: Some(detail), ..did(event) }
}

/// Records what changed no database, in the one that is configured.
pub(super) fn note(place: &Place, entry: AuditEntry) {
    match place.stores() {
        Ok(stores) => record(&stores, entry),
        Err(error) => missing(&entry.event, &error),
    }
}

/// Records it. It has happened: where it cannot be recorded, that is told, and the command has succeeded all the same.
pub(super) fn record(stores: &Stores, entry: AuditEntry) {
    let event = entry.event.clone();
    stores.rows.append_audit(vec![entry]);
    if let Err(error) = block_on(async { Ok(stores.rows.flush().await?) }) {
        missing(&event, &error);
    }
}

fn missing(event: &str, error: &Error) {
    output::complain(format_args!("done, but the audit log does not have the event {event}: {error}"));
}

/// Who runs the command.
///
/// # Security
///
/// A name that somebody can choose, as in `USER`, is not asked for; what `sudo` says is believed where root runs the command.
pub(super) fn actor() -> String {
    let Some(user) = user() else { return "command line".into() };
    let behind = std::env::var("SUDO_USER").ok().filter(|_| user == "root").filter(|name| is_plain(name));
    match behind {
        Some(behind) => format!("command line ({user}, by sudo of {behind})"),
        None => format!("command line ({user})"),
    }
}

/// The name of this process's user, or its number where it has none.
#[cfg(unix)]
fn user() -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let number = fs::metadata("/proc/self").ok()?.uid().to_string();
    let known = fs::read_to_string("/etc/passwd").unwrap_or_default();
    Some(named(&known, &number).unwrap_or(number))
}

#[cfg(not(unix))]
fn user() -> Option<String> {
    None
}

/// Who has that number in `/etc/passwd`.
fn named(known: &str, number: &str) -> Option<String> {
    let name = known.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == number).then_some(name)
    })?;
    is_plain(name).then(|| name.to_owned())
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.len() <= LONGEST && !name.chars().any(hides)
}

/// Bytes of a user's name.
const LONGEST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_named_by_number_and_never_by_what_hides() {
        let known = "root:x:0:0:root:/root:/bin/sh\njane:x:1000:1000::/srv:/bin/sh\nev\u{202e}il:x:7:7::/:\n";
        assert_eq!(named(known, "1000").as_deref(), Some("jane"));
        assert_eq!(named(known, "100"), None);
        assert_eq!(named(known, "7"), None);
        assert_eq!(named("", "0"), None);
    }
}
