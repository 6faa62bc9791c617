//! Times as machines read them.

use countersign_core::Timestamp;
use time::OffsetDateTime;

/// Such as `2027-01-15T08:00:09Z`; beyond the year 9999 its last second.
pub(crate) fn machine(at: Timestamp) -> String {
    let seconds = i64::try_from(at.seconds()).unwrap_or(i64::MAX);
    OffsetDateTime::from_unix_timestamp(seconds).map_or_else(|_| "9999-12-31T23:59:59Z".into(), written)
}

/// The same for a time that is known to be none of those.
pub(crate) fn written(at: OffsetDateTime) -> String {
    format!("{}T{:02}:{:02}:{:02}Z", at.date(), at.hour(), at.minute(), at.second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_to_machines_to_the_second() {
        assert_eq!(machine(Timestamp::from_seconds(1_800_000_009)), "2027-01-15T08:00:09Z");
        assert_eq!(machine(Timestamp::from_seconds(u64::MAX)), "9999-12-31T23:59:59Z");
    }
}
