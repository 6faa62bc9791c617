//! The templates of a language: ours, the operator's over them, and what every page knows.

use super::{sources, spoken};
use crate::{look::Look, words::Language};
use minijinja::{Environment, Error, UndefinedBehavior};
use std::sync::Arc;

/// Templates of ours, built in, by name.
macro_rules! templates {
    ($($name:literal),+) => {
        [$(($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/", $name)))),+]
    };
}
pub(super) use templates;

/// What every page knows of the site.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting<'s> {
    pub(crate) site_name: &'s str,
    /// The path that a proxy strips, put before every link.
    pub(crate) base: &'s str,
}

/// All of a language, the operator's in the place of ours; ours stay there as `default/NAME`, to be extended.
///
/// # Errors
///
/// For a template of the operator's that cannot be read.
pub(super) fn all(
    look: &Look,
    language: &Arc<Language>,
    setting: &Setting<'_>,
    strict: bool,
) -> Result<Environment<'static>, Error> {
    let mut templates = Environment::new();
    let lax = UndefinedBehavior::Lenient;
    templates.set_undefined_behavior(if strict { UndefinedBehavior::SemiStrict } else { lax });
    for (name, source) in sources() {
        templates.add_template_owned(name, source)?;
        templates.add_template_owned(format!("default/{name}"), source)?;
    }
    for own in &look.templates {
        templates.add_template_owned(own.name.clone(), own.source.clone())?;
    }
    spoken::teach(&mut templates, language, strict);
    templates.add_global("site_name", setting.site_name.to_owned());
    templates.add_global("base", setting.base.to_owned());
    templates.add_global("mark", look.mark());
    templates.add_global("stylesheets", look.stylesheets());
    Ok(templates)
}
