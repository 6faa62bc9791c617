//! Who accounts are elsewhere: connected and disconnected.

use super::{Actor, Refusal, accounts::find};
use crate::{app::App, audit::Event, sign_in::oidc};
use countersign_store::{AuditEntry, ExternalIdentity, Outcome};

/// Connects one with its account: whoever has it there signs in here. One that is connected already stays where it is.
pub(crate) async fn connect(app: &App, actor: &Actor, identity: &ExternalIdentity) -> Result<(), Refusal> {
    let ExternalIdentity { issuer, subject, account, .. } = identity;
    find(app, account).await?;
    if app.stores.rows.add_identity(identity).await? == Outcome::Refused {
        return Err(Refusal::Absent);
    }
    app.audit.append(about(app, actor, Event::IdentityConnected, account, (issuer, subject)));
    Ok(())
}

/// Disconnects one from that account; its sessions go on.
pub(crate) async fn disconnect(
    app: &App,
    actor: &Actor,
    account: &str,
    (issuer, subject): (&str, &str),
) -> Result<(), Refusal> {
    find(app, account).await?;
    if app.stores.rows.remove_identity(issuer, subject, account).await? == Outcome::Refused {
        return Err(Refusal::Absent);
    }
    app.audit.append(about(app, actor, Event::IdentityDisconnected, account, (issuer, subject)));
    Ok(())
}

/// It says which one: whoever connects one of their own with somebody's account signs in there, and may disconnect it again.
fn about(
    app: &App,
    actor: &Actor,
    event: Event,
    account: &str,
    (issuer, subject): (&str, &str),
) -> AuditEntry {
    let known = app.issuers.calling_itself(issuer);
    let issuer = known.map_or_else(|| issuer.to_owned(), |known| oidc::way(&known.settings.id));
    AuditEntry {
        owner: Some(account.into()),
        detail: Some(format!("{issuer} as {subject}")),
        ..actor.did(event)
    }
}
