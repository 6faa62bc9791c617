//! Clients of a server.

use super::{Remote, fault::Fault, path};
use crate::{
    admin_api::{
        application::Shown,
        applications::{New, Registered},
        client_keys::{AddedKey, NewKey},
    },
    administration::approval::Step,
    cli::{
        administration::{Clients, Each, changed, not_taken, repeats},
        client::{no_recipient, unknown},
        client_key::no_such_key,
    },
    error::Error,
};
use countersign_core::{ClientId, Timestamp};
use countersign_store::ClientStatus;
use http::StatusCode;
use serde_json::json;

impl Clients for Remote {
    fn register(&self, new: New) -> Result<Registered, Error> {
        let exists =
            new.client_id.as_ref().map(|id| Error::Refused(format!("there is a client {id} already")));
        self.create("/applications", &new).map_err(|fault: Fault| match exists {
            Some(exists) if fault.is(StatusCode::CONFLICT) => exists,
            _ => fault.into(),
        })
    }

    fn clients(&self, status: Option<ClientStatus>, each: Each<'_, Shown>) -> Result<(), Error> {
        Ok(self.all("/applications", &[("status", status.map(ClientStatus::as_str))], each)?)
    }

    fn client(&self, id: &ClientId) -> Result<Shown, Error> {
        let found: Result<_, Fault> = self.get(&path("applications", id.as_str(), ""));
        found.map_err(|fault| fault.or_absent(unknown(id)))
    }

    fn decide(&self, id: &ClientId, step: &Step, seen: Option<u64>) -> Result<(), Error> {
        let (verb, body) = match step {
            Step::Approve => ("/approve", None),
            Step::Reject(reason) => ("/reject", Some(json!({ "reason": reason }))),
            Step::Suspend => ("/suspend", None),
            Step::Resume => ("/resume", None),
        };
        let path = path("applications", id.as_str(), verb);
        let done: Result<Shown, Fault> = self.act_on(&path, seen, body);
        match done {
            Ok(_) => Ok(()),
            Err(fault) if fault.is(StatusCode::PRECONDITION_FAILED) => Err(changed(id)),
            Err(fault) if fault.is(StatusCode::CONFLICT) => self.is_so_already(id, step, fault),
            Err(fault) => Err(fault.or_absent(unknown(id))),
        }
    }

    fn transfer(&self, id: &ClientId, to: &str) -> Result<(), Error> {
        let path = path("applications", id.as_str(), "/transfer");
        let given: Result<Shown, Fault> = self.act(&path, Some(json!({ "to": to })));
        given.map(drop).map_err(|fault| {
            if fault.is_about("to") { no_recipient(to) } else { fault.or_absent(unknown(id)) }
        })
    }

    fn remove_client(&self, id: &ClientId) -> Result<(), Error> {
        let removed = self.delete(&path("applications", id.as_str(), ""));
        removed.map_err(|fault| fault.or_absent(unknown(id)))
    }

    fn add_client_key(&self, id: &ClientId, new: NewKey) -> Result<AddedKey, Error> {
        let added = self.create(&path("applications", id.as_str(), "/keys"), &new);
        added.map_err(|fault: Fault| fault.or_absent(unknown(id)))
    }

    fn remove_client_key(&self, id: &ClientId, since: u64) -> Result<(), Error> {
        let removed = self.delete(&path("applications", id.as_str(), &format!("/keys/{since}")));
        removed.map_err(|fault| {
            // The same answer for a client and for a key that is not there: told apart, if the key may look.
            match self.client(id) {
                Err(absent) if fault.is(StatusCode::NOT_FOUND) => absent,
                _ => fault.or_absent(no_such_key(id, Timestamp::from_seconds(since))),
            }
        })
    }
}

impl Remote {
    /// Nothing is wrong with suspending what is suspended. What is wrong else is told in the same words as here, if the key may look.
    fn is_so_already(&self, id: &ClientId, step: &Step, fault: Fault) -> Result<(), Error> {
        let Ok(found) = self.client(id) else { return Err(fault.into()) };
        let is_so = found.status.parse().is_ok_and(|status| repeats(step, status));
        if is_so { Ok(()) } else { Err(not_taken(step, id, &found.status)) }
    }
}
