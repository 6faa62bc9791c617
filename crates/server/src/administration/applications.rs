//! Applications: registered, changed, given to another owner, removed.

use super::{Actor, Refusal};
use crate::{app::App, audit::Event};
use countersign_core::ClientId;
use countersign_store::{
    AdminStore, Application, ApplicationProfile, AuditEntry, Change, ClientRecord, Edit, Outcome,
};

/// The application of that identifier.
pub(crate) async fn find(app: &App, id: &ClientId) -> Result<Application, Refusal> {
    app.stores.rows.application(id).await?.ok_or(Refusal::Absent)
}

/// Registers one, whose values were checked; its secret is sealed here.
pub(crate) async fn register(
    app: &App,
    actor: &Actor,
    client: &ClientRecord,
    profile: &ApplicationProfile,
) -> Result<Application, Refusal> {
    let sealed = app.stores.sealed.seal_client(client)?;
    app.stores.rows.add_application(&sealed, profile).await?;
    changed(app, actor, &client.id, Event::ApplicationRegistered);
    find(app, &client.id).await
}

/// Writes a changed one, if nobody has changed it since it was read.
pub(crate) async fn save(
    app: &App,
    actor: &Actor,
    application: &Application,
    event: Event,
) -> Result<(), Refusal> {
    match app.stores.rows.update_application(application).await? {
        Edit::Done => {}
        Edit::Stale => return Err(Refusal::Stale),
        Edit::Absent => return Err(Refusal::Absent),
    }
    changed(app, actor, &application.client.id, event);
    Ok(())
}

/// Gives it to another account, if it is still `from`'s.
pub(crate) async fn transfer(
    app: &App,
    actor: &Actor,
    id: &ClientId,
    from: Option<&str>,
    to: &str,
) -> Result<(), Refusal> {
    give(&*app.stores.rows, id, from, to).await?;
    changed(app, actor, id, Event::ApplicationTransferred);
    Ok(())
}

/// The same without its entry in the audit log, for a command, which has no server at hand.
pub(crate) async fn give(
    rows: &dyn AdminStore,
    id: &ClientId,
    from: Option<&str>,
    to: &str,
) -> Result<(), Refusal> {
    let application = rows.application(id).await?.ok_or(Refusal::Absent)?;
    if application.profile.owner_only {
        return Err(Refusal::OwnerOnly);
    }
    if application.profile.owner.as_deref() != from {
        return Err(Refusal::Stale);
    }
    let recipient = rows.account(to).await?;
    if recipient.is_none_or(|account| account.disabled) || from == Some(to) {
        return Err(Refusal::NoRecipient);
    }
    match rows.transfer_application(id, from, to).await? {
        Outcome::Done => Ok(()),
        Outcome::Refused => Err(Refusal::Stale),
    }
}

/// Removes it with all its tokens.
pub(crate) async fn remove(app: &App, actor: &Actor, id: &ClientId) -> Result<(), Refusal> {
    if app.stores.rows.remove_client(id).await? == Outcome::Refused {
        return Err(Refusal::Absent);
    }
    changed(app, actor, id, Event::ApplicationRemoved);
    Ok(())
}

fn changed(app: &App, actor: &Actor, id: &ClientId, event: Event) {
    app.stores.forget(&[Change::Client(id.clone())]);
    app.audit.append(AuditEntry { client: Some(id.clone()), ..actor.did(event) });
}
