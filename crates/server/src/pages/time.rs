//! Times as pages show them: in UTC, since a page without scripts does not know where it is read.

use countersign_core::Timestamp;
use minijinja::Value;
use time::OffsetDateTime;

/// The filter `time`: `<time>` for seconds since 1970, to the minute.
pub(super) fn filter(seconds: i64) -> Value {
    shown(seconds, |at| format!("{:02}:{:02}", at.hour(), at.minute()))
}

/// The filter `second`: the same, to the second.
pub(super) fn to_the_second(seconds: i64) -> Value {
    shown(seconds, |at| format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second()))
}

/// A time as machines read it: `2027-01-15T08:00:09Z`; beyond the year 9999 its last second.
pub(super) fn machine(at: Timestamp) -> String {
    let seconds = i64::try_from(at.seconds()).unwrap_or(i64::MAX);
    OffsetDateTime::from_unix_timestamp(seconds).map_or_else(|_| "9999-12-31T23:59:59Z".into(), rfc3339)
}

fn shown(seconds: i64, clock: impl Fn(OffsetDateTime) -> String) -> Value {
    let Ok(at) = OffsetDateTime::from_unix_timestamp(seconds) else { return Value::from("long from now") };
    let (date, clock) = (at.date(), clock(at));
    Value::from_safe_string(format!("<time datetime=\"{}\">{date} {clock}&nbsp;UTC</time>", rfc3339(at)))
}

fn rfc3339(at: OffsetDateTime) -> String {
    format!("{}T{:02}:{:02}:{:02}Z", at.date(), at.hour(), at.minute(), at.second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_to_the_minute_and_to_machines_to_the_second() {
        let told = "<time datetime=\"2027-01-15T08:00:09Z\">2027-01-15 08:00&nbsp;UTC</time>";
        assert_eq!(filter(1_800_000_009).to_string(), told);
        assert_eq!(filter(i64::MAX).to_string(), "long from now");
        assert!(to_the_second(1_800_000_009).to_string().contains(">2027-01-15 08:00:09&nbsp;UTC<"));
        assert_eq!(machine(Timestamp::from_seconds(1_800_000_009)), "2027-01-15T08:00:09Z");
        assert_eq!(machine(Timestamp::from_seconds(u64::MAX)), "9999-12-31T23:59:59Z");
    }
}
