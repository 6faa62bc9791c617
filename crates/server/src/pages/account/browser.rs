//! What a browser calls itself, in words that its user knows.

use crate::words::text;
use serde_json::{Value, json};

/// A message such as `Firefox on Linux` for what begins with `Mozilla/5.0`; whatever else it says, as it says it.
pub(super) fn named(user_agent: &str) -> Value {
    let first = |known: &[(&str, &'static str)]| {
        known.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    match (first(&BROWSERS), first(&SYSTEMS)) {
        (Some(browser), Some(system)) => {
            json!(text("account-browser").word("browser", browser).word("system", system))
        }
        (Some(browser), None) => browser.into(),
        (None, _) => user_agent.into(),
    }
}

/// The more particular ones first: the others' names stand in theirs.
const BROWSERS: [(&str, &str); 6] = [
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: [(&str, &str); 7] = [
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_by_the_name_that_their_users_know() {
        for (agent, name) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            ("Mozilla/5.0 (Linux; Android 16) Chrome/140.0.0.0 Mobile Safari/537.36", "Chrome on Android"),
        ] {
            let (browser, system) = name.split_once(" on ").expect("both");
            let told = text("account-browser").word("browser", browser).word("system", system);
            assert_eq!(named(agent), json!(told));
        }
        for (agent, name) in [("Firefox/1", "Firefox"), ("curl/8.5.0", "curl/8.5.0"), ("<b>", "<b>")] {
            assert_eq!(named(agent), json!(name));
        }
    }
}
