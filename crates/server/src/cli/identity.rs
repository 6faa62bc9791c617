//! `countersign user identities`, `connect` and `disconnect`: who an account is elsewhere.

use super::{administration::Administration, output};
use crate::{
    admin_api::identities::{New, Shown},
    error::Error,
    rfc3339,
};
use clap::Args;
use countersign_core::Timestamp;
use serde_json::json;

/// An account and an identity of it.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// Whose
    name: String,
    /// Who says so, as `issuer` of `[[sign_in.oidc]]` has it
    #[arg(long, value_name = "URL")]
    issuer: String,
    /// Whom they mean: the claim `sub`
    #[arg(long)]
    subject: String,
}

pub(super) fn list(at: &dyn Administration, name: &str, json: bool) -> Result<(), Error> {
    at.identities(name)?.iter().try_for_each(|identity| print(identity, json))
}

pub(super) fn connect(at: &dyn Administration, which: Which) -> Result<(), Error> {
    let (name, identity) = which.parts();
    at.connect(&name, identity)?;
    output::line(format_args!("connected {name}"))
}

pub(super) fn disconnect(at: &dyn Administration, which: Which) -> Result<(), Error> {
    let (name, identity) = which.parts();
    at.disconnect(&name, &identity)?;
    output::line(format_args!("disconnected {name}"))
}

impl Which {
    fn parts(self) -> (String, New) {
        (self.name, New { issuer: self.issuer, subject: self.subject })
    }
}

fn print(shown: &Shown, json: bool) -> Result<(), Error> {
    if json {
        return output::line(json!(shown));
    }
    let [issuer, subject] = [&shown.issuer, &shown.subject].map(|text| output::plain(text));
    let since = rfc3339::machine(Timestamp::from_seconds(shown.created));
    output::line(format_args!("{issuer}  {subject}  since {since}"))
}

pub(super) fn is_connected() -> Error {
    Error::Refused("that identity is connected already, with this account or with another one".into())
}

pub(super) fn no_such(name: &str) -> Error {
    Error::Refused(format!("{name} has no such identity: `countersign user identities {name}` lists them"))
}

pub(super) const EXAMPLES: &str = "\
Examples:
  countersign user connect jane --issuer https://id.example.com --subject 248289761001
  countersign user disconnect jane --issuer https://id.example.com --subject 248289761001";
