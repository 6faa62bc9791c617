//! Invitations of a database of this machine.

use super::{Local, all};
use crate::{
    admin_api::invitations::{Invited, New, Shown},
    cli::{
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
        let rows = self.0.stores_or_made()?.rows;
        block_on(async { Ok(new.make(&*rows, &config, None).await?) })
    }

    fn invitations(&self, each: Each<'_, Shown>) -> Result<(), Error> {
        let rows = self.0.stores()?.rows;
        all(async |page| rows.invitations(page).await, |one| one.record, Shown::of, each)
    }

    fn withdraw(&self, number: i64) -> Result<(), Error> {
        let rows = self.0.stores()?.rows;
        match block_on(async { Ok(rows.withdraw_invitation(number).await?) })? {
            Outcome::Done => Ok(()),
            Outcome::Refused => Err(not_open(number)),
        }
    }
}
