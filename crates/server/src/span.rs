//! Spans of time, as arguments.

/// Seconds; `None` for ever.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span(pub(super) Option<u64>);

/// A span, or `never`.
pub(crate) fn or_never(text: &str) -> Result<Span, String> {
    if text == "never" {
        return Ok(Span(None));
    }
    seconds(text).map(|seconds| Span(Some(seconds))).map_err(|wrong| wrong + "; or never")
}

/// A span in seconds.
pub(crate) fn seconds(text: &str) -> Result<u64, String> {
    let wrong = || "a number with s, m, h or d, such as 90d".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    let span = number.checked_mul(seconds).filter(|span| (1..=LONGEST).contains(span));
    span.ok_or_else(|| "1 second to 10 years".into())
}

/// Ten years.
pub(crate) const LONGEST: u64 = 3650 * 86_400;
