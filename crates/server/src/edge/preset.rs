//! How each proxy tells which request it asks about.

use crate::config::Preset;
use axum::http::{HeaderMap, Uri};
use countersign_provider::Problem;
use std::borrow::Cow;

/// A proxy's way of asking at `/forward-auth`.
#[derive(Clone, Copy)]
pub(super) struct Way {
    told_by: ToldBy,
    pub(super) body: BodyRule,
    /// Whether it passes on 2xx, 401 and 403 alone.
    pub(super) knows_few_statuses: bool,
    pub(super) name: &'static str,
}

/// Where method and target stand.
#[derive(Clone, Copy)]
enum ToldBy {
    /// In these fields.
    Fields { method: &'static str, target: &'static str },
    /// In the question itself, behind the path of forward-auth.
    Itself,
}

/// When the body that came with a question is the client's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyRule {
    /// Never: the proxy keeps it.
    Kept,
    /// Where there is one.
    Sent,
    /// Where the script of the book says that it is whole.
    Marked,
    /// Where there is one, that is not marked as a part, and whose type came along.
    Buffered,
}

impl Way {
    /// None where nobody may ask.
    pub(super) fn of(preset: Preset) -> Option<Self> {
        let original = ToldBy::Fields { method: "x-original-method", target: "x-original-uri" };
        let forwarded = ToldBy::Fields { method: "x-forwarded-method", target: "x-forwarded-uri" };
        let way = |name, told_by, body| Self { told_by, body, knows_few_statuses: false, name };
        Some(match preset {
            Preset::Off => return None,
            Preset::Nginx => Self { knows_few_statuses: true, ..way("nginx", original, BodyRule::Kept) },
            Preset::Caddy => way("caddy", forwarded, BodyRule::Kept),
            Preset::Traefik => way("traefik", forwarded, BodyRule::Sent),
            Preset::Haproxy => way("haproxy", original, BodyRule::Marked),
            Preset::Envoy => way("envoy", ToldBy::Itself, BodyRule::Buffered),
            Preset::Generic => way("generic", forwarded, BodyRule::Sent),
        })
    }

    /// Method and raw target of the request that is asked about.
    ///
    /// # Errors
    ///
    /// What is missing, for whoever set the proxy up.
    pub(super) fn asked<'a>(
        self,
        method: &'a str,
        uri: &'a Uri,
        fields: &'a HeaderMap,
    ) -> Result<(&'a str, &'a str), Missing> {
        let only = |name: &'static str| {
            let mut all = fields.get_all(name).iter();
            let value = all.next().and_then(|value| std::str::from_utf8(value.as_bytes()).ok());
            value.filter(|_| all.next().is_none()).ok_or(Missing { name, preset: self.name })
        };
        match self.told_by {
            ToldBy::Fields { method, target } => Ok((only(method)?, only(target)?)),
            ToldBy::Itself => {
                let target = uri.path_and_query().and_then(|target| target.as_str().strip_prefix(PATH));
                let missing = Missing { name: "the path behind /forward-auth", preset: self.name };
                Ok((method, target.filter(|target| target.starts_with('/')).ok_or(missing)?))
            }
        }
    }
}

/// What a proxy does not tell, or tells twice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Missing {
    name: &'static str,
    preset: &'static str,
}

impl Missing {
    pub(super) fn problem(self) -> Problem {
        Problem::ParameterRejected(None, self.told())
    }

    pub(super) fn told(self) -> Cow<'static, str> {
        let Self { name, preset } = self;
        format!(
            "{name} is missing or there twice: the preset `{preset}` needs it once; see the recipe for this proxy in the book"
        )
        .into()
    }
}

/// Where proxies ask.
pub(super) const PATH: &str = "/forward-auth";
