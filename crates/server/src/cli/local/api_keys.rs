//! Keys of the administration's API, in a database of this machine.

use super::{Local, all};
use crate::{
    admin_api::api_keys::{MadeKey, New, Shown, administrator, recorded},
    audit::Event,
    cli::{
        act,
        administration::{ApiKeys, Each},
        api_key::no_such_key,
        block_on,
    },
    error::Error,
};
use countersign_provider::{Clock, System};
use countersign_store::Outcome;

impl ApiKeys for Local {
    fn make_key(&self, mut new: New) -> Result<MadeKey, Error> {
        new.check().map_err(|(_, told)| Error::Refused(told))?;
        let stores = self.0.stores_or_made()?;
        let mut made = block_on(async {
            if let Some(account) = &new.account {
                administrator(&*stores.rows, account).await?.map_err(Error::Refused)?;
            }
            Ok(new.make(&*stores.rows).await?)
        })?;
        if !self.0.read()?.admin_api.enabled {
            made.warnings
                .push("no server takes it yet: set admin_api.enabled = true in the configuration".into());
        }
        act::record(&stores, act::telling(Event::ApiKeyAdded, recorded(made.number, Some(&new))));
        Ok(made)
    }

    fn keys(&self, each: Each<'_, Shown>) -> Result<(), Error> {
        let (rows, now) = (self.0.stores()?.rows, System.now());
        all(async |page| rows.api_keys(None, page).await, |key| key.record, |key| Shown::of(key, now), each)
    }

    fn revoke_key(&self, number: i64) -> Result<(), Error> {
        let stores = self.0.stores()?;
        match block_on(async { Ok(stores.rows.revoke_api_key(number, System.now()).await?) })? {
            Outcome::Done => {
                act::record(&stores, act::telling(Event::ApiKeyRevoked, recorded(number, None)));
                Ok(())
            }
            Outcome::Refused => Err(no_such_key(number)),
        }
    }
}
