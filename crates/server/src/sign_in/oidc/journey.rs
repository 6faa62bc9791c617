//! A visitor's way to an issuer and back: everything about it is in one short-lived cookie of their browser.
//!
//! The cookie holds a random identifier. State, nonce and PKCE verifier are hashes of it, so nothing is stored, any node takes the
//! visitor back, and whoever sees the state in an address learns nothing that would let them finish the journey elsewhere.

use crate::{
    login::safe_path,
    session::{LENGTH, hash},
};
use base64ct::{Base64UrlUnpadded, Encoding};
use countersign_core::{Secret, Timestamp};
use countersign_provider::{System, token};

/// One way there and back.
pub(crate) struct Journey {
    /// What only this browser knows.
    id: Secret,
    /// Where to: the `id` of an issuer's settings.
    pub(super) issuer: String,
    pub(super) purpose: Purpose,
    expires: Timestamp,
    /// Where the visitor wanted to go.
    pub(super) next: String,
}

/// What it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Signing in.
    SignIn,
    /// Connecting the identity with the account that is signed in.
    Connect,
}

impl Journey {
    /// Sets out; it must end before [`LIFE`] is over.
    pub(crate) fn begin(issuer: &str, purpose: Purpose, next: &str, now: Timestamp) -> Self {
        let next = Some(safe_path(next)).filter(|next| next.len() <= LONGEST).unwrap_or("/");
        let (id, expires) = (token(&System, LENGTH).into(), now.plus(LIFE));
        Self { id, issuer: issuer.into(), purpose, expires, next: next.into() }
    }

    /// The one that a cookie tells of, unless it has ended.
    pub(super) fn read(cookie: &str, now: Timestamp) -> Option<Self> {
        let mut parts = cookie.split('.');
        let mut part = || parts.next();
        let (id, issuer, purpose) = (part()?, part()?, part()?);
        let (expires, next) = (part()?.parse().ok().map(Timestamp::from_seconds)?, part()?);
        let purpose = Purpose::ALL.into_iter().find(|known| known.word() == purpose)?;
        let next = String::from_utf8(Base64UrlUnpadded::decode_vec(next).ok()?).ok()?;
        let whole = part().is_none() && id.len() == LENGTH && expires > now && expires <= now.plus(LIFE);
        let read = Self { id: id.into(), issuer: issuer.into(), purpose, expires, next };
        (whole && safe_path(&read.next) == read.next).then_some(read)
    }

    /// The cookie's value: letters, digits, `.`, `-` and `_`.
    pub(super) fn cookie(&self) -> String {
        let (id, expires) = (self.id.expose(), self.expires.seconds());
        let next = Base64UrlUnpadded::encode_string(self.next.as_bytes());
        format!("{id}.{}.{}.{expires}.{next}", self.issuer, self.purpose.word())
    }

    /// What the issuer sends back with the visitor. `session` is the secret of the session that asked to be connected, empty for
    /// signing in: nobody else can take such a journey to its end.
    pub(super) fn state(&self, session: &str) -> String {
        let expires = self.expires.seconds().to_string();
        let said = [&*self.issuer, self.purpose.word(), &*expires, &*self.next, session];
        self.derived("state", &said)
    }

    /// What the issuer writes into the ID token, so that one of another journey will not do.
    pub(super) fn nonce(&self) -> String {
        self.derived("nonce", &[])
    }

    /// What the issuer saw a hash of, so that a code of another journey will not do ([RFC 7636]).
    ///
    /// [RFC 7636]: https://www.rfc-editor.org/rfc/rfc7636
    pub(super) fn verifier(&self) -> String {
        self.derived("verifier", &[])
    }

    fn derived(&self, what: &str, said: &[&str]) -> String {
        // No part holds a NUL.
        let text = [&[what, self.id.expose()], said].concat().join("\0");
        hash(&text).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Purpose {
    const ALL: [Self; 2] = [Self::SignIn, Self::Connect];

    const fn word(self) -> &'static str {
        match self {
            Self::SignIn => "in",
            Self::Connect => "connect",
        }
    }
}

/// Seconds within which the visitor must be back.
pub(super) const LIFE: u64 = 600;
/// The longest path to go on to: a cookie has little room.
const LONGEST: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    #[test]
    fn what_a_cookie_holds_is_read_until_it_ends_and_by_nobody_who_changed_it() {
        let next = "/oauth/authorize?oauth_token=a.b";
        let journey = Journey::begin("example", Purpose::Connect, next, NOW);
        let cookie = journey.cookie();
        let read = Journey::read(&cookie, NOW.plus(LIFE - 1)).expect("within its time");
        assert_eq!((&*read.issuer, read.purpose, &*read.next), ("example", Purpose::Connect, next));
        assert_eq!(
            (read.state("s"), read.nonce(), read.verifier()),
            (journey.state("s"), journey.nonce(), journey.verifier())
        );
        assert!(Journey::read(&cookie, NOW.plus(LIFE)).is_none(), "it has ended");
        for changed in ["", ".....", &cookie[1..], &format!("{cookie}.x"), &cookie.replace("connect", "x")] {
            assert!(Journey::read(changed, NOW).is_none(), "{changed}");
        }
        for changed in
            [cookie.replace("connect", "in"), cookie.replace("example", "other"), format!("{cookie}eA")]
        {
            let state = Journey::read(&changed, NOW).map(|read| read.state("s"));
            assert_ne!(state, Some(journey.state("s")), "{changed}");
        }
    }

    #[test]
    fn open_redirect_in_a_journey_leads_home() {
        let long = format!("/{}", "x".repeat(LONGEST));
        for next in ["https://evil.example", "//evil.example", "/\\evil.example", "", &long] {
            assert_eq!(Journey::begin("example", Purpose::SignIn, next, NOW).next, "/");
        }
        let journey = Journey::begin("example", Purpose::SignIn, "/", NOW);
        let evil = Base64UrlUnpadded::encode_string(b"//evil.example");
        let (before, _) =
            journey.cookie().rsplit_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        assert!(Journey::read(&format!("{before}.{evil}"), NOW).is_none());
    }

    #[test]
    fn state_of_another_session_or_journey_is_another_one() {
        let [first, second] = [(); 2].map(|()| Journey::begin("example", Purpose::Connect, "/", NOW));
        assert_ne!(first.state("a"), first.state("b"));
        assert_ne!(first.state("a"), second.state("a"));
        let all = [first.state(""), first.nonce(), first.verifier()];
        assert!(all[0] != all[1] && all[1] != all[2] && all[0] != all[2]);
        assert!(all.iter().all(|one| one.len() == 64), "as long as a PKCE verifier must be");
    }
}
