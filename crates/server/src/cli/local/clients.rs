//! Clients of a database of this machine.

use super::{Local, all};
use crate::{
    admin_api::{
        application::Shown,
        applications::{New, Registered},
    },
    cli::{
        administration::{Clients, Each, Step},
        block_on, check,
        client::unknown,
    },
    error::Error,
    stores::Stores,
};
use countersign_core::ClientId;
use countersign_store::{Application, ApplicationFilter, ClientStatus, Edit, Outcome, StoreErrorKind};

impl Clients for Local {
    fn register(&self, new: New) -> Result<Registered, Error> {
        let (application, secret) = new.application(None)?;
        let client = &application.client;
        let warnings = check::warnings(client, &self.0.read()?);
        let stores = self.0.stores_or_new()?;
        block_on(async {
            let sealed = stores.sealed.seal_client(client)?;
            stores.rows.add_application(&sealed, &application.profile).await.map_err(|error| {
                match error.kind() {
                    StoreErrorKind::Conflict => {
                        Error::Refused(format!("there is a client {} already", client.id))
                    }
                    _ => error.into(),
                }
            })
        })?;
        let client_secret = secret.map(|secret| secret.expose().into());
        Ok(Registered { client_secret, application: Shown::of(application), warnings })
    }

    fn clients(&self, status: Option<ClientStatus>, each: Each<'_, Shown>) -> Result<(), Error> {
        let rows = self.0.stores()?.rows;
        let filter = ApplicationFilter { status, ..ApplicationFilter::default() };
        all(async |page| rows.applications(&filter, page).await, |one| one.record, Shown::of, each)
    }

    fn client(&self, id: &ClientId) -> Result<Shown, Error> {
        find(&self.0.stores()?, id).map(Shown::of)
    }

    /// What its owner changes at the same moment is not decided on unseen: the revision that was read is the one that is. Who suspends
    /// means it whatever else is changed, and it is read again.
    fn decide(&self, id: &ClientId, step: &Step) -> Result<(), Error> {
        let stores = self.0.stores()?;
        let attempts = if matches!(step, Step::Suspend | Step::Resume) { OFTEN } else { 1 };
        for _ in 0..attempts {
            match taken(&stores, id, step)? {
                Edit::Done => return Ok(()),
                Edit::Absent => return Err(unknown(id)),
                Edit::Stale => {}
            }
        }
        Err(Error::Refused(format!("client {id} was changed meanwhile: look at it again")))
    }

    fn remove_client(&self, id: &ClientId) -> Result<(), Error> {
        let rows = self.0.stores()?.rows;
        match block_on(async { Ok(rows.remove_client(id).await?) })? {
            Outcome::Done => Ok(()),
            Outcome::Refused => Err(unknown(id)),
        }
    }
}

fn taken(stores: &Stores, id: &ClientId, step: &Step) -> Result<Edit, Error> {
    let mut application = find(stores, id)?;
    let status = application.client.status;
    if !step.starts_at(status) {
        return Err(step.refused(id, status.as_str()));
    }
    application.client.status = step.to();
    application.profile.rejection = match step {
        Step::Reject(reason) => Some(reason.clone()),
        _ => None,
    };
    block_on(async { Ok(stores.rows.update_application(&application).await?) })
}

fn find(stores: &Stores, id: &ClientId) -> Result<Application, Error> {
    block_on(async { Ok(stores.rows.application(id).await?) })?.ok_or_else(|| unknown(id))
}

/// How often somebody else may be faster.
const OFTEN: usize = 10;
