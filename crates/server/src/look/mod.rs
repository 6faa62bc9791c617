//! What an operator puts over our look: templates, words, colours, a logo. It is read once, at the start.
//!
//! A folder holds templates by the names of ours, `locales/LANGUAGE/*.ftl` and `style.css`; whatever else is in it is left alone.

mod check;
mod colours;
mod markup;
mod problem;
mod references;
mod sheet;

#[cfg(test)]
pub(crate) use self::references::messages;
pub(crate) use self::{
    check::problems,
    problem::{Problem, first},
};

use crate::{
    config::{self, Config, config_error},
    error::Error,
    words::File,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// What there is of it.
#[derive(Debug, Default)]
pub(crate) struct Look {
    pub(crate) templates: Vec<Override>,
    pub(crate) locales: Vec<File>,
    style: Option<Style>,
    logo: Option<Logo>,
    colours: Option<String>,
    /// What may be hard to read.
    pub(crate) contrast: Vec<String>,
}

/// A template that stands in for one of ours, or that such a one includes.
#[derive(Clone, Debug)]
pub(crate) struct Override {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) source: String,
}

/// A stylesheet that is loaded after ours.
#[derive(Debug)]
struct Style {
    path: PathBuf,
    source: String,
}

#[derive(Debug)]
struct Logo {
    name: &'static str,
    media_type: &'static str,
    content: Vec<u8>,
}

/// Something of it that browsers load.
pub(crate) struct Asset<'l> {
    pub(crate) media_type: &'static str,
    pub(crate) content: &'l [u8],
}

impl Look {
    /// What the configuration names.
    ///
    /// # Errors
    ///
    /// [`Error`] for what cannot be read, or is no logo or colour.
    pub(crate) fn read(config: &Config) -> Result<Self, Error> {
        let set = &config.look;
        let mut look = match set.templates.as_os_str().is_empty() {
            true => Self::default(),
            false => Self::of_folder(&set.templates).map_err(|error| named("look.templates", error))?,
        };
        look.logo = logo(&set.logo).map_err(|error| named("look.logo", error))?;
        (look.colours, look.contrast) = colours::of(set)?;
        Ok(look)
    }

    /// The templates, words and stylesheet of a folder.
    ///
    /// # Errors
    ///
    /// [`Error::File`] for one that cannot be read.
    pub(crate) fn of_folder(folder: &Path) -> Result<Self, Error> {
        let mut look = Self::default();
        let locales = folder.join("locales");
        for path in files(folder)? {
            let below = path.strip_prefix(folder).unwrap_or(&path);
            let name = below.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
            let is = |end: &str| below.extension().is_some_and(|known| known == end);
            if let Ok(below) = path.strip_prefix(&locales) {
                if let (Some(tag), true) = (below.parent().and_then(Path::to_str), is("ftl")) {
                    look.locales.push(File { tag: tag.into(), source: text(&path)?, path });
                }
            } else if is("html") {
                look.templates.push(Override { name, source: text(&path)?, path });
            } else if name == STYLE {
                look.style = Some(Style { source: text(&path)?, path });
            }
        }
        Ok(look)
    }

    /// Whether nothing is put over it that could break a page.
    pub(crate) fn is_ours(&self) -> bool {
        self.templates.is_empty() && self.locales.is_empty() && self.style.is_none()
    }

    /// Whether a file is one of the operator's.
    fn holds(&self, path: &Path) -> bool {
        let mut own =
            self.templates.iter().map(|own| &own.path).chain(self.locales.iter().map(|own| &own.path));
        own.any(|own| own == path)
    }

    /// The stylesheets of every page, in their order.
    pub(crate) fn stylesheets(&self) -> Vec<&'static str> {
        let colours = self.colours.as_ref().map(|_| COLOURS);
        let own = self.style.as_ref().map(|_| OWN_STYLE);
        std::iter::once(STYLE).chain(colours).chain(own).collect()
    }

    /// The image of the site.
    pub(crate) fn mark(&self) -> &'static str {
        self.logo.as_ref().map_or("mark.svg", |logo| logo.name)
    }

    /// The asset of that name, unless it is one of ours.
    pub(crate) fn asset(&self, name: &str) -> Option<Asset<'_>> {
        let sheet = match name {
            COLOURS => self.colours.as_ref(),
            OWN_STYLE => self.style.as_ref().map(|style| &style.source),
            _ => {
                let logo = self.logo.as_ref().filter(|logo| logo.name == name)?;
                return Some(Asset { media_type: logo.media_type, content: &logo.content });
            }
        };
        Some(Asset { media_type: "text/css; charset=utf-8", content: sheet?.as_bytes() })
    }
}

/// All files below a folder, in order, hidden ones apart.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |source| Error::File { path: folder.into(), source };
    let mut found = Vec::new();
    let entries: Result<Vec<_>, io::Error> = fs::read_dir(folder).map_err(failed)?.collect();
    for entry in entries.map_err(failed)? {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        match path.is_dir() {
            true => found.extend(files(&path)?),
            false => found.push(path),
        }
    }
    found.sort();
    Ok(found)
}

/// The same error, with the key that led there.
fn named(key: &str, error: Error) -> Error {
    match error {
        Error::File { .. } => config_error(key, &error.to_string()),
        error => error,
    }
}

fn text(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|source| Error::File { path: path.into(), source })
}

/// An image as its first bytes say that it is one: a name can say anything.
fn logo(path: &Path) -> Result<Option<Logo>, Error> {
    if path.as_os_str().is_empty() {
        return Ok(None);
    }
    let content = fs::read(path).map_err(|source| Error::File { path: path.into(), source })?;
    let is_svg = String::from_utf8_lossy(&content[..content.len().min(2048)]).contains("<svg");
    let (name, media_type) = if content.starts_with(b"\x89PNG\r\n\x1a\n") {
        ("logo.png", "image/png")
    } else if is_svg {
        ("logo.svg", "image/svg+xml")
    } else {
        let message = format!("{} is neither a PNG nor an SVG", path.display());
        return Err(config_error("look.logo", &message));
    };
    Ok(Some(Logo { name, media_type, content }))
}

/// A colour such as `#0a5c36`, as red, green and blue.
fn colour(key: &str, text: &str) -> Result<[u8; 3], Error> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii());
    let part = |at: usize| u8::from_str_radix(digits?.get(at..at + 2)?, 16).ok();
    match (part(0), part(2), part(4)) {
        (Some(red), Some(green), Some(blue)) => Ok([red, green, blue]),
        _ => Err(config_error(key, &format!("`{text}` is no colour: write it such as #0a5c36"))),
    }
}

/// What the configuration says of it.
type Set = config::Look;

const STYLE: &str = "style.css";
const OWN_STYLE: &str = "own.css";
const COLOURS: &str = "colours.css";

#[cfg(test)]
mod tests;
