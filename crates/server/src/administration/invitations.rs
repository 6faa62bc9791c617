//! Invitations: made and withdrawn.

use super::{Actor, Refusal};
use crate::{app::App, audit::Event, session::hash};
use countersign_provider::{Clock, System};
use countersign_store::{Invitation, Outcome};

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

/// Makes it, its note checked.
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
