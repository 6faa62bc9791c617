//! Accounts of a database of this machine.

use super::Local;
use crate::{
    admin_api::{
        accounts::Shown,
        identities::{self, New as Identity},
        problem::Problem,
        sessions,
    },
    administration::{Refusal, identities as administration},
    audit::Event,
    check,
    cli::{
        act,
        administration::{Accounts, Ask, Each},
        block_on, identity,
        user::{exists, unknown},
    },
    error::Error,
    password,
    stores::Stores,
};
use countersign_provider::{Clock, System};
use countersign_store::{Account, AdminStore, Outcome, StoreErrorKind};

impl Accounts for Local {
    fn add_account(&self, name: &str, admin: bool, password: Ask<'_>) -> Result<(), Error> {
        check::new_account_name(name)?;
        let stores = self.0.stores_or_made()?;
        let rows = &stores.rows;
        // Before a password is asked for in vain.
        if block_on(async { Ok(rows.account(name).await?) })?.is_some() {
            return Err(exists(name));
        }
        let password_hash = Some(password::hash(password()?.expose()));
        let account =
            Account { name: name.into(), password_hash, admin, disabled: false, created: System.now() };
        block_on(async {
            rows.add_account(&account).await.map_err(|error| match error.kind() {
                StoreErrorKind::Conflict => exists(name),
                _ => error.into(),
            })
        })?;
        let event = if admin { Event::AdministratorAdded } else { Event::AccountAdded };
        act::record(&stores, act::on_account(event, name));
        Ok(())
    }

    fn accounts(&self, each: Each<'_, Shown>) -> Result<(), Error> {
        let rows = self.0.stores()?.rows;
        let accounts = block_on(async { Ok(rows.accounts().await?) })?;
        accounts.into_iter().try_for_each(|account| each(Shown::of(account)))
    }

    fn set_password(&self, name: &str, password: Ask<'_>) -> Result<(), Error> {
        let stores = self.0.stores()?;
        let rows = &stores.rows;
        block_on(known(&**rows, name))?;
        let hash = password::hash(password()?.expose());
        let changed = block_on(async { Ok(rows.set_password(name, &hash).await?) })?;
        done(&stores, changed, "is no account any more", name, Event::PasswordChanged)?;
        block_on(async { Ok(rows.end_sessions_of(name).await?) }).map(drop)
    }

    fn disable_account(&self, name: &str) -> Result<(), Error> {
        let stores = self.0.stores()?;
        let account = block_on(known(&*stores.rows, name))?;
        let disabled = block_on(async { Ok(stores.rows.disable_account(name).await?) })?;
        let otherwise = if account.disabled { "is disabled already" } else { "is the last administrator" };
        done(&stores, disabled, otherwise, name, Event::AccountDisabled)
    }

    fn enable_account(&self, name: &str) -> Result<(), Error> {
        let stores = self.0.stores()?;
        block_on(known(&*stores.rows, name))?;
        let enabled = block_on(async { Ok(stores.rows.enable_account(name).await?) })?;
        done(&stores, enabled, "is enabled already", name, Event::AccountEnabled)
    }

    fn set_role(&self, name: &str, admin: bool) -> Result<(), Error> {
        let stores = self.0.stores()?;
        if block_on(known(&*stores.rows, name))?.admin == admin {
            return Ok(());
        }
        let set = block_on(async { Ok(stores.rows.set_admin(name, admin).await?) })?;
        let (otherwise, event) = if admin {
            ("is an administrator already", Event::AdministratorAdded)
        } else {
            ("is the last administrator", Event::AdministratorRemoved)
        };
        done(&stores, set, otherwise, name, event)
    }

    fn sessions(&self, name: &str) -> Result<Vec<sessions::Shown>, Error> {
        let rows = self.0.stores()?.rows;
        block_on(known(&*rows, name))?;
        let found = block_on(async { Ok(rows.sessions_of(name, System.now()).await?) })?;
        Ok(found.iter().map(sessions::Shown::of).collect())
    }

    fn end_sessions(&self, name: &str) -> Result<usize, Error> {
        let stores = self.0.stores()?;
        block_on(known(&*stores.rows, name))?;
        let ended = block_on(async { Ok(stores.rows.end_sessions_of(name).await?) })?;
        act::record(&stores, act::on_account(Event::SessionsEnded, name));
        Ok(ended)
    }

    fn identities(&self, name: &str) -> Result<Vec<identities::Shown>, Error> {
        let rows = self.0.stores()?.rows;
        block_on(known(&*rows, name))?;
        let found = block_on(async { Ok(rows.identities(name).await?) })?;
        Ok(found.into_iter().map(identities::Shown::of).collect())
    }

    fn connect(&self, name: &str, new: Identity) -> Result<(), Error> {
        let stores = self.0.stores()?;
        let identity = new.of(name)?;
        let done = block_on(async { Ok(administration::attach(&*stores.rows, &identity).await) })?;
        done.map_err(|refusal| match refusal {
            Refusal::Absent => unknown(name),
            Refusal::Store(error) if error.kind() == StoreErrorKind::Conflict => identity::is_connected(),
            other => Problem::from(other).into(),
        })?;
        let which = (&*identity.issuer, &*identity.subject);
        act::record(&stores, administration::about(&act::who(), Event::IdentityConnected, name, which));
        Ok(())
    }

    fn disconnect(&self, name: &str, which: &Identity) -> Result<(), Error> {
        let stores = self.0.stores()?;
        block_on(known(&*stores.rows, name))?;
        let which = (&*which.issuer, &*which.subject);
        let done = block_on(async { Ok(administration::detach(&*stores.rows, name, which).await) })?;
        done.map_err(|refusal| match refusal {
            Refusal::Absent => identity::no_such(name),
            other => Problem::from(other).into(),
        })?;
        act::record(&stores, administration::about(&act::who(), Event::IdentityDisconnected, name, which));
        Ok(())
    }
}

async fn known(rows: &dyn AdminStore, name: &str) -> Result<Account, Error> {
    rows.account(name).await?.ok_or_else(|| unknown(name))
}

fn done(stores: &Stores, outcome: Outcome, otherwise: &str, name: &str, event: Event) -> Result<(), Error> {
    match outcome {
        Outcome::Done => {
            act::record(stores, act::on_account(event, name));
            Ok(())
        }
        Outcome::Refused => Err(Error::Refused(format!("{name} {otherwise}"))),
    }
}
