//! What is sent with a statement: typed, and never shown.

use crate::time::seconds;
use countersign_core::Timestamp;
use std::{error::Error, fmt};
use tokio_postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};

/// A value of a statement. The driver may log what it sends, and so its `Debug` says nothing.
#[derive(Clone, Copy)]
pub(crate) enum Value<'a> {
    Bytes(Option<&'a [u8]>),
    /// A column of many rows at once, as the next two.
    EachFlag(&'a [bool]),
    EachNumber(&'a [Option<i64>]),
    EachText(&'a [Option<&'a str>]),
    Flag(Option<bool>),
    Number(Option<i64>),
    Text(Option<&'a str>),
    Texts(Option<&'a [String]>),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Some(text))
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(text: Option<&'a str>) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(Some(bytes))
    }
}

impl<'a> From<&'a [String]> for Value<'a> {
    fn from(texts: &'a [String]) -> Self {
        Self::Texts(Some(texts))
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(time: Timestamp) -> Self {
        Self::Number(Some(seconds(time)))
    }
}

impl From<Option<Timestamp>> for Value<'_> {
    fn from(time: Option<Timestamp>) -> Self {
        Self::Number(time.map(seconds))
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Self::Flag(Some(flag))
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Self::Number(Some(number.into()))
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Bytes(value) => value.to_sql_checked(ty, out),
            Self::EachFlag(value) => value.to_sql_checked(ty, out),
            Self::EachNumber(value) => value.to_sql_checked(ty, out),
            Self::EachText(value) => value.to_sql_checked(ty, out),
            Self::Flag(value) => value.to_sql_checked(ty, out),
            Self::Number(value) => value.to_sql_checked(ty, out),
            Self::Text(value) => value.to_sql_checked(ty, out),
            Self::Texts(value) => value.to_sql_checked(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_never_shown() {
        let shown = format!("{:?}", [Value::from("secret"), Value::from(&b"secret"[..]), Value::from(7_u32)]);
        assert_eq!(shown, "[***, ***, ***]");
    }
}
