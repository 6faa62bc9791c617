//! What an account may be called.

use crate::words::{Text, text};
use std::fmt;

/// A rule that a name breaks; for operators, in words that go on from "a name".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    Control,
    Empty,
    Hides,
    Space,
    TooLong,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Control => "holds no control characters",
            Self::Empty => "has at least one character",
            Self::Hides => "holds no invisible characters, and none that turn others around",
            Self::Space => "neither begins nor ends with a space",
            Self::TooLong => "is 255 bytes long at most",
        })
    }
}

impl Rule {
    /// The same on a page.
    pub(crate) fn in_words(self) -> Text {
        match self {
            Self::Control => text("name-control"),
            Self::Empty => text("name-empty"),
            Self::Hides => text("name-hides"),
            Self::Space => text("name-space"),
            Self::TooLong => text("name-too-long"),
        }
    }
}

/// Whether a name can be typed at sign-in and stored, compared byte by byte.
///
/// # Errors
///
/// The rule that it breaks.
pub(crate) fn plain(name: &str) -> Result<(), Rule> {
    if name.is_empty() {
        return Err(Rule::Empty);
    }
    if name.len() > LONGEST {
        return Err(Rule::TooLong);
    }
    if name.chars().any(char::is_control) {
        return Err(Rule::Control);
    }
    if name.trim() != name {
        return Err(Rule::Space);
    }
    Ok(())
}

/// The same for one that a stranger chooses: it must read as what it is.
///
/// # Errors
///
/// The rule that it breaks.
pub(crate) fn honest(name: &str) -> Result<(), Rule> {
    plain(name)?;
    if name.chars().any(hides) {
        return Err(Rule::Hides);
    }
    Ok(())
}

/// Characters that would make a name read as another one.
pub(crate) fn hides(char: char) -> bool {
    let turns = matches!(
        char,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    );
    char.is_control() || turns
}

/// The longest name in bytes.
pub(crate) const LONGEST: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bad_name_is_told_which_rule_it_breaks() {
        for (name, told) in [
            ("", "at least one"),
            (&*"x".repeat(256), "255 bytes"),
            (&*"é".repeat(128), "255 bytes"),
            ("a\0b", "control"),
            ("a\nb", "control"),
            (" jane", "space"),
            ("jane\u{a0}", "space"),
            ("jane\u{202e}enaj", "turn others"),
            ("ja\u{200b}ne", "invisible"),
            ("ja\u{ad}ne", "invisible"),
        ] {
            assert!(honest(name).is_err_and(|rule| rule.to_string().contains(told)), "{name:?}");
        }
        for name in ["jane", "Jane Doe", "žofie", "山田", "<b>", "a@b.example", &"x".repeat(255)] {
            assert_eq!(honest(name), Ok(()), "{name:?}");
        }
        assert_eq!(plain("ja\u{200b}ne"), Ok(()), "what another provider has is brought in unchanged");
    }
}
