//! The files that are part of the binary.

use super::language::File;

macro_rules! files {
    ($($tag:literal: [$($name:literal),+]),+ $(,)?) => {
        [$($(($tag, concat!($name, ".ftl"), include_str!(concat!("../../locales/", $tag, "/", $name, ".ftl")))),+),+]
    };
}

/// English first: the others fall back to it.
pub(super) fn files() -> Vec<File> {
    let all = files![
        "en": ["common", "account", "administration", "administration-accounts", "administration-applications", "administration-log", "consent", "developers", "errors", "help", "home", "keys", "sign-in", "ways-in"],
        "de": ["common", "account", "administration", "administration-accounts", "administration-applications", "administration-log", "consent", "developers", "errors", "help", "home", "keys", "sign-in", "ways-in"],
    ];
    let file = |(tag, name, source): (&str, &str, &str)| File {
        tag: tag.into(),
        path: ["locales", tag, name].iter().collect(),
        source: source.into(),
    };
    all.into_iter().map(file).collect()
}
