//! What the pages' policy would block in a stylesheet.

use super::{markup::is_elsewhere, references::line_at};

/// What would be blocked, each with its line.
pub(super) fn blocked(css: &str) -> Vec<(usize, String)> {
    let named = loaded(css).into_iter().filter(|(_, address)| is_elsewhere(address));
    named.map(|(at, address)| (line_at(css, at), told(address))).collect()
}

fn told(address: &str) -> String {
    let shown: String = address.chars().take(SHOWN).collect();
    format!("a browser loads nothing from elsewhere here, and so not {shown}")
}

/// Every address that a browser would load, and where it stands.
fn loaded(css: &str) -> Vec<(usize, &str)> {
    let (mut found, mut statement, mut at) = (Vec::new(), 0, 0);
    while let Some(rest) = css.get(at..).filter(|rest| !rest.is_empty()) {
        let before = css.get(statement..at).unwrap_or_default().trim();
        if let Some(comment) = rest.strip_prefix("/*") {
            at += 2 + comment.find("*/").map_or(comment.len(), |end| end + 2);
            statement = if before.is_empty() { at } else { statement };
        } else if let Some(text) = quoted(rest) {
            found.extend(before.eq_ignore_ascii_case("@import").then_some((at, text)));
            at += text.len() + 2;
        } else if let Some(inner) = after(rest, "url(") {
            let given = inner.trim_start();
            let in_quotes = quoted(given);
            let address = in_quotes.unwrap_or_else(|| given.split(')').next().unwrap_or_default());
            // It names a language of markup, and loads nothing.
            found.extend(after(before, "@namespace").is_none().then_some((at, address)));
            let begin = inner.len() - given.len() + 2 * usize::from(in_quotes.is_some());
            at += 4 + begin + address.len();
        } else {
            let char = rest.chars().next().unwrap_or_default();
            at += char.len_utf8();
            statement = if ";{}".contains(char) { at } else { statement };
        }
    }
    found
}

/// What is between the quotes with which it begins.
fn quoted(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|char| ['"', '\''].contains(char))?;
    let inner = &text[1..];
    let mut is_escaped = false;
    let end = inner.find(|char| {
        let ends = !is_escaped && (char == quote || char == '\n');
        is_escaped = !is_escaped && char == '\\';
        ends
    });
    Some(&inner[..end.unwrap_or(inner.len())])
}

/// What follows these letters, in whatever case.
fn after<'t>(text: &'t str, begin: &str) -> Option<&'t str> {
    text.get(..begin.len()).filter(|found| found.eq_ignore_ascii_case(begin)).map(|_| &text[begin.len()..])
}

/// How much of an address is shown: one that holds its own content can be long.
const SHOWN: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(css: &str) -> Vec<usize> {
        blocked(css).into_iter().map(|(line, _)| line).collect()
    }

    #[test]
    fn what_another_site_has_is_found_where_it_stands() {
        let css = "@import \"https://a.example/x.css\";\n@IMPORT url( 'HTTP://a.example/x.css' );\n\
                   /* why */ @import '//a.example/x.css';\n.a { background: Url(https://a.example/x.png) }\n\
                   .b { background: red, url(\"//a.example/x.png\") }\n\n.c { background: url(data:image/png;base64,AA==) }\n\
                   @font-face { src: local(x), url(https://a.example/x.woff2); }";
        assert_eq!(lines(css), [1, 2, 3, 4, 5, 7, 8]);
        let (_, told) = &blocked(css)[0];
        assert!(told.contains("https://a.example/x.css"), "{told}");
    }

    #[test]
    fn what_loads_nothing_from_elsewhere_passes() {
        let css = "/* url(https://a.example/) @import \"https://a.example/\" */\n@import \"more.css\";\n\
                   @namespace svg url(http://www.w3.org/2000/svg);\n.a::after { content: \"url(https://a.example/)\" }\n\
                   .b { background: url(mark.svg) }\n.c { content: \"https://a.example/\\\"\" }";
        assert_eq!(lines(css), [0; 0]);
    }

    #[test]
    fn whatever_is_written_is_read_to_its_end() {
        for odd in [
            "",
            "/",
            "/*",
            "/* é",
            "\"",
            "\"\\",
            "'é\n",
            "url(",
            "url(\"",
            "url(é",
            "@import",
            "@import \"",
            "}é{",
            "é",
            "ur",
        ] {
            assert_eq!(lines(odd), [0; 0], "{odd}");
        }
    }
}
