//! What the code in a template names: other templates, messages, variables.

/// A name and the line on which it stands.
pub(crate) type Named<'s> = (&'s str, usize);

/// Each piece of code, without its braces, and where it begins.
fn code(source: &str) -> Vec<(&str, usize)> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(begin) = source[at..].find('{').map(|found| at + found) {
        let end = match source.get(begin..begin + 2) {
            Some("{{") => "}}",
            Some("{%") => "%}",
            Some("{#") => "#}",
            _ => {
                at = begin + 1;
                continue;
            }
        };
        let Some(length) = source[begin + 2..].find(end) else { break };
        if end != "#}" {
            pieces.push((&source[begin + 2..begin + 2 + length], begin + 2));
        }
        at = begin + 2 + length + 2;
    }
    pieces
}

/// The source with its code blanked, byte for byte: what is left is markup at the same places.
pub(super) fn without_code(source: &str) -> String {
    let mut bytes = source.as_bytes().to_vec();
    let mut at = 0;
    while let Some(begin) = source[at..].find('{').map(|found| at + found) {
        let end = match source.get(begin..begin + 2) {
            Some("{{") => "}}",
            Some("{%") => "%}",
            Some("{#") => "#}",
            _ => {
                at = begin + 1;
                continue;
            }
        };
        let stop = source[begin + 2..].find(end).map_or(source.len(), |length| begin + 4 + length);
        for byte in &mut bytes[begin..stop] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = stop;
    }
    // OK because whole characters were replaced
    String::from_utf8(bytes).unwrap_or_default()
}

pub(super) fn line_at(source: &str, at: usize) -> usize {
    source.get(..at).unwrap_or_default().matches('\n').count() + 1
}

/// The messages that it names, as far as they are written out.
pub(crate) fn messages(source: &str) -> Vec<Named<'_>> {
    let mut found = Vec::new();
    for (piece, start) in code(source) {
        for call in ["t(\"", "parts(\""] {
            for (at, _) in piece.match_indices(call) {
                let is_call =
                    !piece[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_');
                let (id, rest) =
                    piece[at + call.len()..].split_once('"').unwrap_or((&piece[at + call.len()..], ""));
                // What goes on behind `~` is not written out.
                if is_call && !rest.trim_start().starts_with('~') {
                    found.push((id, line_at(source, start + at)));
                }
            }
        }
    }
    found
}

/// The templates that it extends, includes or imports.
pub(super) fn templates(source: &str) -> Vec<Named<'_>> {
    let named = |(piece, start): (&'_ str, usize)| {
        let words = piece.trim_start_matches(['-', '+']).trim_start();
        let is_one = ["extends", "include", "import", "from"]
            .iter()
            .any(|word| words.strip_prefix(word).is_some_and(|rest| rest.starts_with([' ', '"', '\''])));
        let at = piece.find(['"', '\'']).filter(|_| is_one)?;
        let end = piece[at + 1..].find(['"', '\''])?;
        Some((start + at + 1, start + at + 1 + end))
    };
    let places = code(source).into_iter().filter_map(named);
    places.map(|(begin, end)| (&source[begin..end], line_at(source, begin))).collect()
}

/// The first line whose code has this word.
pub(super) fn line_of_word(source: &str, word: &str) -> usize {
    let is_part = |char: char| char.is_alphanumeric() || char == '_';
    for (piece, start) in code(source) {
        for (at, _) in piece.match_indices(word) {
            let after = &piece[at + word.len()..];
            if !piece[..at].ends_with(is_part) && !after.starts_with(is_part) {
                return line_at(source, start + at);
            }
        }
    }
    1
}
