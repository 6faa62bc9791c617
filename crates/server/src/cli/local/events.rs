//! The audit log of a database of this machine.

use super::{Local, first};
use crate::{
    admin_api::audit::{Filter, Shown},
    cli::administration::{Each, Events},
    error::Error,
};

impl Events for Local {
    fn events(&self, asked: Filter, each: Each<'_, Shown>) -> Result<(), Error> {
        let most = asked.limit.map_or(usize::MAX, |limit| limit as usize);
        let filter = asked.wanted()?;
        let rows = self.0.stores()?.rows;
        first(most, async |page| rows.audit(&filter, page).await, |one| one.id, Shown::of, each)
    }
}
