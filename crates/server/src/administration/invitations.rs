//! Invitations: what one may be, made and withdrawn.

use super::{Actor, Refusal};
use crate::{app::App, audit::Event, names, session::hash};
use countersign_provider::{Clock, System};
use countersign_store::{AdminStore, AuditEntry, Invitation, Outcome, Page, StoreError};

/// Whether a note says for whom it is so that a person can read it.
pub(crate) fn is_note(text: &str) -> bool {
    text.len() <= LONGEST_NOTE && !names::obscures(text)
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

/// Makes it, its note and its end checked, and tells its number.
pub(crate) async fn invite(app: &App, actor: &Actor, invitation: &Invitation) -> Result<i64, Refusal> {
    app.stores.rows.add_invitation(invitation).await?;
    let number = number(&*app.stores.rows, invitation).await;
    // It is there, whatever its number.
    let detail = number.as_ref().ok().map(|number| recorded(*number, &invitation.note));
    app.audit.append(AuditEntry { detail, ..actor.did(Event::InvitationAdded) });
    Ok(number?)
}

/// The number that the store gave it: it is among the newest.
pub(crate) async fn number(rows: &dyn AdminStore, invitation: &Invitation) -> Result<i64, StoreError> {
    let mut page = Page::first(AT_ONCE);
    loop {
        let found = rows.invitations(page).await?;
        if let Some(own) = found.iter().find(|one| one.invitation.code_hash == invitation.code_hash) {
            return Ok(own.record);
        }
        let Some(last) = found.last() else {
            return Err(StoreError::unavailable("the invitation is gone"));
        };
        page.before = Some(last.record);
    }
}

/// What the audit log says of one: for whom, where it was made.
pub(crate) fn recorded(number: i64, note: &str) -> String {
    if note.is_empty() { format!("invitation {number}") } else { format!("invitation {number} ({note})") }
}

/// Takes one back that nobody has used.
pub(crate) async fn withdraw(app: &App, actor: &Actor, record: i64) -> Result<(), Refusal> {
    if app.stores.rows.withdraw_invitation(record).await? == Outcome::Refused {
        return Err(Refusal::Absent);
    }
    let detail = Some(recorded(record, ""));
    app.audit.append(AuditEntry { detail, ..actor.did(Event::InvitationWithdrawn) });
    Ok(())
}

const DAY: u64 = 86_400;
const LONGEST_DAYS: u32 = 365;
/// Bytes.
const LONGEST_NOTE: usize = 255;
/// How many are looked at in one go.
const AT_ONCE: u32 = 200;
