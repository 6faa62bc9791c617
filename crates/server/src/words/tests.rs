//! Every message is there in every language, takes the same, and is used.

use super::{arguments::Signatures, *};
use crate::{
    look,
    pages::{help, sources},
};
use std::{collections::BTreeSet, fs, path::Path};

fn messages(tag: &str) -> Signatures {
    let files = super::ours::files();
    let of = files.iter().filter(|file| file.tag == tag);
    of.flat_map(|file| arguments::signatures(&file.source)).collect()
}

/// Every quoted text of the server's code, with the place where it stands.
fn literals() -> Vec<(String, String)> {
    let mut found = Vec::new();
    in_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found
}

fn in_folder(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            in_folder(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let source = fs::read_to_string(&path).expect("a file");
            for (at, line) in source.lines().enumerate() {
                let place = format!("{}:{}", path.display(), at + 1);
                found.extend(line.split('"').skip(1).step_by(2).map(|text| (text.into(), place.clone())));
            }
        }
    }
}

fn ours() -> Words {
    Words::with(&[]).expect("messages of ours")
}

#[test]
fn every_language_has_the_same_messages_and_each_takes_the_same() {
    let english = messages("en");
    assert!(english.len() > 100);
    for language in ours().languages() {
        let own = messages(language.tag());
        for (id, taken) in &english {
            assert_eq!(own.get(id), Some(taken), "{id} in {}", language.tag());
        }
        for id in own.keys() {
            assert!(english.contains_key(id), "{id} is in {} and not in English", language.tag());
        }
    }
}

#[test]
fn no_message_stands_twice_in_a_language() {
    for language in ours().languages() {
        let files = super::ours::files();
        let own = files.iter().filter(|file| file.tag == language.tag());
        let sizes: usize = own.map(|file| arguments::signatures(&file.source).len()).sum();
        assert_eq!(sizes, messages(language.tag()).len(), "{}", language.tag());
    }
}

#[test]
fn no_message_holds_markup_of_its_own() {
    for file in super::ours::files() {
        for (at, line) in file.source.lines().enumerate() {
            let quoted = line.split("{ \"").skip(1).filter_map(|rest| rest.split('"').next());
            for text in quoted {
                assert!(!text.contains(['<', '&']), "{}:{}: {text}", file.path.display(), at + 1);
            }
        }
    }
}

/// What pages say is named, and what is named is there: a sentence in its place would be English for everybody.
#[test]
fn every_message_that_is_named_is_there_and_every_one_is_used() {
    let english = messages("en");
    let ids: BTreeSet<&str> = english.keys().map(|id| id.split('.').next().unwrap_or_default()).collect();
    let mut used: BTreeSet<String> = help::TOPICS.iter().map(|(code, _)| format!("help-{code}")).collect();
    for id in &used {
        assert!(ids.contains(&**id), "no page for {id}");
    }
    for (name, source) in sources() {
        for (id, line) in look::messages(source) {
            assert!(ids.contains(id), "templates/{name}:{line}: there is no message `{id}`");
            used.insert(id.into());
        }
    }
    let topics: BTreeSet<&str> = ids.iter().filter_map(|id| Some(id.split_once('-')?.0)).collect();
    let is_of_pages =
        |place: &str| SPEAKING.iter().any(|part| place.contains(part)) && !place.contains("/samples/");
    for (literal, place) in
        literals().into_iter().filter(|(text, place)| is_of_pages(place) && !text.ends_with('-'))
    {
        let is_id = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
        if ids.contains(&*literal) {
            used.insert(literal);
        } else if literal.bytes().all(is_id)
            && literal.split_once('-').is_some_and(|(topic, _)| topics.contains(topic))
        {
            assert!(OTHERS.contains(&&*literal), "{place}: there is no message `{literal}`");
        }
    }
    for id in &ids {
        assert!(used.contains(*id), "{id} is said nowhere");
    }
}

#[test]
fn no_page_is_told_a_sentence_where_a_message_is_meant() {
    let english = messages("en");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut calls = Vec::new();
    in_calls(&source, &mut calls);
    assert!(calls.len() > 10);
    for (told, place) in calls {
        assert!(english.contains_key(&told), "{place}: there is no message `{told}`: put it into locales/");
    }
}

/// What `page_error` is given as a literal.
fn in_calls(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            in_calls(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("words/tests.rs") {
            let source = fs::read_to_string(&path).expect("a file");
            for (at, _) in
                source.match_indices("page_error(").filter(|(at, _)| !source[..*at].ends_with("fn "))
            {
                let call = source[at..].split([';', '}']).next().unwrap_or_default();
                let line = source[..at].matches('\n').count() + 1;
                if let Some(told) = call.split('"').nth(1) {
                    found.push((told.into(), format!("{}:{line}", path.display())));
                }
            }
        }
    }
}

#[test]
fn arguments_are_escaped_and_names_set_apart() {
    let words = ours();
    let said = |text: &Text| text.in_language(&words.languages()[0]);
    let hostile = "\"><script>alert(1)</script>";
    let safe = "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;";
    let text = text("callback-is-same").word("url", hostile);
    assert_eq!(said(&text), Ok(format!("it is the same as the callback {safe}, whatever its query")));
    let text = super::text("delete-id").code("id", "a{b}\u{202e}");
    assert_eq!(said(&text), Ok("Client identifier <code>a{b}\u{202e}</code>".into()));
    let inner = super::text("callback-dot-segment");
    let text = super::text("form-bad-callback").word("url", "<").text("reason", &inner);
    assert_eq!(said(&text), Ok("&lt;: the callback&#x27;s path holds a dot segment.".into()));
}

#[test]
fn numbers_choose_their_words_in_each_language() {
    let words = ours();
    let said = |at: usize, seconds| {
        let text = text("wait-seconds").number("seconds", seconds);
        text.in_language(&words.languages()[at]).expect("words")
    };
    assert_eq!((said(0, 1), said(0, 2)), ("Try again in 1 second.".into(), "Try again in 2 seconds.".into()));
    assert!(said(1, 1).ends_with("1 Sekunde wieder.") && said(1, 0).ends_with("0 Sekunden wieder."));
}

#[test]
fn what_cannot_be_said_is_told_apart() {
    let words = ours();
    let said = |text: &Text| text.in_language(&words.languages()[1]);
    assert_eq!(said(&text("no-such-message")), Err(Unsaid::Missing));
    assert!(matches!(said(&text("wait-seconds")), Err(Unsaid::Broken(_))));
}

/// Where code speaks on pages.
const SPEAKING: [&str; 8] = [
    "/src/pages/",
    "/src/sign_in/",
    "/src/own_pages/",
    "/login.rs",
    "/names.rs",
    "/password.rs",
    "/public_key.rs",
    "/sign_up.rs",
];
/// Words of the code that look like a message and are none.
const OTHERS: [&str; 0] = [];
