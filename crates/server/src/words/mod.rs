//! What pages say, in the language of whoever reads them: messages in [Fluent](https://projectfluent.org)'s files.
//!
//! Code names a message and gives its arguments ([`Text`]); the words are in `locales/`, one folder for each language.

pub(crate) mod arguments;
mod language;
mod markup;
mod ours;
mod preference;
mod text;

pub(crate) use self::{
    language::{BadFile, File, Language, Unsaid},
    markup::{bdi, code, escaped},
    preference::{Asked, preferred},
    text::{Text, text},
};

use std::sync::Arc;

/// Every language that pages can be in.
#[derive(Clone)]
pub(crate) struct Words {
    languages: Vec<Arc<Language>>,
    /// Where nobody asks for one that is there.
    default: usize,
}

impl Words {
    /// The languages that are part of the binary, with an operator's messages over them and languages beside them.
    ///
    /// # Errors
    ///
    /// [`BadFile`] for the first of them that cannot be read.
    pub(crate) fn with(more: &[File]) -> Result<Self, BadFile> {
        let ours = ours::files();
        let files: Vec<&File> = ours.iter().chain(more).collect();
        let mut languages: Vec<Arc<Language>> = Vec::new();
        for tag in tags(&files) {
            let own = files.iter().copied().filter(|file| file.tag == tag);
            let fallback = languages.first().cloned();
            languages.push(Arc::new(Language::new(&tag, own, fallback)?));
        }
        Ok(Self { languages, default: 0 })
    }

    /// The same, with another language where nobody asks for one that is there.
    ///
    /// # Errors
    ///
    /// Which there are, if it is none of them.
    pub(crate) fn with_default(self, tag: &str) -> Result<Self, String> {
        match self.languages.iter().position(|language| language.tag() == tag) {
            Some(default) => Ok(Self { default, ..self }),
            None => Err(self.languages.iter().map(|language| language.tag()).collect::<Vec<_>>().join(", ")),
        }
    }

    /// What pages say in English, and what each message takes.
    pub(crate) fn signatures() -> arguments::Signatures {
        let files = ours::files();
        let english = files.iter().filter(|file| file.tag == ENGLISH);
        english.flat_map(|file| arguments::signatures(&file.source)).collect()
    }

    /// Whether a language is part of the binary.
    pub(crate) fn is_ours(tag: &str) -> bool {
        ours::files().iter().any(|file| file.tag == tag)
    }

    /// All of them, the one first that others fall back to.
    pub(crate) fn languages(&self) -> &[Arc<Language>] {
        &self.languages
    }

    /// Which of them a request is answered in.
    pub(crate) fn choose(&self, asked: &Asked) -> usize {
        let find = |tag: &str| self.languages.iter().position(|language| language.tag() == tag);
        let tags: Vec<&str> = self.languages.iter().map(|language| language.tag()).collect();
        asked.best(&tags).and_then(find).unwrap_or(self.default)
    }
}

/// Each language once, in the order of the files: English is the first.
fn tags(files: &[&File]) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for file in files {
        if !tags.contains(&file.tag) {
            tags.push(file.tag.clone());
        }
    }
    tags
}

/// What the others fall back to.
const ENGLISH: &str = "en";

#[cfg(test)]
mod tests;
