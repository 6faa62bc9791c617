//! Times, as all dialects store them.

use countersign_core::Timestamp;

/// A time as it is stored; one past 63 bits is as good as the largest.
pub(crate) fn seconds(time: Timestamp) -> i64 {
    i64::try_from(time.seconds()).unwrap_or(i64::MAX)
}
