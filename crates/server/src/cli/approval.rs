//! `countersign client proposed`, `approve` and `reject`.

use super::{block_on, client, output};
use crate::{error::Error, stores::Stores};
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
    decide(stores, id, ClientStatus::Active, None)
}

/// Tells its owner why it may not.
pub(super) fn reject(stores: &Stores, id: &ClientId, reason: &str) -> Result<(), Error> {
    if reason.trim().is_empty() {
        return Err(Error::Refused("give a reason: it is all that the owner learns".into()));
    }
    decide(stores, id, ClientStatus::Rejected, Some(reason.trim().to_owned()))
}

/// What its owner changes at the same moment is not approved unseen: the revision that was read is the one that is decided on.
fn decide(
    stores: &Stores,
    id: &ClientId,
    status: ClientStatus,
    rejection: Option<String>,
) -> Result<(), Error> {
    let rows = &stores.rows;
    let found = block_on(async { Ok(rows.application(id).await?) })?;
    let mut application = found.ok_or_else(|| client::unknown(id))?;
    let waits = match application.client.status {
        ClientStatus::Pending => true,
        ClientStatus::Rejected => status == ClientStatus::Active,
        ClientStatus::Active | ClientStatus::Suspended => false,
    };
    if !waits {
        let is = application.client.status.as_str();
        return Err(Error::Refused(format!(
            "client {id} is {is}: `countersign client proposed` lists those that wait"
        )));
    }
    application.client.status = status;
    application.profile.rejection = rejection;
    match block_on(async { Ok(rows.update_application(&application).await?) })? {
        Edit::Done => client::done(Outcome::Done, id, status.as_str()),
        Edit::Absent => Err(client::unknown(id)),
        Edit::Stale => Err(Error::Refused(format!("client {id} was changed meanwhile: look at it again"))),
    }
}

/// Rows that are read at a time.
const PAGE: u32 = 1000;
