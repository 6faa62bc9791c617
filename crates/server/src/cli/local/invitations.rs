//! Invitations of a database of this machine.

use super::{Local, all};
use crate::{
    admin_api::invitations::{Invited, New, Shown},
    administration::invitations::{number, recorded},
    audit::Event,
    cli::{
        act,
        administration::{Each, Invitations},
        block_on,
        invitation::not_open,
    },
    error::Error,
};
use countersign_store::{AuditEntry, Outcome};

impl Invitations for Local {
    fn invite(&self, new: New) -> Result<Invited, Error> {
        new.check().map_err(|(_, told)| Error::Refused(told.into()))?;
        let config = self.0.read()?;
        let stores = self.0.stores_or_made()?;
        let (code, invitation) = new.invitation(None);
        block_on(async { Ok(stores.rows.add_invitation(&invitation).await?) })?;
        let number = block_on(async { Ok(number(&*stores.rows, &invitation).await?) });
        let detail = number.as_ref().ok().map(|number| recorded(*number, &invitation.note));
        act::record(&stores, AuditEntry { detail, ..act::did(Event::InvitationAdded) });
        Ok(Invited::new(&config, number?, code, &invitation))
    }

    fn invitations(&self, each: Each<'_, Shown>) -> Result<(), Error> {
        let rows = self.0.stores()?.rows;
        all(async |page| rows.invitations(page).await, |one| one.record, Shown::of, each)
    }

    fn withdraw(&self, number: i64) -> Result<(), Error> {
        let stores = self.0.stores()?;
        match block_on(async { Ok(stores.rows.withdraw_invitation(number).await?) })? {
            Outcome::Done => {
                act::record(&stores, act::telling(Event::InvitationWithdrawn, recorded(number, "")));
                Ok(())
            }
            Outcome::Refused => Err(not_open(number)),
        }
    }
}
