//! `countersign user invite`, `invitations` and `uninvite`.

use super::{Place, block_on, output};
use crate::{
    config::SignUp,
    error::Error,
    names,
    session::{LENGTH, hash},
    sign_up,
};
use countersign_provider::{Clock, System, token};
use countersign_store::{Invitation, Outcome, Page, StoredInvitation};
use serde_json::json;

/// Makes one and shows its link, which nobody can be shown again.
pub(super) fn invite(place: &Place, note: &str, days: u32, json: bool) -> Result<(), Error> {
    if note.len() > LONGEST_NOTE || note.chars().any(names::hides) {
        return Err(Error::Refused("a note is 255 bytes of visible characters at most".into()));
    }
    let config = place.read()?;
    if config.sign_up != SignUp::Invitation {
        output::complain(
            "nobody can use an invitation yet: set sign_up = \"invitation\" in the configuration",
        );
    }
    let rows = place.stores_or_made()?.rows;
    let (code, now) = (token(&System, LENGTH), System.now());
    let invitation = Invitation {
        code_hash: hash(&code),
        made_by: None,
        note: note.into(),
        created: now,
        expires: now.plus(u64::from(days) * DAY),
    };
    block_on(async { Ok(rows.add_invitation(&invitation).await?) })?;
    let link = sign_up::link(&config, &code);
    if json {
        output::line(json!({ "link": link, "code": code, "expires": invitation.expires.seconds() }))
    } else {
        output::line(format_args!("link, shown this once and good for one account  {link}"))
    }
}

/// Lists them; never their codes.
pub(super) fn list(place: &Place, json: bool) -> Result<(), Error> {
    let rows = place.stores()?.rows;
    let mut page = Page::first(PAGE);
    loop {
        let stored = block_on(async { Ok(rows.invitations(page).await?) })?;
        stored.iter().try_for_each(|stored| print(stored, json))?;
        match stored.last() {
            Some(last) if stored.len() == PAGE as usize => page.before = Some(last.record),
            _ => return Ok(()),
        }
    }
}

fn print(stored: &StoredInvitation, json: bool) -> Result<(), Error> {
    let invitation = &stored.invitation;
    if json {
        return output::line(json!({
            "record": stored.record, "note": invitation.note, "made_by": invitation.made_by, "created": invitation.created.seconds(),
            "expires": invitation.expires.seconds(), "redeemed_by": stored.redeemed_by,
        }));
    }
    let state = match &stored.redeemed_by {
        Some(account) => format!("used by {account}"),
        None if invitation.expires <= System.now() => "has ended".into(),
        None => "open".into(),
    };
    output::line(format_args!("{}  {state}  {}", stored.record, invitation.note))
}

/// Takes one back.
pub(super) fn withdraw(place: &Place, record: i64) -> Result<(), Error> {
    let rows = place.stores()?.rows;
    match block_on(async { Ok(rows.withdraw_invitation(record).await?) })? {
        Outcome::Done => output::line(format_args!("withdrew invitation {record}")),
        Outcome::Refused => Err(Error::Refused(format!(
            "there is no open invitation {record}: `countersign user invitations` lists them"
        ))),
    }
}

const DAY: u64 = 86_400;
const LONGEST_NOTE: usize = 255;
/// Rows that are read at a time.
const PAGE: u32 = 1000;
