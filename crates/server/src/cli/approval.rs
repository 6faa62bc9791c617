//! `countersign client proposed`, `approve` and `reject`.

use super::{block_on, client, output};
use crate::{audit::Event, error::Error, stores::Stores};
use countersign_core::ClientId;
use countersign_store::{Application, ApplicationFilter, ClientStatus, Edit, Outcome, Page};
use serde_json::json;

/// Lists what waits, the oldest last.
pub(super) fn list(stores: &Stores, json: bool) -> Result<(), Error> {
    let filter = ApplicationFilter { status: Some(ClientStatus::Pending), ..ApplicationFilter::default() };
    let mut page = Page::first(PAGE);
    loop {
        let found = block_on(async { Ok(stores.rows.applications(&filter, page).await?) })?;
        found.iter().try_for_each(|one| print(one, json))?;
        match found.last() {
            Some(last) if found.len() == PAGE as usize => page.before = Some(last.record),
            _ => return Ok(()),
        }
    }
}

fn print(application: &Application, json: bool) -> Result<(), Error> {
    let Application { client, profile, .. } = application;
    let owner = profile.owner.as_deref();
    if json {
        return output::line(json!({
            "client_id": client.id.as_str(), "name": client.name, "owner": owner, "description": profile.description,
            "home_page": profile.home_page, "callbacks": client.callbacks, "callback_prefixes": client.callback_prefixes,
            "allow_oob": client.allow_oob, "two_legged": client.two_legged, "scopes": client.scopes,
        }));
    }
    output::line(format_args!("{}  {}  {}", client.id, owner.unwrap_or("-"), client.name))
}

/// Lets it be used.
pub(super) fn approve(stores: &Stores, id: &ClientId) -> Result<(), Error> {
    let application = waiting(stores, id, &[ClientStatus::Pending, ClientStatus::Rejected])?;
    save(stores, application, ClientStatus::Active, None, Event::ApplicationApproved)
}

/// Tells its owner why it may not.
pub(super) fn reject(stores: &Stores, id: &ClientId, reason: &str) -> Result<(), Error> {
    if reason.trim().is_empty() {
        return Err(Error::Refused("give a reason: it is all that the owner learns".into()));
    }
    let application = waiting(stores, id, &[ClientStatus::Pending])?;
    let rejection = Some(reason.trim().to_owned());
    save(stores, application, ClientStatus::Rejected, rejection, Event::ApplicationRejected)
}

/// Lets a suspended one go on. One that waits for approval is not let in by the way.
pub(super) fn enable(stores: &Stores, id: &ClientId) -> Result<(), Error> {
    let application = found(stores, id)?;
    match application.client.status {
        ClientStatus::Suspended => {
            save(stores, application, ClientStatus::Active, None, Event::ApplicationResumed)
        }
        ClientStatus::Active => Err(Error::Refused(format!("client {id} is not suspended"))),
        ClientStatus::Pending | ClientStatus::Rejected => {
            let is = application.client.status.as_str();
            Err(Error::Refused(format!(
                "client {id} is {is}: `countersign client approve {id}` lets it be used"
            )))
        }
    }
}

fn waiting(stores: &Stores, id: &ClientId, from: &[ClientStatus]) -> Result<Application, Error> {
    let application = found(stores, id)?;
    if from.contains(&application.client.status) {
        return Ok(application);
    }
    let is = application.client.status.as_str();
    Err(Error::Refused(format!("client {id} is {is}: `countersign client proposed` lists those that wait")))
}

fn found(stores: &Stores, id: &ClientId) -> Result<Application, Error> {
    let found = block_on(async { Ok(stores.rows.application(id).await?) })?;
    found.ok_or_else(|| client::unknown(id))
}

/// What its owner changes at the same moment is not approved unseen: the revision that was read is the one that is decided on.
fn save(
    stores: &Stores,
    mut application: Application,
    status: ClientStatus,
    rejection: Option<String>,
    event: Event,
) -> Result<(), Error> {
    let id = &application.client.id.clone();
    application.client.status = status;
    (application.profile.rejection, application.profile.suspended_by_owner) = (rejection, false);
    match block_on(async { Ok(stores.rows.update_application(&application).await?) })? {
        Edit::Done => client::done(stores, Outcome::Done, id, status.as_str(), event),
        Edit::Absent => Err(client::unknown(id)),
        Edit::Stale => Err(Error::Refused(format!("client {id} was changed meanwhile: look at it again"))),
    }
}

/// Rows that are read at a time.
const PAGE: u32 = 1000;
