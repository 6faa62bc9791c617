//! Why a callback is refused, as a page says it: the provider's own sentences are for the protocol, in English.

use crate::words::{Text, text};

/// The message for a sentence of [`callback::check`](countersign_provider::callback::check).
pub(super) fn in_words(reason: &'static str) -> Text {
    for (known, id) in REASONS {
        if reason.contains(known) {
            return text(id);
        }
    }
    // English is better than nothing: a test meets every one that there is.
    text(reason)
}

/// What is peculiar to each sentence, and its message.
const REASONS: [(&str, &str); 13] = [
    ("may not use `oob`", "callback-oob-not-allowed"),
    ("not registered", "callback-not-registered"),
    ("2,048 bytes", "callback-too-long"),
    ("beyond ASCII", "callback-not-ascii"),
    ("a character that no URI has", "callback-no-uri-character"),
    ("a broken escape", "callback-broken-escape"),
    ("not an absolute URI", "callback-not-absolute"),
    ("may not have this scheme", "callback-forbidden-scheme"),
    ("no authority", "callback-no-authority"),
    ("as a browser would write it", "callback-bad-host"),
    ("default port", "callback-default-port"),
    ("a number from 1 to 65535", "callback-bad-port"),
    ("a dot segment", "callback-dot-segment"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_provider::callback;
    use countersign_store::ClientRecord;

    #[test]
    fn each_reason_of_the_providers_has_words() {
        let client = ClientRecord::with_secret("c", "s", "Printer");
        let long = format!("https://a/{}", "x".repeat(2048));
        let refused = [
            "oob",
            "https://a/b",
            &*long,
            "https://ä.example/",
            "https://a/#b",
            "https://a/%zz",
            "/path",
            "HTTPS://a",
            "javascript:alert(1)",
            "https:a",
            "https://A/",
            "https://a:443/",
            "https://a:0/",
            "https://a/../b",
        ];
        let met: Vec<Text> =
            refused.map(|url| in_words(callback::check(&client, url).expect_err(url))).into();
        for (_, id) in REASONS {
            assert!(met.contains(&text(id)), "{id} is never said");
        }
        assert!(met.iter().all(|text| text.id().starts_with("callback-")), "{met:?}");
    }
}
