//! Invitations of a database of this machine.

use super::{Local, all};
use crate::{
    admin_api::invitations::{Invited, New, Shown},
    audit::Event,
    cli::{
        act,
        administration::{Each, Invitations},
        block_on,
        invitation::not_open,
    },
    error::Error,
};
use countersign_store::Outcome;

impl Invitations for Local {
    fn invite(&self, new: New) -> Result<Invited, Error> {
        new.check().map_err(|(_, told)| Error::Refused(told.into()))?;
        let config = self.0.read()?;
        let stores = self.0.stores_or_made()?;
        let (code, invitation) = new.invitation(None);
        block_on(async { Ok(stores.rows.add_invitation(&invitation).await?) })?;
        act::record(&stores, act::did(Event::InvitationAdded));
        block_on(async { Ok(Invited::new(&*stores.rows, &config, code, &invitation).await?) })
    }

    fn invitations(&self, each: Each<'_, Shown>) -> Result<(), Error> {
        let rows = self.0.stores()?.rows;
        all(async |page| rows.invitations(page).await, |one| one.record, Shown::of, each)
    }

    fn withdraw(&self, number: i64) -> Result<(), Error> {
        let stores = self.0.stores()?;
        match block_on(async { Ok(stores.rows.withdraw_invitation(number).await?) })? {
            Outcome::Done => {
                act::record(
                    &stores,
                    act::telling(Event::InvitationWithdrawn, format!("invitation {number}")),
                );
                Ok(())
            }
            Outcome::Refused => Err(not_open(number)),
        }
    }
}
