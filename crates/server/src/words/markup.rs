//! Arguments of messages, as HTML.

use std::borrow::Cow;

/// Text that stands for itself in an element or between double quotes.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        match char {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#x27;"),
            other => safe.push(other),
        }
    }
    Cow::Owned(safe)
}

/// A name that somebody chose: whichever way it is written, it turns nothing around it.
pub(crate) fn bdi(html: &str) -> String {
    format!("<bdi>{html}</bdi>")
}

/// What a machine reads.
pub(crate) fn code(html: &str) -> String {
    format!("<code>{html}</code>")
}
