//! The challenge: made for one browser and one origin, and shown to belong to them without anything being stored of either.

use crate::{
    app::App,
    session::{Cookie, LENGTH, hash},
};
use countersign_core::Origin;
use countersign_provider::{System, token};
use http::{HeaderMap, HeaderValue};

/// A new one, of letters and digits: the number of its origin, 131 random bits, and 128 bits of a hash of them and of the browser's secret.
pub(super) fn new(browser: &str, origin: usize) -> String {
    // OK because an origin that has no digit counts as the public one
    let origin = u32::try_from(origin).ok().and_then(|number| char::from_digit(number, RADIX)).unwrap_or('0');
    let head = format!("{origin}{}", token(&System, RANDOM));
    let tag = tag(browser, &head);
    head + &tag
}

/// Whether it was made for the browser with that secret.
pub(super) fn is_of(challenge: &str, browser: &str) -> bool {
    challenge.split_at_checked(1 + RANDOM).is_some_and(|(head, rest)| rest == tag(browser, head))
}

fn tag(browser: &str, head: &str) -> String {
    let made = hash(&["challenge:", browser, ":", head].concat());
    made[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

impl App {
    /// The secret of a browser, if it has one.
    pub(super) fn browser<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        let secret = self.cookie(headers, COOKIE)?;
        (secret.len() == LENGTH && secret.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(secret)
    }

    /// The same, or a new one; and the cookie that keeps it for as long as a request for access lives. One secret serves all tabs.
    pub(super) fn browser_or_new(&self, headers: &HeaderMap) -> (String, HeaderValue) {
        let secret = self.browser(headers).map_or_else(|| token(&System, LENGTH), ToOwned::to_owned);
        let cookie = self.set_cookie(self.cookie_name(COOKIE), &secret, self.config.temporary_life);
        (secret, cookie)
    }

    /// The number of one of the server's origins: that which clients sign, then those that are accepted.
    pub(super) fn number_of(&self, origin: &str) -> usize {
        self.origins()
            .position(|known| known.parse().is_ok_and(|known: Origin| known.as_str() == origin))
            .unwrap_or(0)
    }

    /// Where the browser of a challenge keeps its cookie.
    pub(super) fn origin_of(&self, challenge: &str) -> String {
        let number = challenge.chars().next().and_then(|digit| digit.to_digit(RADIX));
        let number = number.and_then(|number| usize::try_from(number).ok()).unwrap_or(0);
        let named = self.origins().nth(number).and_then(|origin| origin.parse::<Origin>().ok());
        named.map_or_else(|| self.provider.public_url().to_owned(), |origin| origin.to_string())
    }

    fn origins(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.provider.public_url())
            .chain(self.config.accepted_origins.iter().map(String::as_str))
    }
}

const COOKIE: Cookie = Cookie("__Host-countersign-challenge", "countersign-challenge");
/// Letters and digits: 131 bits.
const RANDOM: usize = 22;
const RADIX: u32 = 36;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_of_another_browser_or_changed_by_one_character_is_refused() {
        let challenge = new("one browser", 3);
        assert!(challenge.len() == 55 && challenge.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert!(is_of(&challenge, "one browser") && !is_of(&challenge, "another") && !is_of(&challenge, ""));
        for at in 0..challenge.len() {
            let other = if &challenge[at..=at] == "0" { "1" } else { "0" };
            let mut changed = challenge.clone();
            changed.replace_range(at..=at, other);
            assert!(!is_of(&changed, "one browser"), "{at}");
        }
        for bad in [
            "",
            "0",
            &challenge[..54],
            &format!("{challenge}0"),
            &challenge.to_uppercase(),
            "é".repeat(30).as_str(),
        ] {
            assert!(!is_of(bad, "one browser"), "{bad}");
        }
    }

    #[test]
    fn no_challenge_is_made_twice() {
        assert_ne!(new("one browser", 0), new("one browser", 0));
    }
}
