//! How clients of a database of this machine sign.

use super::{Local, all};
use crate::{
    admin_api::usage::{Applications, Filter, Shown},
    cli::{
        administration::{Each, Usage},
        block_on,
    },
    error::Error,
};

impl Usage for Local {
    fn usage(&self, asked: Filter, each: Each<'_, Shown>) -> Result<(), Error> {
        let (weak, filter) = (asked.weak, asked.wanted()?);
        let rows = self.0.stores()?.rows;
        let mut used = Vec::new();
        all(async |page| rows.usage(&filter, page).await, |one| one.record, |one| one.usage, &mut |usage| {
            used.push(usage);
            Ok(())
        })?;
        let mut applications = Applications::of(&*rows);
        for usage in used {
            let shown = block_on(async { Ok(applications.show(usage).await?) })?;
            if shown.is(weak) {
                each(shown)?;
            }
        }
        Ok(())
    }
}
