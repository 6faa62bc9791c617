//! Times as pages show them: in UTC, since a page without scripts does not know where it is read.

use minijinja::Value;
use time::OffsetDateTime;

/// The filter `time`: `<time>` for seconds since 1970.
pub(super) fn filter(seconds: i64) -> Value {
    let Ok(at) = OffsetDateTime::from_unix_timestamp(seconds) else { return Value::from("long from now") };
    let (date, hour, minute) = (at.date(), at.hour(), at.minute());
    let machine = format!("{date}T{hour:02}:{minute:02}:{:02}Z", at.second());
    Value::from_safe_string(format!(
        "<time datetime=\"{machine}\">{date} {hour:02}:{minute:02}&nbsp;UTC</time>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_to_the_minute_and_to_machines_to_the_second() {
        let told = "<time datetime=\"2027-01-15T08:00:09Z\">2027-01-15 08:00&nbsp;UTC</time>";
        assert_eq!(filter(1_800_000_009).to_string(), told);
        assert_eq!(filter(i64::MAX).to_string(), "long from now");
    }
}
