//! Who accounts are elsewhere: connected and disconnected.

use super::{Actor, Refusal};
use crate::{app::App, audit::Event, sign_in::oidc};
use countersign_store::{AdminStore, AuditEntry, ExternalIdentity, Outcome};

/// Connects one with its account: whoever has it there signs in here. One that is connected already stays where it is.
pub(crate) async fn connect(app: &App, actor: &Actor, identity: &ExternalIdentity) -> Result<(), Refusal> {
    let ExternalIdentity { issuer, subject, account, .. } = identity;
    attach(&*app.stores.rows, identity).await?;
    app.audit.append(about(actor, Event::IdentityConnected, account, (&called(app, issuer), subject)));
    Ok(())
}

/// The same without its entry in the audit log, for a command, which has no server at hand.
pub(crate) async fn attach(rows: &dyn AdminStore, identity: &ExternalIdentity) -> Result<(), Refusal> {
    rows.account(&identity.account).await?.ok_or(Refusal::Absent)?;
    match rows.add_identity(identity).await? {
        Outcome::Done => Ok(()),
        Outcome::Refused => Err(Refusal::Absent),
    }
}

/// Disconnects one from that account; its sessions go on.
pub(crate) async fn disconnect(
    app: &App,
    actor: &Actor,
    account: &str,
    (issuer, subject): (&str, &str),
) -> Result<(), Refusal> {
    detach(&*app.stores.rows, account, (issuer, subject)).await?;
    app.audit.append(about(actor, Event::IdentityDisconnected, account, (&called(app, issuer), subject)));
    Ok(())
}

/// The same without its entry in the audit log, for a command.
pub(crate) async fn detach(
    rows: &dyn AdminStore,
    account: &str,
    (issuer, subject): (&str, &str),
) -> Result<(), Refusal> {
    rows.account(account).await?.ok_or(Refusal::Absent)?;
    match rows.remove_identity(issuer, subject, account).await? {
        Outcome::Done => Ok(()),
        Outcome::Refused => Err(Refusal::Absent),
    }
}

fn called(app: &App, issuer: &str) -> String {
    let known = app.issuers.calling_itself(issuer);
    known.map_or_else(|| issuer.to_owned(), |known| oidc::way(&known.settings.id))
}

/// It says which one: whoever connects one of their own with somebody's account signs in there, and may disconnect it again.
pub(crate) fn about(
    actor: &Actor,
    event: Event,
    account: &str,
    (issuer, subject): (&str, &str),
) -> AuditEntry {
    AuditEntry {
        owner: Some(account.into()),
        detail: Some(format!("{issuer} as {subject}")),
        ..actor.did(event)
    }
}
