//! A stylesheet of the operator's colours: buttons and links in both themes.

use super::{Set, colour};
use crate::error::Error;

/// The stylesheet, if a colour is set, and what of it may be hard to read.
///
/// # Errors
///
/// [`Error::Config`](crate::error::Error::Config) for what is no colour.
pub(super) fn of(set: &Set) -> Result<(Option<String>, Vec<String>), Error> {
    if set.accent.is_empty() && set.accent_dark.is_empty() {
        return Ok((None, Vec::new()));
    }
    let key = if set.accent.is_empty() { "look.accent_dark" } else { "look.accent" };
    let light = colour(key, if set.accent.is_empty() { &set.accent_dark } else { &set.accent })?;
    let dark = match set.accent_dark.as_str() {
        "" => light,
        text => colour("look.accent_dark", text)?,
    };
    let css = format!(
        ":root {{ {} --link: {}; }}\n@media (prefers-color-scheme: dark) {{ :root {{ {} --link: {}; }} }}\n",
        fills(light),
        named(light),
        fills(dark),
        named(readable_on_dark(dark)),
    );
    let mut hard = Vec::new();
    for (key, colour) in [("look.accent", light), ("look.accent_dark", dark)] {
        let contrast = contrast(colour, WHITE);
        let is_same = key == "look.accent_dark" && dark == light;
        if contrast < ENOUGH && !is_same {
            hard.push(format!(
                "{key}: white on {} has a contrast of {contrast:.1}:1, less than 4.5:1",
                named(colour)
            ));
        }
    }
    Ok((Some(css), hard))
}

fn fills(colour: [u8; 3]) -> String {
    let pressed = colour.map(|part| u8::try_from(u16::from(part) * 85 / 100).unwrap_or(part));
    format!("--accent: {}; --accent-hover: {};", named(colour), named(pressed))
}

fn named([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// The colour, or as much lighter as links need on the dark theme's cards.
fn readable_on_dark(colour: [u8; 3]) -> [u8; 3] {
    let lighter = |percent: u16| {
        colour.map(|part| {
            let part = u16::from(part);
            u8::try_from(part + (255 - part) * percent / 100).unwrap_or(u8::MAX)
        })
    };
    let enough = (0..=100).step_by(5).find(|percent| contrast(lighter(*percent), DARK_CARD) >= LINK_ON_DARK);
    lighter(enough.unwrap_or(100))
}

/// As [WCAG 2](https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio) defines it.
fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(colour: [u8; 3]) -> f64 {
    let [red, green, blue] = colour.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

const WHITE: [u8; 3] = [255; 3];
/// `--card` of the dark theme.
const DARK_CARD: [u8; 3] = [0x16, 0x1a, 0x21];
/// What WCAG AA asks of text.
const ENOUGH: f64 = 4.5;
/// A little more, since links stand on other grounds too.
const LINK_ON_DARK: f64 = 7.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn set(accent: &str, accent_dark: &str) -> Set {
        Set { accent: accent.into(), accent_dark: accent_dark.into(), ..Set::default() }
    }

    #[test]
    fn contrast_is_that_of_the_guidelines() {
        assert!((contrast([0; 3], WHITE) - 21.0).abs() < 0.01);
        assert!((contrast([0x76; 3], WHITE) - 4.54).abs() < 0.01);
    }

    #[test]
    fn colours_become_a_stylesheet_and_links_stay_readable() {
        let (css, hard) = of(&set("#0a5c36", "")).unwrap();
        let css = css.unwrap();
        assert!(
            css.starts_with(":root { --accent: #0a5c36; --accent-hover: #084e2d; --link: #0a5c36; }"),
            "{css}"
        );
        assert!(hard.is_empty(), "{hard:?}");
        assert!(contrast(readable_on_dark([0, 0, 0]), DARK_CARD) >= ENOUGH);
        let (_, hard) = of(&set("#ffcc00", "#0a5c36")).unwrap();
        assert!(hard.len() == 1 && hard[0].contains("1.5:1"), "{hard:?}");
        assert_eq!(of(&set("", "")).unwrap(), (None, Vec::new()));
    }

    #[test]
    fn what_is_no_colour_is_named() {
        for bad in ["red", "#fff", "#12345g", "#0a5c36;}", "0a5c36", "#ééé"] {
            let error = of(&set(bad, "")).unwrap_err().to_string();
            assert!(error.starts_with("look.accent: ") && error.contains(bad), "{error}");
        }
    }
}
