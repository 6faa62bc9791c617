//! Whether a callback would be accepted from an application, and why: the provider's own rule is asked.

use countersign_provider::callback;
use countersign_store::{Callback, ClientRecord};
use std::fmt;

/// What lets a callback in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LetsIn<'a> {
    /// The application may show a code to type in.
    OutOfBand,
    /// A registered callback, whatever the query.
    Same(&'a str),
    /// A registered prefix.
    Below(&'a str),
    /// What is registered, all together.
    Registered,
}

/// As programs are told, in English.
impl fmt::Display for LetsIn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfBand => f.write_str("this application may show a code to type in"),
            Self::Same(url) => write!(f, "it is the same as the callback {url}, whatever its query"),
            Self::Below(url) => write!(f, "it lies below {url}"),
            Self::Registered => f.write_str("it is registered"),
        }
    }
}

/// Why it is accepted, or why it is refused; each registered callback is tried alone to find the one that lets it in.
pub(crate) fn verdict<'a>(client: &'a ClientRecord, url: &str) -> Result<LetsIn<'a>, &'static str> {
    if callback::check(client, url)? == Callback::OutOfBand {
        return Ok(LetsIn::OutOfBand);
    }
    let lets_in = |callbacks: &[String], prefixes: &[String]| {
        let (callbacks, callback_prefixes) = (callbacks.to_vec(), prefixes.to_vec());
        callback::check(&ClientRecord { callbacks, callback_prefixes, ..client.clone() }, url).is_ok()
    };
    let named = client.callbacks.iter().find(|one| lets_in(std::slice::from_ref(*one), &[]));
    let below = client.callback_prefixes.iter().find(|one| lets_in(&[], std::slice::from_ref(*one)));
    Ok(match (named, below) {
        (Some(named), _) => LetsIn::Same(named),
        (None, Some(below)) => LetsIn::Below(below),
        (None, None) => LetsIn::Registered,
    })
}
