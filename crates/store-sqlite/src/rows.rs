//! Rows and values: how text, times and lists are stored, and how they are read back in the order of their columns.

use crate::error::failed;
use countersign_core::{BadId, Secret, Timestamp};
use countersign_store::{Outcome, Page, StoreError};
use rusqlite::{
    Connection, OptionalExtension, Params, Row, params_from_iter,
    types::{FromSql, Value, ValueRef},
};
use std::str::FromStr;

/// Reads the columns of a row one after the other.
pub(crate) struct Columns<'a> {
    row: &'a Row<'a>,
    next: usize,
}

impl<'a> Columns<'a> {
    pub(crate) fn value<T: FromSql>(&mut self) -> Result<T, StoreError> {
        self.row.get(self.step()).map_err(failed)
    }

    /// Borrowed, so that no copy of a secret is left behind.
    pub(crate) fn text(&mut self) -> Result<&'a str, StoreError> {
        self.optional_text()?.ok_or_else(|| StoreError::corrupt("a text is missing"))
    }

    pub(crate) fn optional_text(&mut self) -> Result<Option<&'a str>, StoreError> {
        match self.raw()? {
            ValueRef::Null => Ok(None),
            value => value.as_str().map(Some).map_err(StoreError::corrupt),
        }
    }

    pub(crate) fn blob(&mut self) -> Result<&'a [u8], StoreError> {
        self.optional_blob()?.ok_or_else(|| StoreError::corrupt("a value is missing"))
    }

    pub(crate) fn optional_blob(&mut self) -> Result<Option<&'a [u8]>, StoreError> {
        match self.raw()? {
            ValueRef::Null => Ok(None),
            value => value.as_blob().map(Some).map_err(StoreError::corrupt),
        }
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

    /// A count, which no database holds below zero.
    pub(crate) fn count(&mut self) -> Result<u64, StoreError> {
        u64::try_from(self.value::<i64>()?).map_err(StoreError::corrupt)
    }

    pub(crate) fn list(&mut self) -> Result<Vec<String>, StoreError> {
        serde_json::from_str(self.text()?).map_err(StoreError::corrupt)
    }

    pub(crate) fn optional_list(&mut self) -> Result<Option<Vec<String>>, StoreError> {
        self.optional_text()?.map(serde_json::from_str).transpose().map_err(StoreError::corrupt)
    }

    /// Reads a record of so many columns, unless a `LEFT JOIN` did not find it.
    pub(crate) fn unless_null<T>(
        &mut self,
        columns: usize,
        read: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        if self.row.get_ref(self.next).map_err(failed)? == ValueRef::Null {
            self.next += columns;
            return Ok(None);
        }
        read(self).map(Some)
    }

    fn raw(&mut self) -> Result<ValueRef<'a>, StoreError> {
        self.row.get_ref(self.step()).map_err(failed)
    }

    fn step(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }
}

/// The first row, if there is one.
pub(crate) fn find<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&mut Columns<'_>) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    let mut rows = statement.query(params).map_err(failed)?;
    let row = rows.next().map_err(failed)?;
    row.map(|row| read(&mut Columns { row, next: 0 })).transpose()
}

/// The first column of the first row, if there is one.
pub(crate) fn value<T: FromSql>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<Option<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    statement.query_row(params, |row| row.get(0)).optional().map_err(failed)
}

/// Every row.
pub(crate) fn list<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl Fn(&mut Columns<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut found = Vec::new();
    each(connection, sql, params, |columns| {
        found.push(read(columns)?);
        Ok(())
    })?;
    Ok(found)
}

/// A list of which only a part is asked for: a condition more for each thing that is asked.
pub(crate) struct Filtered {
    sql: String,
    values: Vec<Value>,
}

impl Filtered {
    /// From a statement that ends in `WHERE` and a condition.
    pub(crate) fn new(select: &str) -> Self {
        Self { sql: select.to_owned(), values: Vec::new() }
    }

    /// Those for which a condition with one `?` holds, if there is a value for it.
    pub(crate) fn and(mut self, condition: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.sql.extend([" AND ", condition]);
            self.values.push(value.into());
        }
        self
    }

    /// A page of them, by a column that numbers them.
    pub(crate) fn page<T>(
        self,
        connection: &Connection,
        number: &str,
        page: Page,
        read: impl Fn(&mut Columns<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let behind = self.and(&format!("{number} < ?"), Some(page.bound()));
        behind.first(connection, &format!("{number} DESC"), page.limit, read)
    }

    /// The first ones in that order.
    pub(crate) fn first<T>(
        mut self,
        connection: &Connection,
        order: &str,
        limit: u32,
        read: impl Fn(&mut Columns<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        self.sql.extend([" ORDER BY ", order, " LIMIT ?"]);
        self.values.push(limit.into());
        list(connection, &self.sql, params_from_iter(self.values), read)
    }
}

/// Every row, one after the other.
pub(crate) fn each(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    mut read: impl FnMut(&mut Columns<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    let mut rows = statement.query(params).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        read(&mut Columns { row, next: 0 })?;
    }
    Ok(())
}

/// Runs one statement, and tells how many rows it changed.
pub(crate) fn change(connection: &Connection, sql: &str, params: impl Params) -> Result<usize, StoreError> {
    connection.prepare_cached(sql).and_then(|mut statement| statement.execute(params)).map_err(failed)
}

/// Runs one statement that changes one row or, where its guard does not hold, none.
pub(crate) fn guarded(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<Outcome, StoreError> {
    change(connection, sql, params).map(Outcome::of_rows)
}

/// All statements of `work` or, where it fails, none; one statement alone needs none of this.
pub(crate) fn atomically<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    change(connection, "SAVEPOINT job", [])?;
    let result = work(connection);
    // SQLite may have undone the whole transaction, savepoints included: the writer sees that, here as there.
    if result.is_err() && !connection.is_autocommit() {
        change(connection, "ROLLBACK TO job", []).or_else(|_| change(connection, "ROLLBACK", []))?;
    }
    if !connection.is_autocommit() {
        change(connection, "RELEASE job", [])?;
    }
    result
}

/// A time as it is stored; one past 63 bits is as good as the largest.
pub(crate) fn seconds(time: Timestamp) -> i64 {
    i64::try_from(time.seconds()).unwrap_or(i64::MAX)
}

/// A list as it is stored.
pub(crate) fn json(list: &[String]) -> Result<String, StoreError> {
    serde_json::to_string(list).map_err(StoreError::corrupt)
}
