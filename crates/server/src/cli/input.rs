//! Secrets from standard input or a terminal: never from an argument, which every process can read.

use crate::{error::Error, password::SHORTEST};
use countersign_core::Secret;
use std::io::{IsTerminal, Read, Write};

/// The first line of standard input.
pub(super) fn from_stdin(what: &str) -> Result<Secret, Error> {
    let mut text = String::new();
    let read = std::io::stdin().take(64 << 10).read_to_string(&mut text);
    read.map_err(|error| Error::Refused(format!("standard input, where the {what} should be: {error}")))?;
    // Some editors put a mark at the start of a file that is no part of its text.
    let line = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let line = line.strip_suffix('\n').unwrap_or(line);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        return Err(Error::Refused(format!("no {what} on standard input")));
    }
    if line.contains('\n') {
        return Err(Error::Refused(format!("more than one line on standard input: a {what} is one line")));
    }
    Ok(Secret::from(line))
}

/// A new password: asked for twice on a terminal, or read from standard input.
pub(super) fn password(from_standard_input: bool) -> Result<Secret, Error> {
    let password = if from_standard_input {
        from_stdin("password")?
    } else if std::io::stdin().is_terminal() {
        let (first, second) =
            (ask(&format!("Password, {SHORTEST} characters or more: "))?, ask("Once more: ")?);
        if !first.matches(second.expose()) {
            return Err(Error::Refused("the two passwords differ".into()));
        }
        first
    } else {
        return Err(Error::Refused(
            "there is no terminal to ask on: pipe the password in with --password-stdin".into(),
        ));
    };
    if password.expose().chars().count() < SHORTEST {
        return Err(Error::Refused(format!("a password has at least {SHORTEST} characters")));
    }
    Ok(password)
}

fn ask(prompt: &str) -> Result<Secret, Error> {
    let mut out = std::io::stderr().lock();
    out.write_all(prompt.as_bytes()).and_then(|()| out.flush())?;
    drop(out);
    Ok(Secret::from(rpassword::read_password()?))
}
