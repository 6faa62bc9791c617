//! Times as arguments: a day in UTC, as pages have them, or Unix seconds, as programs do.

use crate::days::{DAY, first_second};

/// The first second of that day, or that second.
pub(super) fn begin(text: &str) -> Result<u64, String> {
    read(text).map(|(second, _)| second)
}

/// The first second after that day, which belongs to what is asked for, or that second.
pub(super) fn end(text: &str) -> Result<u64, String> {
    read(text).map(|(second, is_day)| if is_day { second + DAY } else { second })
}

fn read(text: &str) -> Result<(u64, bool), String> {
    let day = first_second(text).map(|first| (first.seconds(), true));
    let second = || text.parse().ok().filter(|second| *second <= LAST).map(|second| (second, false));
    day.or_else(second).ok_or_else(|| "a day in UTC, such as 2027-01-15, or Unix seconds".into())
}

/// The greatest second that can be asked for.
const LAST: u64 = 1 << 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_asked_for_as_a_whole_and_a_second_as_it_is() {
        assert_eq!((begin("2027-01-15"), end("2027-01-15")), (Ok(1_799_971_200), Ok(1_800_057_600)));
        assert_eq!((begin("1800000000"), end("1800000000")), (Ok(1_800_000_000), Ok(1_800_000_000)));
        for wrong in ["", "today", "2027-02-29", "-1", "1.5", "9999999999999", "2027-01-15T00:00"] {
            assert!(begin(wrong).is_err_and(|told| told.contains("2027-01-15")), "{wrong}");
        }
    }
}
