//! Keys of a server's API.

use super::Remote;
use crate::{
    admin_api::api_keys::{MadeKey, New, Shown},
    cli::{
        administration::{ApiKeys, Each},
        api_key::no_such_key,
    },
    error::Error,
};

impl ApiKeys for Remote {
    fn make_key(&self, new: New) -> Result<MadeKey, Error> {
        Ok(self.create("/api-keys", &new)?)
    }

    fn keys(&self, each: Each<'_, Shown>) -> Result<(), Error> {
        Ok(self.all("/api-keys", &[], each)?)
    }

    fn revoke_key(&self, number: i64) -> Result<(), Error> {
        self.delete(&format!("/api-keys/{number}")).map_err(|fault| fault.or_absent(no_such_key(number)))
    }
}
