//! Accounts: made, disabled, enabled, given and relieved of the role, signed out, given a password.

use super::{Actor, Refusal};
use crate::{app::App, audit::Event, check};
use countersign_core::Secret;
use countersign_store::{Account, AuditEntry, Change, Outcome, SessionName};

/// The account of that name. What cannot be a name is told as one that nobody has.
pub(crate) async fn find(app: &App, name: &str) -> Result<Account, Refusal> {
    check::account_name(name).map_err(|_| Refusal::Absent)?;
    app.stores.rows.account(name).await?.ok_or(Refusal::Absent)
}

/// Makes one, whose name was checked.
pub(crate) async fn add(app: &App, actor: &Actor, account: &Account) -> Result<(), Refusal> {
    app.stores.rows.add_account(account).await?;
    let event = if account.admin { Event::AdministratorAdded } else { Event::AccountAdded };
    app.audit.append(about(actor, event, &account.name));
    Ok(())
}

/// Disables it: its sessions end, its tokens are refused.
pub(crate) async fn disable(app: &App, actor: &Actor, name: &str) -> Result<(), Refusal> {
    let account = find(app, name).await?;
    if account.disabled {
        return Err(Refusal::Already(name.into(), "disabled"));
    }
    let outcome = app.stores.rows.disable_account(name).await?;
    done(app, actor, name, outcome, Event::AccountDisabled, Refusal::LastAdministrator(name.into()))
}

/// Enables it again.
pub(crate) async fn enable(app: &App, actor: &Actor, name: &str) -> Result<(), Refusal> {
    find(app, name).await?;
    let outcome = app.stores.rows.enable_account(name).await?;
    done(app, actor, name, outcome, Event::AccountEnabled, Refusal::Already(name.into(), "enabled"))
}

/// Gives it the role, or takes it away. Where it is so already, nothing is recorded.
pub(crate) async fn set_role(app: &App, actor: &Actor, name: &str, admin: bool) -> Result<(), Refusal> {
    if find(app, name).await?.admin == admin {
        return Ok(());
    }
    let outcome = app.stores.rows.set_admin(name, admin).await?;
    let event = if admin { Event::AdministratorAdded } else { Event::AdministratorRemoved };
    let otherwise = if admin {
        Refusal::Already(name.into(), "an administrator")
    } else {
        Refusal::LastAdministrator(name.into())
    };
    done(app, actor, name, outcome, event, otherwise)
}

/// Ends all its sessions, and tells how many there were.
pub(crate) async fn end_sessions(app: &App, actor: &Actor, name: &str) -> Result<usize, Refusal> {
    find(app, name).await?;
    let ended = app.stores.rows.end_sessions_of(name).await?;
    app.audit.append(about(actor, Event::SessionsEnded, name));
    Ok(ended)
}

/// Ends one of them.
pub(crate) async fn end_session(
    app: &App,
    actor: &Actor,
    name: &str,
    session: SessionName,
) -> Result<(), Refusal> {
    find(app, name).await?;
    if app.stores.rows.end_session_named(name, session).await? == Outcome::Refused {
        return Err(Refusal::Absent);
    }
    app.audit.append(about(actor, Event::SessionEnded, name));
    Ok(())
}

/// Replaces its password, and ends its sessions: whoever knew the old one is out.
pub(crate) async fn set_password(app: &App, actor: &Actor, name: &str, hash: &Secret) -> Result<(), Refusal> {
    find(app, name).await?;
    if app.stores.rows.set_password(name, hash).await? == Outcome::Refused {
        return Err(Refusal::Absent);
    }
    app.audit.append(about(actor, Event::PasswordChanged, name));
    app.stores.rows.end_sessions_of(name).await?;
    Ok(())
}

fn done(
    app: &App,
    actor: &Actor,
    name: &str,
    outcome: Outcome,
    event: Event,
    otherwise: Refusal,
) -> Result<(), Refusal> {
    if outcome == Outcome::Refused {
        return Err(otherwise);
    }
    app.stores.forget(&[Change::Owner(name.into())]);
    app.audit.append(about(actor, event, name));
    Ok(())
}

fn about(actor: &Actor, event: Event, name: &str) -> AuditEntry {
    AuditEntry { owner: Some(name.into()), ..actor.did(event) }
}
