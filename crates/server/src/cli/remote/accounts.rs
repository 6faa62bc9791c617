//! Accounts of a server.

use super::{Remote, fault::Fault, line::Request, path};
use crate::{
    admin_api::{
        accounts::{New, NewPassword, Shown},
        identities::{self, New as Identity},
        sessions,
    },
    check,
    cli::{
        administration::{Accounts, Ask, Each},
        identity,
        user::{exists, unknown},
    },
    error::Error,
};
use countersign_core::percent;
use http::{Method, StatusCode};
use serde_json::json;

impl Accounts for Remote {
    fn add_account(&self, name: &str, admin: bool, password: Ask<'_>) -> Result<(), Error> {
        check::new_account_name(name)?;
        // Before a password is asked for in vain.
        if self.has_account(name)? == Some(true) {
            return Err(exists(name));
        }
        let new = New { name: name.into(), password: Some(password()?.expose().into()), admin };
        let made: Result<Shown, Fault> = self.create("/accounts", &new);
        made.map(drop)
            .map_err(|fault| if fault.is(StatusCode::CONFLICT) { exists(name) } else { fault.into() })
    }

    fn accounts(&self, each: Each<'_, Shown>) -> Result<(), Error> {
        Ok(self.all("/accounts", &[], each)?)
    }

    fn set_password(&self, name: &str, password: Ask<'_>) -> Result<(), Error> {
        if self.has_account(name)? == Some(false) {
            return Err(unknown(name));
        }
        let new = NewPassword { password: password()?.expose().into() };
        let set: Result<Shown, Fault> = self.put(&path("accounts", name, "/password"), &new);
        set.map(drop).map_err(|fault| fault.or_absent(unknown(name)))
    }

    fn disable_account(&self, name: &str) -> Result<(), Error> {
        let done: Result<Shown, Fault> = self.act(&path("accounts", name, "/disable"), None);
        done.map(drop).map_err(|fault| fault.or_absent(unknown(name)))
    }

    fn enable_account(&self, name: &str) -> Result<(), Error> {
        let done: Result<Shown, Fault> = self.act(&path("accounts", name, "/enable"), None);
        done.map(drop).map_err(|fault| fault.or_absent(unknown(name)))
    }

    fn set_role(&self, name: &str, admin: bool) -> Result<(), Error> {
        let set: Result<Shown, Fault> =
            self.put(&path("accounts", name, "/role"), &json!({ "admin": admin }));
        set.map(drop).map_err(|fault| fault.or_absent(unknown(name)))
    }

    fn sessions(&self, name: &str) -> Result<Vec<sessions::Shown>, Error> {
        let found: Result<sessions::Sessions, Fault> = self.get(&path("accounts", name, "/sessions"));
        found.map(|found| found.items).map_err(|fault| fault.or_absent(unknown(name)))
    }

    fn end_sessions(&self, name: &str) -> Result<usize, Error> {
        let path = path("accounts", name, "/sessions");
        let done: Result<sessions::Ended, Fault> =
            self.ask(&Request { method: Method::DELETE, path, ..Request::default() });
        done.map(|done| done.ended).map_err(|fault| fault.or_absent(unknown(name)))
    }

    fn identities(&self, name: &str) -> Result<Vec<identities::Shown>, Error> {
        let found: Result<identities::Identities, Fault> = self.get(&path("accounts", name, "/identities"));
        found.map(|found| found.items).map_err(|fault| fault.or_absent(unknown(name)))
    }

    fn connect(&self, name: &str, new: Identity) -> Result<(), Error> {
        let made: Result<identities::Shown, Fault> =
            self.create(&path("accounts", name, "/identities"), &new);
        made.map(drop).map_err(|fault| {
            if fault.is(StatusCode::CONFLICT) {
                identity::is_connected()
            } else {
                fault.or_absent(unknown(name))
            }
        })
    }

    fn disconnect(&self, name: &str, which: &Identity) -> Result<(), Error> {
        let [issuer, subject] = [&which.issuer, &which.subject].map(percent::encode);
        let query = format!("/identities?issuer={issuer}&subject={subject}");
        let removed = self.delete(&path("accounts", name, &query));
        removed.map_err(|fault| {
            let nobody =
                fault.is(StatusCode::NOT_FOUND) && self.has_account(name).ok().flatten() == Some(false);
            if nobody { unknown(name) } else { fault.or_absent(identity::no_such(name)) }
        })
    }
}

impl Remote {
    /// Whether there is such an account; `None` where the key may write, but not look.
    pub(super) fn has_account(&self, name: &str) -> Result<Option<bool>, Error> {
        match self.get::<Shown>(&path("accounts", name, "")) {
            Ok(_) => Ok(Some(true)),
            Err(fault) if fault.is(StatusCode::NOT_FOUND) => Ok(Some(false)),
            Err(fault) if fault.is(StatusCode::FORBIDDEN) => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }
}
