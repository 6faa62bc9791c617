//! All keys of a file, the newest first: which one signs, and what is published.

use super::key::{Algorithm, Key};
use aws_lc_rs::error::Unspecified;
use countersign_core::Timestamp;
use serde_json::json;
use zeroize::Zeroizing;

/// The newest key first.
#[derive(Default)]
pub(crate) struct Keys {
    list: Vec<Key>,
    /// What the list publishes.
    published: String,
}

/// What a key does at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It signs.
    Signs,
    /// It is published, and will sign.
    Waits,
    /// It is published: for what it signed before, or as one of another algorithm.
    Published,
}

impl Keys {
    /// Reads what [`to_text`](Self::to_text) wrote; an error names the line and never shows it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut list: Vec<Key> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let number = index + 1;
            let key = Key::parse(line).ok_or_else(|| format!("line {number} is no key: {FORM}"))?;
            if list.iter().any(|known| known.kid == key.kid) {
                return Err(format!("line {number}: key {} is there twice", key.kid));
            }
            list.push(key);
        }
        if list.is_empty() { Err("there is no key in it".into()) } else { Ok(Self::of(list)) }
    }

    fn of(list: Vec<Key>) -> Self {
        let keys: Vec<_> = list.iter().map(Key::to_jwk).collect();
        Self { list, published: json!({ "keys": keys }).to_string() }
    }

    pub(crate) fn to_text(&self) -> Result<Zeroizing<String>, Unspecified> {
        let lines = self.list.iter().map(Key::to_line).collect::<Result<Vec<_>, _>>()?;
        // Of its full length at once: growing would leave copies behind.
        let length = HEADING.len() + lines.iter().map(|line| line.len()).sum::<usize>();
        let mut text = Zeroizing::new(String::with_capacity(length));
        text.push_str(HEADING);
        lines.iter().for_each(|line| text.push_str(line));
        Ok(text)
    }

    /// Puts a new key in front; it signs at once where no other of its algorithm could.
    pub(crate) fn rotate(
        &mut self,
        algorithm: Algorithm,
        now: Timestamp,
        grace: u64,
    ) -> Result<&Key, Unspecified> {
        let grace = if self.has(algorithm) { grace } else { 0 };
        let key = Key::generate(algorithm, now, now.plus(grace))?;
        let mut list = std::mem::take(&mut self.list);
        list.insert(0, key);
        *self = Self::of(list);
        Ok(&self.list[0])
    }

    /// Takes a key out, if it is there.
    pub(crate) fn remove(&mut self, kid: &str) {
        let mut list = std::mem::take(&mut self.list);
        list.retain(|key| key.kid != kid);
        *self = Self::of(list);
    }

    /// Whether there is one alone: a file without any would be a broken one.
    pub(crate) fn is_last(&self) -> bool {
        self.list.len() == 1
    }

    pub(crate) fn has(&self, algorithm: Algorithm) -> bool {
        self.list.iter().any(|key| key.algorithm == algorithm)
    }

    /// The newest one of the algorithm whose time has come. Where a clock was set back before all of them, the oldest:
    /// verifiers have known it for longest.
    pub(crate) fn signing(&self, algorithm: Algorithm, now: Timestamp) -> Option<&Key> {
        let mut fitting = self.list.iter().filter(|key| key.algorithm == algorithm);
        fitting.clone().find(|key| key.signs_from <= now).or_else(|| fitting.next_back())
    }

    /// Every key with what it does, where tokens are signed with the algorithm.
    pub(crate) fn states(
        &self,
        algorithm: Option<Algorithm>,
        now: Timestamp,
    ) -> impl Iterator<Item = (&Key, State)> {
        let signing = algorithm.and_then(|algorithm| self.signing(algorithm, now));
        let mut passed = false;
        self.list.iter().map(move |key| {
            let signs = signing.is_some_and(|signing| signing.kid == key.kid);
            // One behind the key that signs was overtaken: its time never comes.
            let waits = !passed && Some(key.algorithm) == algorithm;
            passed |= signs;
            let state = if signs {
                State::Signs
            } else if waits {
                State::Waits
            } else {
                State::Published
            };
            (key, state)
        })
    }

    /// The public halves as a JWK set ([RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5)).
    pub(crate) fn published(&self) -> &str {
        &self.published
    }
}

const FORM: &str = "it reads KID ALGORITHM MADE SIGNS-FROM PKCS#8, as `countersign jwt rotate` writes it";
const HEADING: &str = "\
# Signs who called, for upstreams. Keep it secret. The newest key first; `countersign jwt` changes it:
# kid, algorithm, made at, signs from, private key (PKCS#8)
";
