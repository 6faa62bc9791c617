//! Invitations: what one may be, made and withdrawn.

use super::{Actor, Refusal};
use crate::{app::App, audit::Event, names::hides, session::hash};
use countersign_provider::{Clock, System};
use countersign_store::{Invitation, Outcome};

/// Whether a note says for whom it is so that a person can read it.
pub(crate) fn is_note(text: &str) -> bool {
    text.len() <= LONGEST_NOTE && !text.chars().any(hides)
}

/// Whether it may be good for so many days: it ends.
pub(crate) fn may_last(days: u32) -> bool {
    (1..=LONGEST_DAYS).contains(&days)
}

/// One for so many days, whose link holds `code`.
pub(crate) fn new(code: &str, made_by: Option<String>, note: &str, days: u32) -> Invitation {
    let now = System.now();
    Invitation {
        code_hash: hash(code),
        made_by,
        note: note.into(),
        created: now,
        expires: now.plus(u64::from(days) * DAY),
    }
}

/// Makes it, its note and its end checked.
pub(crate) async fn invite(app: &App, actor: &Actor, invitation: &Invitation) -> Result<(), Refusal> {
    app.stores.rows.add_invitation(invitation).await?;
    app.audit.append(actor.did(Event::InvitationAdded));
    Ok(())
}

/// Takes one back that nobody has used.
pub(crate) async fn withdraw(app: &App, actor: &Actor, record: i64) -> Result<(), Refusal> {
    if app.stores.rows.withdraw_invitation(record).await? == Outcome::Refused {
        return Err(Refusal::Absent);
    }
    app.audit.append(actor.did(Event::InvitationWithdrawn));
    Ok(())
}

const DAY: u64 = 86_400;
const LONGEST_DAYS: u32 = 365;
/// Bytes.
const LONGEST_NOTE: usize = 255;
