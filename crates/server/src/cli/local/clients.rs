//! Clients of a database of this machine.

use super::{Local, all};
use crate::{
    admin_api::{
        application::Shown,
        applications::{New, Registered},
        client_keys::{AddedKey, NewKey},
        problem::Problem,
    },
    administration::{Refusal, applications, approval::Step, keys},
    audit::Event,
    check,
    cli::{
        act,
        administration::{Clients, Each, changed, not_taken, repeats},
        block_on,
        client::{no_recipient, unknown},
        client_key::no_such_key,
    },
    error::Error,
    stores::Stores,
};
use countersign_core::{ClientId, Timestamp};
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
        act::record(&stores, act::on_client(Event::ApplicationRegistered, &client.id));
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
    fn decide(&self, id: &ClientId, step: &Step, seen: Option<u64>) -> Result<(), Error> {
        let stores = self.0.stores()?;
        let whatever = seen.is_none() && matches!(step, Step::Suspend | Step::Resume);
        for _ in 0..if whatever { OFTEN } else { 1 } {
            match taken(&stores, id, step, seen)? {
                Edit::Done => return Ok(()),
                Edit::Absent => return Err(unknown(id)),
                Edit::Stale => {}
            }
        }
        Err(changed(id))
    }

    fn transfer(&self, id: &ClientId, to: &str) -> Result<(), Error> {
        let stores = self.0.stores()?;
        let application = find(&stores, id)?;
        let from = application.profile.owner.as_deref();
        let given = block_on(async { Ok(applications::give(&*stores.rows, id, from, to).await) })?;
        given.map_err(|refusal| match refusal {
            Refusal::Absent => unknown(id),
            Refusal::NoRecipient => no_recipient(to),
            Refusal::Stale => changed(id),
            Refusal::Store(error) => error.into(),
            other => Problem::from(other).into(),
        })?;
        act::record(&stores, act::on_client(Event::ApplicationTransferred, id));
        Ok(())
    }

    fn remove_client(&self, id: &ClientId) -> Result<(), Error> {
        let stores = self.0.stores()?;
        match block_on(async { Ok(stores.rows.remove_client(id).await?) })? {
            Outcome::Done => {
                act::record(&stores, act::on_client(Event::ApplicationRemoved, id));
                Ok(())
            }
            Outcome::Refused => Err(unknown(id)),
        }
    }

    fn add_client_key(&self, id: &ClientId, new: NewKey) -> Result<AddedKey, Error> {
        let stores = self.0.stores_to_seal()?;
        let client = find(&stores, id)?.client;
        let added = block_on(async { Ok(new.add(&stores, &client).await?) })?;
        let since = Timestamp::from_seconds(added.key.since);
        act::record(&stores, keys::about(id, since, act::did(Event::KeyAdded)));
        Ok(added)
    }

    fn remove_client_key(&self, id: &ClientId, since: u64) -> Result<(), Error> {
        let stores = self.0.stores()?;
        let client = find(&stores, id)?.client;
        let since = Timestamp::from_seconds(since);
        block_on(async { Ok(keys::remove(&stores, &client, since).await) })?.map_err(
            |refusal| match refusal {
                Refusal::Absent => no_such_key(id, since),
                Refusal::Store(error) => error.into(),
                other => Problem::from(other).into(),
            },
        )?;
        act::record(&stores, keys::about(id, since, act::did(Event::KeyRemoved)));
        Ok(())
    }
}

fn taken(stores: &Stores, id: &ClientId, step: &Step, seen: Option<u64>) -> Result<Edit, Error> {
    let mut application = find(stores, id)?;
    if seen.is_some_and(|seen| seen != application.revision) {
        return Ok(Edit::Stale);
    }
    let status = application.client.status;
    if !step.suits(&application) {
        return if repeats(step, status) {
            Ok(Edit::Done)
        } else {
            Err(not_taken(step, id, status.as_str()))
        };
    }
    step.clone().put(&mut application);
    let edit = block_on(async { Ok(stores.rows.update_application(&application).await?) })?;
    if edit == Edit::Done {
        act::record(stores, act::on_client(step.event(), id));
    }
    Ok(edit)
}

fn find(stores: &Stores, id: &ClientId) -> Result<Application, Error> {
    block_on(async { Ok(stores.rows.application(id).await?) })?.ok_or_else(|| unknown(id))
}

/// How often somebody else may be faster.
const OFTEN: usize = 10;
