//! Administration on a database of this machine.

mod accounts;
mod api_keys;
mod clients;
mod invitations;
mod tokens;

use super::{Place, administration::Each, block_on};
use crate::error::Error;
use countersign_store::{Page, StoreError};

/// The database that the configuration names; opened by each verb, as far as it needs it.
#[derive(Debug)]
pub(super) struct Local(pub(super) Place);

/// Reads a list a part at a time, as it may be longer than memory.
fn all<R, T>(
    mut read: impl AsyncFnMut(Page) -> Result<Vec<R>, StoreError>,
    number: impl Fn(&R) -> i64,
    show: impl Fn(R) -> T,
    each: Each<'_, T>,
) -> Result<(), Error> {
    let mut page = Page::first(PAGE);
    loop {
        let found = block_on(async { Ok(read(page).await?) })?;
        let last = found.last().map(&number).filter(|_| found.len() == PAGE as usize);
        found.into_iter().try_for_each(|one| each(show(one)))?;
        match last {
            Some(last) => page.before = Some(last),
            None => return Ok(()),
        }
    }
}

/// Rows that are read at a time.
const PAGE: u32 = 1000;
