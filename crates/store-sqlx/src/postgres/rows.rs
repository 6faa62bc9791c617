//! Reads rows, in the order of their columns.

use countersign_core::{BadId, Secret, Timestamp};
use countersign_store::StoreError;
use std::str::FromStr;
use tokio_postgres::{Row, types::FromSql};

/// A row that a statement gave back.
pub(crate) struct Found(pub(crate) Row);

impl Found {
    pub(crate) fn columns(&self) -> Columns<'_> {
        Columns { row: &self.0, next: 0 }
    }
}

/// Reads the columns of a row one after the other.
pub(crate) struct Columns<'a> {
    row: &'a Row,
    next: usize,
}

impl<'a> Columns<'a> {
    pub(crate) fn value<T: FromSql<'a>>(&mut self) -> Result<T, StoreError> {
        let found = self.row.try_get(self.next).map_err(StoreError::corrupt);
        self.next += 1;
        found
    }

    /// Borrowed, so that no copy of a secret is left behind.
    pub(crate) fn text(&mut self) -> Result<&'a str, StoreError> {
        self.value()
    }

    pub(crate) fn id<T: FromStr<Err = BadId>>(&mut self) -> Result<T, StoreError> {
        self.text()?.parse().map_err(StoreError::corrupt)
    }

    pub(crate) fn secret(&mut self) -> Result<Secret, StoreError> {
        self.text().map(Secret::from)
    }

    pub(crate) fn time(&mut self) -> Result<Timestamp, StoreError> {
        self.optional_time()?.ok_or_else(|| StoreError::corrupt("a time is missing"))
    }

    pub(crate) fn optional_time(&mut self) -> Result<Option<Timestamp>, StoreError> {
        let seconds = self.value::<Option<i64>>()?.map(u64::try_from).transpose();
        Ok(seconds.map_err(StoreError::corrupt)?.map(Timestamp::from_seconds))
    }

    /// A hash of 32 bytes.
    pub(crate) fn hash(&mut self) -> Result<[u8; 32], StoreError> {
        self.value::<&[u8]>()?.try_into().map_err(StoreError::corrupt)
    }

    /// A count, which no database holds below zero.
    pub(crate) fn count(&mut self) -> Result<u64, StoreError> {
        u64::try_from(self.value::<i64>()?).map_err(StoreError::corrupt)
    }

    /// Reads a record of so many columns, the first of them text, unless a `LEFT JOIN` did not find it.
    pub(crate) fn unless_null<T>(
        &mut self,
        columns: usize,
        read: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let first: Option<&str> = self.row.try_get(self.next).map_err(StoreError::corrupt)?;
        if first.is_none() {
            self.next += columns;
            return Ok(None);
        }
        read(self).map(Some)
    }
}
