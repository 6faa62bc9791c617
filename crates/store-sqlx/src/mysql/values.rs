//! What is sent with a statement.

use crate::time::seconds;
use countersign_core::Timestamp;
use mysql_async::Value;

/// A time as it is stored.
pub(crate) fn time(time: Timestamp) -> Value {
    Value::Int(seconds(time))
}

/// The same, or none.
pub(crate) fn optional_time(at: Option<Timestamp>) -> Value {
    at.map_or(Value::NULL, time)
}

/// What a filter asks for, or nothing.
pub(crate) fn optional_flag(flag: Option<bool>) -> Value {
    flag.map_or(Value::NULL, Value::from)
}

/// A list as it is stored.
pub(crate) fn list(list: &[String]) -> Value {
    // OK because text is always JSON
    Value::Bytes(serde_json::to_vec(list).expect("a list of texts"))
}
