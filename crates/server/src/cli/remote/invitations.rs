//! Invitations of a server.

use super::Remote;
use crate::{
    admin_api::invitations::{Invited, New, Shown},
    cli::{
        administration::{Each, Invitations},
        invitation::not_open,
    },
    error::Error,
};

impl Invitations for Remote {
    fn invite(&self, new: New) -> Result<Invited, Error> {
        Ok(self.create("/invitations", &new)?)
    }

    fn invitations(&self, each: Each<'_, Shown>) -> Result<(), Error> {
        Ok(self.all("/invitations", &[], each)?)
    }

    fn withdraw(&self, number: i64) -> Result<(), Error> {
        self.delete(&format!("/invitations/{number}")).map_err(|fault| fault.or_absent(not_open(number)))
    }
}
