//! One language: its messages, and those of English for what it lacks.

use super::markup::escaped;
use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use fluent_syntax::{ast::Pattern, parser::ParserError};
use std::{fmt, path::PathBuf, sync::Arc};
use unic_langid::{CharacterDirection, LanguageIdentifier};

/// A file of messages.
#[derive(Debug)]
pub(crate) struct File {
    /// Of which language.
    pub(crate) tag: String,
    /// Where it is, to point at what is wrong.
    pub(crate) path: PathBuf,
    pub(crate) source: String,
}

impl File {
    /// All that cannot be read.
    pub(crate) fn problems(&self) -> Vec<BadFile> {
        let read = fluent_syntax::parser::parse_runtime(self.source.as_str());
        read.err().map_or_else(Vec::new, |(_, errors)| errors.iter().map(|error| self.bad(error)).collect())
    }

    fn bad(&self, error: &ParserError) -> BadFile {
        let line = self.source.get(..error.pos.start).unwrap_or_default().matches('\n').count() + 1;
        BadFile { path: self.path.clone(), line, message: format!("cannot be read: {}", error.kind) }
    }
}

/// What is wrong with a file, and where.
#[derive(Debug)]
pub(crate) struct BadFile {
    pub(crate) path: PathBuf,
    pub(crate) line: usize,
    pub(crate) message: String,
}

impl fmt::Display for BadFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path.display(), self.line, self.message)
    }
}

/// Why a message cannot be said as it is meant.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unsaid {
    /// An argument is missing, or not what the message takes it for: in Fluent's words.
    Broken(String),
    /// No such message, nor in English.
    Missing,
}

/// One language.
pub(crate) struct Language {
    tag: String,
    direction: &'static str,
    bundle: FluentBundle<FluentResource>,
    fallback: Option<Arc<Language>>,
}

impl Language {
    /// Of its files, the later ones winning over the earlier.
    pub(super) fn new<'f>(
        tag: &str,
        files: impl Iterator<Item = &'f File>,
        fallback: Option<Arc<Self>>,
    ) -> Result<Self, BadFile> {
        let mut known: Option<(LanguageIdentifier, FluentBundle<FluentResource>)> = None;
        for file in files {
            let bad = |why: String| BadFile {
                path: file.path.clone(),
                line: 1,
                message: format!("its folder is called {tag}, {why}"),
            };
            let id: LanguageIdentifier =
                tag.parse().map_err(|_| bad("which is no language: write it such as pt-BR".into()))?;
            // Two folders of one language would be two languages of one name, and nobody could choose the second.
            if id != tag {
                return Err(bad(format!("which nobody asks for: write it {id}")));
            }
            let (_, bundle) = known.get_or_insert_with(|| (id.clone(), bundle(id)));
            bundle.add_resource_overriding(parsed(file)?);
        }
        let (id, bundle) =
            known.unwrap_or_else(|| (LanguageIdentifier::default(), bundle(LanguageIdentifier::default())));
        let direction = if id.character_direction() == CharacterDirection::RTL { "rtl" } else { "ltr" };
        Ok(Self { tag: id.to_string(), direction, bundle, fallback })
    }

    /// Its name, such as `de` or `pt-BR`.
    pub(crate) fn tag(&self) -> &str {
        &self.tag
    }

    /// Which way it is written, as `dir` has it.
    pub(crate) fn direction(&self) -> &'static str {
        self.direction
    }

    /// Whether it has a message itself.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.own(id).is_some()
    }

    /// The message as HTML: its own text escaped, its arguments as they are given, so that whoever gives them escapes them.
    ///
    /// # Errors
    ///
    /// [`Unsaid`] for one that is not there, or that wants other arguments.
    pub(crate) fn say(&self, id: &str, arguments: &FluentArgs<'_>) -> Result<String, Unsaid> {
        let Some(pattern) = self.own(id) else {
            return self.fallback.as_ref().map_or(Err(Unsaid::Missing), |other| other.say(id, arguments));
        };
        let mut errors = Vec::new();
        let said = self.bundle.format_pattern(pattern, Some(arguments), &mut errors).into_owned();
        match errors.first() {
            None => Ok(said),
            Some(error) => Err(Unsaid::Broken(error.to_string())),
        }
    }

    /// The parts `id.part-1`, `id.part-2` and so on, as many as there are.
    pub(crate) fn parts(&self, id: &str, part: &str) -> Vec<String> {
        let named = |at| format!("{id}.{part}-{at}");
        let whole = if self.has(id) { Some(self) } else { self.fallback.as_deref() };
        let said = (1..).map_while(|at| whole?.say(&named(at), &FluentArgs::new()).ok());
        said.collect()
    }

    /// `id` or `id.attribute`.
    fn own(&self, id: &str) -> Option<&Pattern<&str>> {
        let (id, attribute) = id.split_once('.').map_or((id, None), |(id, part)| (id, Some(part)));
        let message = self.bundle.get_message(id)?;
        match attribute {
            Some(attribute) => message.get_attribute(attribute).map(|found| found.value()),
            None => message.value(),
        }
    }
}

/// Without marks around arguments: `<bdi>` does that on pages, and in titles they would be shown as boxes.
fn bundle(id: LanguageIdentifier) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new_concurrent(vec![id]);
    bundle.set_use_isolating(false);
    bundle.set_transform(Some(escaped));
    bundle
}

fn parsed(file: &File) -> Result<FluentResource, BadFile> {
    FluentResource::try_new(file.source.clone()).map_err(|(_, errors)| {
        let first = errors.first().map(|error| file.bad(error));
        // OK because a file that fails has an error
        first.unwrap_or_else(|| BadFile { path: file.path.clone(), line: 1, message: String::new() })
    })
}
