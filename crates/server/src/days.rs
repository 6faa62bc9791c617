//! Days in UTC, as people write them.

use countersign_core::Timestamp;
use time::{Date, Month, PrimitiveDateTime, Time};

/// The first second of a day; `None` where it is none.
pub(crate) fn first_second(text: &str) -> Option<Timestamp> {
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let [year, month, day] = text.split('-').collect::<Vec<_>>().try_into().ok()?;
    if [year.len(), month.len(), day.len()] != [4, 2, 2] || ![year, month, day].into_iter().all(digits) {
        return None;
    }
    let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
    let date = Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()?;
    let seconds = PrimitiveDateTime::new(date, Time::MIDNIGHT).assume_utc().unix_timestamp();
    u64::try_from(seconds).ok().map(Timestamp::from_seconds)
}

/// Seconds of a day.
pub(crate) const DAY: u64 = 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_utc() {
        for (text, seconds) in [
            ("1970-01-01", Some(0)),
            ("2027-01-15", Some(1_799_971_200)),
            ("2028-02-29", Some(1_835_395_200)),
            ("9999-12-31", Some(253_402_214_400)),
            ("1969-12-31", None),
            ("2027-02-29", None),
            ("2027-13-01", None),
            ("2027-00-01", None),
            ("2027-1-15", None),
            ("12027-01-15", None),
            ("+027-01-15", None),
            ("2027-01-15T00:00", None),
            ("15.01.2027", None),
            ("２０27-01-15", None),
            ("", None),
        ] {
            assert_eq!(first_second(text).map(Timestamp::seconds), seconds, "{text}");
        }
    }
}
