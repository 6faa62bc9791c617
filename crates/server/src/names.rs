//! What an account may be called.

use crate::words::{Text, text};
use std::fmt;

/// A rule that a name breaks; for operators, in words that go on from "a name".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    Blank,
    Control,
    Empty,
    Hides,
    Space,
    TooLong,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blank => "has at least one visible character",
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
            Self::Blank => text("name-blank"),
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

/// The same for one that another provider has: it may hold what hides, and something that does not.
///
/// # Errors
///
/// The rule that it breaks.
pub(crate) fn visible(name: &str) -> Result<(), Rule> {
    plain(name)?;
    if is_blank(name) { Err(Rule::Blank) } else { Ok(()) }
}

/// The same for one that is chosen here: it must read as what it is.
///
/// # Errors
///
/// The rule that it breaks.
pub(crate) fn honest(name: &str) -> Result<(), Rule> {
    visible(name)?;
    if name.chars().any(hides) { Err(Rule::Hides) } else { Ok(()) }
}

/// Whether nothing of a text can be seen.
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(|char| char.is_whitespace() || hides(char))
}

/// Whether a line holds what would make it read as another one.
pub(crate) fn obscures(line: &str) -> bool {
    each(line).any(|(_, hides)| hides)
}

/// The same of a text in lines.
pub(crate) fn obscures_lines(text: &str) -> bool {
    text.split('\n').any(obscures)
}

/// Each character of a line, and whether it hides there: an emoji may be told to be shown in colour, or not.
pub(crate) fn each(line: &str) -> impl Iterator<Item = (char, bool)> {
    line.chars().scan(None, |before, char| {
        let is_style = matches!(char, '\u{fe0e}' | '\u{fe0f}') && before.is_some_and(is_symbol);
        *before = Some(char);
        Some((char, hides(char) && !is_style))
    })
}

/// Characters that look different in colour: signs beyond ASCII, never a letter, a digit, or a mark on one.
fn is_symbol(char: char) -> bool {
    let sign = matches!(
        char,
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}'..='\u{2bff}' | '\u{3030}' | '\u{303d}'
            | '\u{3297}' | '\u{3299}' | '\u{1f000}'..='\u{1faff}'
    );
    sign && !char.is_alphanumeric() && !hides(char)
}

/// Characters that would make a name read as another one: they turn others around, show nothing, or are none at all.
pub(crate) fn hides(char: char) -> bool {
    let turns = matches!(char, '\u{2028}'..='\u{202e}');
    // A Braille cell without dots; anchors of annotations.
    let shows_nothing = is_ignorable(char) || matches!(char, '\u{2800}' | '\u{fff9}'..='\u{fffb}');
    let is_none = u32::from(char) & 0xfffe == 0xfffe || matches!(char, '\u{fdd0}'..='\u{fdef}');
    char.is_control() || turns || shows_nothing || is_none
}

/// Unicode's `Default_Ignorable_Code_Point`: shown as nothing where a font does not know better.
fn is_ignorable(char: char) -> bool {
    matches!(
        char,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
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
            ("jane\u{3164}", "invisible"),
            ("jane\u{fe0f}", "invisible"),
            ("❤\u{fe0f}", "invisible"),
            ("ja\u{34f}ne", "invisible"),
            ("jane\u{ffff}", "invisible"),
            ("\u{3164}", "visible character"),
            ("\u{2800}\u{2800}", "visible character"),
        ] {
            assert!(honest(name).is_err_and(|rule| rule.to_string().contains(told)), "{name:?}");
        }
        for name in ["jane", "Jane Doe", "žofie", "山田", "<b>", "a@b.example", &"x".repeat(255)] {
            assert_eq!(honest(name), Ok(()), "{name:?}");
        }
        assert_eq!(plain("ja\u{200b}ne"), Ok(()), "what another provider has is brought in unchanged");
        assert_eq!(visible("ja\u{200b}ne"), Ok(()), "so that no two become one");
    }

    #[test]
    fn blank_name_is_no_name_wherever_it_comes_from() {
        for blank in
            ["\u{3164}", "\u{2800}", "\u{115f}", "\u{17b4}", "\u{180b}", "\u{e0fff}", "\u{3164} \u{3164}"]
        {
            assert_eq!(visible(blank), Err(Rule::Blank), "{blank:?}");
            assert_eq!(honest(blank), Err(Rule::Blank), "{blank:?}");
            assert!(is_blank(blank) && obscures(blank), "{blank:?}");
        }
    }

    #[test]
    fn what_hides_is_found_at_both_ends_of_each_range() {
        for (first, last) in [
            ('\0', '\u{1f}'),
            ('\u{7f}', '\u{9f}'),
            ('\u{ad}', '\u{ad}'),
            ('\u{34f}', '\u{34f}'),
            ('\u{61c}', '\u{61c}'),
            ('\u{115f}', '\u{1160}'),
            ('\u{17b4}', '\u{17b5}'),
            ('\u{180b}', '\u{180f}'),
            ('\u{200b}', '\u{200f}'),
            ('\u{2028}', '\u{202e}'),
            ('\u{2060}', '\u{206f}'),
            ('\u{2800}', '\u{2800}'),
            ('\u{3164}', '\u{3164}'),
            ('\u{fdd0}', '\u{fdef}'),
            ('\u{fe00}', '\u{fe0f}'),
            ('\u{feff}', '\u{feff}'),
            ('\u{ffa0}', '\u{ffa0}'),
            ('\u{fff0}', '\u{fffb}'),
            ('\u{fffe}', '\u{ffff}'),
            ('\u{1bca0}', '\u{1bca3}'),
            ('\u{1d173}', '\u{1d17a}'),
            ('\u{1fffe}', '\u{1ffff}'),
            ('\u{dfffe}', '\u{e0fff}'),
            ('\u{10fffe}', '\u{10ffff}'),
        ] {
            let beside = [u32::from(first).checked_sub(1), u32::from(last).checked_add(1)];
            assert!((first..=last).all(hides), "{first:?} to {last:?}");
            for beside in beside.into_iter().flatten().filter_map(char::from_u32) {
                assert!(!hides(beside), "{beside:?}");
            }
        }
    }

    #[test]
    fn an_emoji_may_be_in_colour_and_nothing_else_is_told_so() {
        for good in ["❤\u{fe0f} Prints", "Prints ☎\u{fe0e}", "©\u{fe0f}", "🏞\u{fe0f}🖨\u{fe0f}", "Printer"]
        {
            assert!(!obscures(good), "{good:?}");
        }
        for bad in [
            "\u{fe0f}",
            "Prints\u{fe0f}",
            "Prints \u{fe0f}",
            "Prints 2\u{fe0f}",
            "Prints.\u{fe0f}",
            "e\u{301}\u{fe0f}",
            "❤\u{fe0f}\u{fe0f}",
            "❤\u{fe00}",
            "\u{2800}\u{fe0f}",
            "❤\u{200b}\u{fe0f}",
            "two\nlines",
        ] {
            assert!(obscures(bad), "{bad:?}");
        }
        assert!(!obscures_lines("two\n❤\u{fe0f} lines") && obscures_lines("❤\n\u{fe0f}"));
    }
}
