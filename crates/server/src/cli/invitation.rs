//! `countersign user invite`, `invitations` and `uninvite`.

use super::{administration::Administration, output};
use crate::{
    admin_api::invitations::{New, Shown},
    error::Error,
};
use countersign_provider::{Clock, System};
use serde_json::json;

/// Makes one and shows its link, which nobody can be shown again.
pub(super) fn invite(at: &dyn Administration, note: String, days: u32, json: bool) -> Result<(), Error> {
    let made = at.invite(New { note, days })?;
    made.warnings.iter().for_each(output::complain);
    if json {
        output::line(json!({ "link": made.link, "code": made.code, "expires": made.expires }))
    } else {
        output::line(format_args!("link, shown this once and good for one account  {}", made.link))
    }
}

/// Lists them; never their codes.
pub(super) fn list(at: &dyn Administration, json: bool) -> Result<(), Error> {
    at.invitations(&mut |invitation| print(&invitation, json))
}

fn print(invitation: &Shown, json: bool) -> Result<(), Error> {
    let Shown { number, note, made_by, created, expires, redeemed_by } = invitation;
    if json {
        return output::line(json!({
            "record": number, "note": note, "made_by": made_by, "created": created, "expires": expires, "redeemed_by": redeemed_by,
        }));
    }
    let state = match redeemed_by {
        Some(account) => format!("used by {account}"),
        None if *expires <= System.now().seconds() => "has ended".into(),
        None => "open".into(),
    };
    output::line(format_args!("{number}  {state}  {note}"))
}

/// Takes one back.
pub(super) fn withdraw(at: &dyn Administration, number: i64) -> Result<(), Error> {
    at.withdraw(number)?;
    output::line(format_args!("withdrew invitation {number}"))
}

pub(super) fn not_open(number: i64) -> Error {
    Error::Refused(format!("there is no open invitation {number}: `countersign user invitations` lists them"))
}
