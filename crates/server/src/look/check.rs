//! Proves an override: every page is rendered with it, in every language, and what is wrong is told with its file and line.

use super::{Look, Override, Problem, markup, references, sheet};
use crate::{
    pages::{Pages, Setting, samples, samples::Sample, sources},
    words::{Words, arguments},
};
use std::collections::{BTreeMap, BTreeSet};
use tracing::subscriber::{NoSubscriber, with_default};

/// All that is wrong with it, by file and line.
pub(crate) fn problems(look: &Look, setting: &Setting<'_>) -> Vec<Problem> {
    let mut found: BTreeSet<Problem> = of_words(look).into_iter().collect();
    found.extend(look.contrast.iter().map(|told| Problem::new("countersign.toml", 1, told).warning()));
    if let Some(style) = &look.style {
        let blocked = sheet::blocked(&style.source).into_iter();
        found.extend(blocked.map(|(line, told)| Problem::new(&style.path, line, told)));
    }
    let samples = samples::all();
    for own in &look.templates {
        found.extend(of_template(look, own, &samples));
    }
    // What cannot be read is told already, and renders nothing.
    if found.iter().all(|problem| problem.warning || !problem.message.starts_with(SYNTAX)) {
        match Words::with(&look.locales) {
            Ok(words) => {
                let more = of_pages(look, &words, setting, &samples);
                let more = more.unwrap_or_else(|error| vec![located(look, "templates", "", "", &error)]);
                // What is undefined, or takes what is not there, was found in the source, and is told in better words there.
                let told = |problem: &Problem| {
                    problem.is_undefined() && found.iter().any(|known| known.is_at(problem))
                };
                let more: Vec<_> = more.into_iter().filter(|problem| !told(problem)).collect();
                found.extend(more);
            }
            Err(bad) => found.extend([bad.into()]),
        }
    }
    found.into_iter().collect()
}

/// The messages: each file can be read, says what pages say, and takes what they give.
fn of_words(look: &Look) -> Vec<Problem> {
    let ours = Words::signatures();
    let named: BTreeSet<&str> =
        look.templates.iter().flat_map(|own| references::messages(&own.source)).map(|(id, _)| id).collect();
    let mut found = Vec::new();
    let mut said: BTreeMap<&str, (BTreeSet<String>, &std::path::Path)> = BTreeMap::new();
    for file in &look.locales {
        found.extend(file.problems().into_iter().map(Problem::from));
        let (has, _) = said.entry(&file.tag).or_insert_with(|| (BTreeSet::new(), &file.path));
        for (id, taken) in arguments::signatures(&file.source) {
            let line = line_of_message(&file.source, &id);
            let at = |message: String| Problem::new(&file.path, line, message);
            match ours.get(&id) {
                Some(given) => found.extend(taken.difference(given).map(|name| {
                    at(format!("`{id}` takes {{ ${name} }}, but pages give it {}", list(given)))
                })),
                None if !named.contains(&*id) => {
                    found.push(at(format!("no page says `{id}`: is it spelled as ours are?")).warning());
                }
                None => {}
            }
            has.insert(id);
        }
    }
    for (tag, (has, path)) in said.into_iter().filter(|(tag, _)| !Words::is_ours(tag)) {
        let missing: Vec<_> = ours.keys().filter(|id| !has.contains(*id)).map(String::as_str).collect();
        if !missing.is_empty() {
            let some = missing.iter().take(3).copied().collect::<Vec<_>>().join(", ");
            let told = format!("{tag} lacks {} messages, which stay English, such as {some}", missing.len());
            found.push(Problem::new(path, 1, told).warning());
        }
    }
    found
}

/// One template by itself.
fn of_template(look: &Look, own: &Override, samples: &[Sample]) -> Vec<Problem> {
    let at = |line, message: String| Problem::new(&own.path, line, message);
    let is_ours = |name: &str| sources().any(|(known, _)| known == name);
    let is_there = |name: &str| {
        is_ours(name.strip_prefix("default/").unwrap_or(name))
            || look.templates.iter().any(|other| other.name == name)
    };
    let mut found = Vec::new();
    let references = look.templates.iter().flat_map(|other| references::templates(&other.source));
    if !is_ours(&own.name) && !references.into_iter().any(|(name, _)| name == own.name) {
        let told = "no page uses this template: `countersign templates list` names ours";
        found.push(at(1, told.into()));
    }
    for (name, line) in references::templates(&own.source).into_iter().filter(|(name, _)| !is_there(name)) {
        found.push(at(line, format!("there is no template `{name}`")));
    }
    let messages = look.locales.iter().flat_map(|file| arguments::signatures(&file.source)).map(|(id, _)| id);
    let messages: BTreeSet<String> = messages.chain(Words::signatures().into_keys()).collect();
    for (id, line) in references::messages(&own.source) {
        if !messages.contains(id) {
            found.push(at(line, format!("there is no message `{id}`")));
        }
    }
    let scripts = samples.iter().any(|sample| sample.has_script && sample.template == own.name);
    found.extend(markup::blocked(&own.source, scripts).into_iter().map(|(line, told)| at(line, told)));
    found.extend(of_code(own, samples));
    found
}

/// That it can be read, and takes values that its page has.
fn of_code(own: &Override, samples: &[Sample]) -> Vec<Problem> {
    let mut alone = minijinja::Environment::new();
    if let Err(error) = alone.add_template(&own.name, &own.source) {
        let told = format!("{SYNTAX}{}", error.detail().unwrap_or("it cannot be read"));
        return vec![Problem::new(&own.path, error.line().unwrap_or(1), told)];
    }
    let of_page = |sample: &&Sample| sample.template == own.name;
    let mut values: BTreeSet<&str> = ON_EVERY_PAGE.into_iter().collect();
    let is_page = samples.iter().any(|sample| of_page(&sample));
    for sample in samples.iter().filter(|sample| !is_page || of_page(sample)) {
        values.extend(sample.values.as_object().into_iter().flatten().map(|(key, _)| key.as_str()));
    }
    // OK because it was added above
    let undeclared =
        alone.get_template(&own.name).map(|page| page.undeclared_variables(false)).unwrap_or_default();
    let unknown = undeclared.iter().filter(|name| !values.contains(name.as_str()));
    let told = |name: &String| {
        let line = references::line_of_word(&own.source, name);
        Problem::new(&own.path, line, format!("there is no value `{name}` on this page"))
    };
    unknown.map(told).collect()
}

/// Every page with all of it: what keeps one from being rendered, and what is wrong with one that is.
fn of_pages(
    look: &Look,
    words: &Words,
    setting: &Setting<'_>,
    samples: &[Sample],
) -> Result<Vec<Problem>, minijinja::Error> {
    let (mut found, mut known) = (Vec::new(), BTreeSet::new());
    let strict = Pages::strict(look, words.clone(), setting)?;
    for (language, case) in cases(&strict, samples, |sample| [sample.clone(), sample.empty()]) {
        if let Err(error) = strict.rendered(language, case.template, case.values, Some("en")) {
            let tag = words.languages()[language].tag();
            let problem = located(look, case.template, case.case, tag, &error);
            // What is told of a page of ours has one cause in many of them.
            if look.holds(&problem.path) || known.insert(cause(&error)) {
                found.push(problem);
            }
        }
    }
    let lax = Pages::new(look, words.clone(), setting)?;
    for (language, case) in cases(&lax, samples, |sample| [sample.clone(), sample.hostile(HOSTILE)]) {
        // What is broken was told above, and need not be in the log as well.
        let html = with_default(NoSubscriber::new(), || {
            lax.rendered(language, case.template, case.values, Some("en"))
        });
        if let Ok(html) = html {
            found.extend(of_html(look, case.template, &html));
        }
    }
    Ok(found)
}

/// Each of these in each language.
fn cases<'a>(
    pages: &'a Pages,
    samples: &'a [Sample],
    of: impl Fn(&Sample) -> [Sample; 2] + 'a,
) -> impl Iterator<Item = (usize, Sample)> + 'a {
    let all = samples.iter().flat_map(of);
    all.flat_map(move |case| (0..pages.languages()).map(move |language| (language, case.clone())))
}

/// What shows only in the page as a browser gets it.
fn of_html(look: &Look, page: &str, html: &str) -> Vec<Problem> {
    let mut found = Vec::new();
    if html.contains("<script>alert(1)") {
        let unsafe_ones = look
            .templates
            .iter()
            .filter(|own| own.source.contains("safe") || own.source.contains("autoescape"));
        let at = unsafe_ones.map(|own| {
            let word = if own.source.contains("safe") { "safe" } else { "autoescape" };
            let line = references::line_of_word(&own.source, word);
            Problem::new(&own.path, line, "what a stranger typed becomes markup here: leave the escaping on")
        });
        found.extend(at);
    }
    if !markup::forms_without_csrf(html).is_empty() {
        for own in look
            .templates
            .iter()
            .filter(|own| own.name == page || !sources().any(|(name, _)| name == own.name))
        {
            found.extend(markup::forms_without_csrf(&own.source).into_iter().map(|line| {
                let told = "this form cannot be sent: it lacks <input type=\"hidden\" name=\"csrf\" value=\"{{ csrf }}\">";
                Problem::new(&own.path, line, told)
            }));
        }
    }
    found
}

/// Where an error of rendering comes from: the innermost template of the folder's that it names, else the folder's message.
fn located(look: &Look, page: &str, case: &str, tag: &str, error: &minijinja::Error) -> Problem {
    let mut told = None;
    let mut next = Some(error);
    while let Some(error) = next {
        let named = |own: &&Override| error.name() == Some(&own.name);
        if let Some(own) = look.templates.iter().find(named) {
            told = Some(Problem::new(&own.path, error.line().unwrap_or(1), said(error)));
        }
        next = below(error);
    }
    told.or_else(|| of_message(look, tag, &cause(error)))
        .unwrap_or_else(|| Problem::new(page, 1, format!("with the sample `{case}`: {error}")))
}

/// The folder's message of that language that could not be said.
fn of_message(look: &Look, tag: &str, cause: &str) -> Option<Problem> {
    let id = cause.strip_prefix("the message `")?.split('`').next()?;
    let mut files = look.locales.iter().rev().filter(|file| file.tag == tag);
    let file = files.find(|file| arguments::signatures(&file.source).contains_key(id))?;
    Some(Problem::new(&file.path, line_of_message(&file.source, id), cause))
}

/// What the innermost error says.
fn cause(error: &minijinja::Error) -> String {
    let mut innermost = error;
    while let Some(error) = below(innermost) {
        innermost = error;
    }
    said(innermost)
}

fn said(error: &minijinja::Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), ToOwned::to_owned)
}

fn below(error: &minijinja::Error) -> Option<&minijinja::Error> {
    std::error::Error::source(error).and_then(|source| source.downcast_ref())
}

fn line_of_message(source: &str, id: &str) -> usize {
    let id = id.split('.').next().unwrap_or_default();
    let begins = |line: &str| line.strip_prefix(id).is_some_and(|rest| rest.trim_start().starts_with('='));
    source.lines().position(begins).map_or(1, |at| at + 1)
}

fn list(names: &BTreeSet<String>) -> String {
    if names.is_empty() {
        return "nothing".into();
    }
    names.iter().map(|name| format!("{{ ${name} }}")).collect::<Vec<_>>().join(", ")
}

const SYNTAX: &str = "cannot be read: ";
/// What every page has, and what the language of templates has itself.
const ON_EVERY_PAGE: [&str; 19] = [
    "about",
    "base",
    "site_name",
    "lang",
    "dir",
    "keep_language",
    "mark",
    "stylesheets",
    "t",
    "parts",
    "account",
    "csrf",
    "range",
    "dict",
    "namespace",
    "debug",
    "loop",
    "self",
    "super",
];
const HOSTILE: &str = "\"><script>alert(1)</script>";
