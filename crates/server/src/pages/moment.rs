//! A time in words.

use countersign_core::Timestamp;
use std::time::{Duration, UNIX_EPOCH};

/// A date and a time in UTC, as every HTTP message has it.
pub(crate) fn moment(at: Timestamp) -> String {
    // Beyond the year 9999 there are no words.
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(at.seconds().min(LAST)))
}

/// The last second of the year 9999.
const LAST: u64 = 253_402_300_799;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_utc() {
        assert_eq!(moment(Timestamp::from_seconds(784_111_777)), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(moment(Timestamp::from_seconds(u64::MAX)), "Fri, 31 Dec 9999 23:59:59 GMT");
    }
}
