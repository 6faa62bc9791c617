//! What a mistake is told: in an operator's words, where those of the parser are a programmer's.

/// What was said of an entry, in plain words.
pub(super) fn plain(message: &str) -> String {
    if let Some(told) = of_unknown(message) {
        return told;
    }
    let kind = message.find("expected struct ").map_or(message, |at| &message[..at]);
    let told =
        if kind.len() < message.len() { format!("{kind}expected a table") } else { message.to_owned() };
    WORDS.iter().fold(told, |told, (theirs, ours)| told.replace(theirs, ours))
}

/// An unknown key beside the known one that is most like it; `None` where all are few enough to be listed.
fn of_unknown(message: &str) -> Option<String> {
    let mut words = message.strip_prefix("unknown field `")?.split('`').step_by(2);
    let unknown = words.next()?;
    let known: Vec<&str> = words.collect();
    match nearest(unknown, known.iter().copied()) {
        Some(meant) => Some(format!("no such key `{unknown}`: did you mean `{meant}`?")),
        None if known.len() > A_FEW => {
            Some(format!("no such key `{unknown}`: `countersign config init` lists them"))
        }
        None => None,
    }
}

/// What a value looks like, where its type's own words do not say so.
pub(super) fn hint(key: &str, told: &str) -> &'static str {
    match key {
        "listen" => "; write an address and a port, such as 127.0.0.1:8080",
        "metrics.listen" | "metrics_listen" => "; write an address and a port, such as 127.0.0.1:9090",
        "route" if told.contains(A_LIST) => "; write [[route]], since there may be several",
        "sign_in.oidc" if told.contains(A_LIST) => "; write [[sign_in.oidc]], since there may be several",
        "scopes" | "route.scopes" | "route.policy.scopes" | "methods" | "route.methods" => {
            "; write a list, such as [\"photos\"]"
        }
        "trusted_proxies" => "; write networks, such as 10.0.0.0/8, and one address as 127.0.0.1/32",
        _ => "",
    }
}

/// The one that the word was probably meant to be.
pub(super) fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let most = (word.chars().count() / 3).clamp(1, 3);
    let near = known.map(|known| (distance(word, known), known)).filter(|(distance, _)| *distance <= most);
    near.min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

/// How many letters must be added, left out, exchanged or swapped with the next one to make one word of the other.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut steps = vec![(0..=other.len()).collect::<Vec<_>>()];
    for (at, letter) in one.iter().enumerate() {
        let mut row = vec![at + 1];
        for (to, theirs) in other.iter().enumerate() {
            let exchanged = steps[at][to] + usize::from(letter != theirs);
            let is_swap = at > 0 && to > 0 && one[at - 1] == *theirs && *letter == other[to - 1];
            let swapped = if is_swap { steps[at - 1][to - 1] + 1 } else { usize::MAX };
            row.push(exchanged.min(swapped).min(row[to] + 1).min(steps[at][to + 1] + 1));
        }
        steps.push(row);
    }
    steps[one.len()][other.len()]
}

/// As many names as one reads in a message.
const A_FEW: usize = 16;
const A_LIST: &str = "expected a list";
/// The parser's words and ours.
const WORDS: [(&str, &str); 8] = [
    ("` as i128", "`"),
    ("expected a boolean", "expected true or false"),
    ("invalid type: map", "invalid type: table"),
    ("expected a sequence", A_LIST),
    ("expected u32", "expected a whole number from 0 to 4294967295"),
    ("expected u64", "expected a whole number from 0 on"),
    ("expected usize", "expected a whole number from 0 on"),
    (
        "missing field `policy`",
        "a [[route]] without `policy` is reachable for nobody: add policy = { token = \"required\" }, or what it asks for",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_one_step() {
        for (one, other, steps) in [
            ("", "", 0),
            ("", "ab", 2),
            ("abc", "abc", 0),
            ("kitten", "sitting", 3),
            ("über", "uber", 1),
            ("from", "form", 1),
            ("ca", "ac", 1),
        ] {
            assert_eq!((distance(one, other), distance(other, one)), (steps, steps), "{one} {other}");
        }
    }

    #[test]
    fn only_what_is_like_a_key_is_taken_for_it() {
        let near = |word: &str| nearest(word, ["listen", "public_url", "keys", "echo"].into_iter());
        assert_eq!(near("publik-url"), Some("public_url"));
        assert_eq!(near("lisetn"), Some("listen"));
        assert_eq!(near("key"), Some("keys"));
        assert_eq!(near("port"), None);
        assert_eq!(near(""), None);
    }
}
