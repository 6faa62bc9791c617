//! What the pages' policy would block, and forms that nobody could send: found in a template's markup.

use super::references::{line_at, without_code};

/// A tag in markup.
#[derive(Debug)]
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
    line: usize,
}

impl Tag {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What would be blocked, each with its line; whether scripts of this site may run depends on the page.
pub(super) fn blocked(source: &str, may_run_scripts: bool) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for tag in tags(&without_code(source)) {
        found.extend(of_element(&tag, may_run_scripts).map(|told| (tag.line, told.to_owned())));
        for (name, value) in &tag.attributes {
            found.extend(of_attribute(&tag.name, name, value).map(|told| (tag.line, told)));
        }
    }
    found
}

fn of_element(tag: &Tag, may_run_scripts: bool) -> Option<&'static str> {
    match tag.name.as_str() {
        "style" => Some("a browser blocks inline styles here: put them into style.css in this folder"),
        "script" if tag.attribute("src").is_none() => Some("a browser blocks inline scripts here"),
        "script" if !may_run_scripts => Some("a browser blocks scripts on this page"),
        "iframe" | "object" | "embed" => Some("a browser loads no such thing here"),
        _ => None,
    }
}

fn of_attribute(element: &str, name: &str, value: &str) -> Option<String> {
    let (value, elsewhere) = (value.trim().to_ascii_lowercase(), is_elsewhere(value));
    let loads = matches!(
        (element, name),
        ("img" | "script" | "source" | "audio" | "video", "src")
            | ("link", "href")
            | ("img" | "source", "srcset")
    );
    if name == "style" {
        return Some(
            "a browser blocks the attribute style here: give it a class, and put that into style.css".into(),
        );
    }
    let is_handler =
        name.len() > 2 && name.starts_with("on") && name.bytes().all(|byte| byte.is_ascii_lowercase());
    if is_handler || value.starts_with("javascript:") {
        return Some(format!("a browser blocks the script in {name} here"));
    }
    if loads && elsewhere {
        return Some(format!("a browser loads nothing from elsewhere here: {name} names another site"));
    }
    let leads = (element == "form" && name == "action") || name == "formaction";
    (leads && elsewhere).then(|| "a browser sends no form to another site from here".into())
}

/// Whether an address is none of this server's.
pub(super) fn is_elsewhere(address: &str) -> bool {
    let address = address.trim().to_ascii_lowercase();
    ["http:", "https:", "//", "data:"].iter().any(|begin| address.starts_with(begin))
}

/// The lines of forms that are sent by POST without the field that shows where they come from.
pub(super) fn forms_without_csrf(source: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut open: Option<(usize, bool)> = None;
    for tag in tags(&without_code(source)) {
        match tag.name.as_str() {
            "form" => {
                let posts = tag.attribute("method").is_some_and(|method| method.eq_ignore_ascii_case("post"));
                open = posts.then_some((tag.line, false));
            }
            "input" if tag.attribute("name") == Some("csrf") => {
                open = open.map(|(line, _)| (line, true));
            }
            "/form" => {
                found.extend(open.take().filter(|(_, has)| !has).map(|(line, _)| line));
            }
            _ => {}
        }
    }
    found.extend(open.filter(|(_, has)| !has).map(|(line, _)| line));
    found
}

/// The tags of markup; an end has its `/` in the name.
fn tags(markup: &str) -> Vec<Tag> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(begin) = markup[at..].find('<').map(|place| at + place) {
        let rest = &markup[begin + 1..];
        if rest.starts_with("!--") {
            at = rest.find("-->").map_or(markup.len(), |end| begin + 1 + end + 3);
            continue;
        }
        let is_name = |char: char| char.is_ascii_alphanumeric() || char == '/' || char == '-';
        let length = rest.find(|char| !is_name(char)).unwrap_or(rest.len());
        if length == 0 || rest.starts_with(|char: char| char == '-' || char.is_ascii_digit()) {
            at = begin + 1;
            continue;
        }
        let (attributes, used) = attributes(&rest[length..]);
        found.push(Tag {
            name: rest[..length].to_ascii_lowercase(),
            attributes,
            line: line_at(markup, begin),
        });
        at = begin + 1 + length + used;
    }
    found
}

/// The attributes up to the end of a tag, and how many bytes they take.
fn attributes(text: &str) -> (Vec<(String, String)>, usize) {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|char: char| char.is_whitespace() || char == '/');
        if rest.is_empty() || rest.starts_with('>') {
            return (found, text.len() - rest.len());
        }
        let end = rest[1..].find(|char: char| char.is_whitespace() || "=>/".contains(char));
        let (name, after) = rest.split_at(end.map_or(rest.len(), |end| end + 1));
        let (value, after) = match after.trim_start().strip_prefix('=') {
            Some(given) => value(given.trim_start()),
            None => ("", after),
        };
        found.push((name.to_ascii_lowercase(), value.to_owned()));
        rest = after;
    }
}

fn value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    text.split_at(text.find(|char: char| char.is_whitespace() || char == '>').unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_policy_blocks_is_found_where_it_stands() {
        let source = "<p>a</p>\n<p style=\"x\">{{ \"<style>\" }}</p>\n<b OnClick='x()'></b>\n<script>x</script>\n\
                      <script src=\"/x.js\"></script>\n<img src=\"https://x/y\">\n<a href=\" JavaScript:x\">\n<style>\n\
                      <!-- <style> -->\n<form action=\"//x\">\n<a href=\"https://x/\" data-one on>\n<iframe>";
        let lines: Vec<_> = blocked(source, false).into_iter().map(|(line, _)| line).collect();
        assert_eq!(lines, [2, 3, 4, 5, 6, 7, 8, 10, 12]);
        assert!(blocked("<script src=\"{{ base }}/assets/copy.js\" defer></script>", true).is_empty());
    }

    #[test]
    fn a_form_that_nobody_could_send_is_found() {
        let field = "<input type=\"hidden\" name=\"csrf\" value=\"{{ csrf }}\">";
        for (source, lines) in [
            (format!("<form method=\"post\">\n{field}</form>"), vec![]),
            ("<form method=\"get\"></form>".into(), vec![]),
            (format!("\n<FORM METHOD=POST></FORM>{field}"), vec![2]),
            (format!("<form method=post>{field}</form>\n<form method=post>"), vec![2]),
        ] {
            assert_eq!(forms_without_csrf(&source), lines, "{source}");
        }
    }

    #[test]
    fn whatever_is_written_is_read_to_its_end() {
        for odd in [
            "<",
            "<a",
            "<a b",
            "<a b=",
            "<a b=\"",
            "<a =",
            "< >",
            "</",
            "<1>",
            "{{",
            "{%",
            "{",
            "<é é=é>",
            "<a/>",
        ] {
            assert!(blocked(odd, false).is_empty() && forms_without_csrf(odd).is_empty(), "{odd}");
        }
    }
}
