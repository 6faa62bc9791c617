//! Administration on a database of this machine.

mod accounts;
mod api_keys;
mod clients;
mod events;
mod invitations;
mod tokens;
mod usage;

use super::{Place, administration::Each, block_on};
use crate::error::Error;
use countersign_store::{Page, StoreError};

/// The database that the configuration names; opened by each verb, as far as it needs it.
#[derive(Debug)]
pub(super) struct Local(pub(super) Place);

/// Reads a list a part at a time, as it may be longer than memory.
fn all<R, T>(
    read: impl AsyncFnMut(Page) -> Result<Vec<R>, StoreError>,
    number: impl Fn(&R) -> i64,
    show: impl Fn(R) -> T,
    each: Each<'_, T>,
) -> Result<(), Error> {
    first(usize::MAX, read, number, show, each)
}

/// The same with the first so many.
fn first<R, T>(
    most: usize,
    mut read: impl AsyncFnMut(Page) -> Result<Vec<R>, StoreError>,
    number: impl Fn(&R) -> i64,
    show: impl Fn(R) -> T,
    each: Each<'_, T>,
) -> Result<(), Error> {
    let (mut left, mut page) = (most, Page::first(PAGE));
    loop {
        page.limit = u32::try_from(left).map_or(PAGE, |left| left.min(PAGE));
        let found = block_on(async { Ok(read(page).await?) })?;
        left = left.saturating_sub(found.len());
        let last = found.last().map(&number).filter(|_| found.len() == page.limit as usize && left > 0);
        found.into_iter().map(&show).try_for_each(&mut *each)?;
        match last {
            Some(last) => page.before = Some(last),
            None => return Ok(()),
        }
    }
}

/// Rows that are read at a time.
const PAGE: u32 = 1000;
