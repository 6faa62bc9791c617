//! Invitations: made and withdrawn.

use super::{Actor, Refusal};
use crate::{app::App, session::hash, sign_up};
use countersign_provider::{Clock, System};
use countersign_store::{Invitation, Outcome};

/// An invitation to make, its note checked.
pub(crate) struct New<'a> {
    /// What its link holds.
    pub(crate) code: &'a str,
    /// The account that invites.
    pub(crate) made_by: &'a str,
    pub(crate) note: &'a str,
    pub(crate) days: u32,
}

/// Makes it and gives its link, which nobody can be shown again.
pub(crate) async fn invite(app: &App, actor: &Actor, new: &New<'_>) -> Result<String, Refusal> {
    let now = System.now();
    let invitation = Invitation {
        code_hash: hash(new.code),
        made_by: Some(new.made_by.into()),
        note: new.note.into(),
        created: now,
        expires: now.plus(u64::from(new.days) * DAY),
    };
    app.stores.rows.add_invitation(&invitation).await?;
    app.audit.append(actor.did("invitation_made"));
    Ok(sign_up::link(&app.config, new.code))
}

/// Takes one back that nobody has used.
pub(crate) async fn withdraw(app: &App, actor: &Actor, record: i64) -> Result<(), Refusal> {
    if app.stores.rows.withdraw_invitation(record).await? == Outcome::Refused {
        return Err(Refusal::Absent);
    }
    app.audit.append(actor.did("invitation_withdrawn"));
    Ok(())
}

const DAY: u64 = 86_400;
