//! Reads rows, in the order of their columns.

use countersign_core::{BadId, Secret, Timestamp};
use countersign_store::StoreError;
use mysql_async::{Row, Value};
use std::str::FromStr;

/// Reads the columns of a row one after the other.
pub(crate) struct Columns<'a> {
    row: &'a Row,
    next: usize,
}

impl<'a> Columns<'a> {
    pub(crate) fn of(row: &'a Row) -> Self {
        Self { row, next: 0 }
    }

    pub(crate) fn optional_bytes(&mut self) -> Result<Option<&'a [u8]>, StoreError> {
        match self.value()? {
            Value::NULL => Ok(None),
            Value::Bytes(bytes) => Ok(Some(bytes)),
            _ => Err(StoreError::corrupt("a column holds no bytes")),
        }
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], StoreError> {
        self.optional_bytes()?.ok_or_else(|| StoreError::corrupt("bytes are missing"))
    }

    /// Borrowed, so that no copy of a secret is left behind.
    pub(crate) fn optional_text(&mut self) -> Result<Option<&'a str>, StoreError> {
        self.optional_bytes()?.map(std::str::from_utf8).transpose().map_err(StoreError::corrupt)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, StoreError> {
        self.optional_text()?.ok_or_else(|| StoreError::corrupt("a text is missing"))
    }

    pub(crate) fn optional_number(&mut self) -> Result<Option<i64>, StoreError> {
        match self.value()? {
            Value::NULL => Ok(None),
            Value::Int(number) => Ok(Some(*number)),
            Value::UInt(number) => i64::try_from(*number).map(Some).map_err(StoreError::corrupt),
            _ => Err(StoreError::corrupt("a column holds no number")),
        }
    }

    pub(crate) fn number(&mut self) -> Result<i64, StoreError> {
        self.optional_number()?.ok_or_else(|| StoreError::corrupt("a number is missing"))
    }

    pub(crate) fn flag(&mut self) -> Result<bool, StoreError> {
        self.number().map(|number| number != 0)
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
        let seconds = self.optional_number()?.map(u64::try_from).transpose();
        Ok(seconds.map_err(StoreError::corrupt)?.map(Timestamp::from_seconds))
    }

    pub(crate) fn optional_list(&mut self) -> Result<Option<Vec<String>>, StoreError> {
        self.optional_bytes()?.map(serde_json::from_slice).transpose().map_err(StoreError::corrupt)
    }

    pub(crate) fn list(&mut self) -> Result<Vec<String>, StoreError> {
        self.optional_list()?.ok_or_else(|| StoreError::corrupt("a list is missing"))
    }

    pub(crate) fn owned(&mut self) -> Result<String, StoreError> {
        self.text().map(ToOwned::to_owned)
    }

    pub(crate) fn optional_owned(&mut self) -> Result<Option<String>, StoreError> {
        Ok(self.optional_text()?.map(ToOwned::to_owned))
    }

    /// A hash of 32 bytes.
    pub(crate) fn hash(&mut self) -> Result<[u8; 32], StoreError> {
        self.bytes()?.try_into().map_err(StoreError::corrupt)
    }

    /// A count, which no database holds below zero.
    pub(crate) fn count(&mut self) -> Result<u64, StoreError> {
        u64::try_from(self.number()?).map_err(StoreError::corrupt)
    }

    /// Reads a record of so many columns, unless a `LEFT JOIN` did not find it.
    pub(crate) fn unless_null<T>(
        &mut self,
        columns: usize,
        read: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        if self.row.as_ref(self.next) == Some(&Value::NULL) {
            self.next += columns;
            return Ok(None);
        }
        read(self).map(Some)
    }

    fn value(&mut self) -> Result<&'a Value, StoreError> {
        self.next += 1;
        self.row.as_ref(self.next - 1).ok_or_else(|| StoreError::corrupt("a column is missing"))
    }
}
