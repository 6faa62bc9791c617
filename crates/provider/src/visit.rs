//! What a browser brings to the consent page, of no framework.

use crate::{provider::Provider, rejection::Problem};
use countersign_core::percent;

/// What a browser says: for which request it comes, and whether the form that it posts says yes.
///
/// # Examples
///
/// ```
/// use countersign_provider::visit::Visit;
///
/// let visit = Visit::read(b"oauth_token=hh5s93j4hdidpola&decision=grant")?;
/// assert_eq!((visit.token.as_str(), visit.granted), ("hh5s93j4hdidpola", true));
/// assert!(Visit::read(b"oauth_token=one&oauth_token=two").is_err());
/// # Ok::<_, countersign_provider::Rejection>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// What `oauth_token` says, for [`Provider::pending`].
    pub token: String,
    /// Whether `decision` is `grant`; anything else is a no.
    pub granted: bool,
}

impl Visit {
    /// Reads the query of a GET, or the form of a POST.
    ///
    /// # Errors
    ///
    /// [`Problem::ParametersAbsent`] for text without one `oauth_token` that can be read.
    pub fn read(text: &[u8]) -> Result<Self, Problem> {
        let token = field(text, "oauth_token")
            .filter(|token| !token.is_empty())
            .ok_or(Problem::ParametersAbsent(vec!["oauth_token"]))?;
        Ok(Self { token, granted: field(text, "decision").as_deref() == Some("grant") })
    }
}

/// Refuses a form that another site sent: give it the fields `Sec-Fetch-Site` and `Origin` of every POST to a page of yours.
///
/// A browser says where a POST comes from; what says nothing is no browser, and has no cookie to abuse.
///
/// # Errors
///
/// [`Problem::PermissionDenied`] for a form that does not come from a page of the provider's own origins.
pub fn from_own_page(
    provider: &Provider,
    sec_fetch_site: Option<&[u8]>,
    origin: Option<&[u8]>,
) -> Result<(), Problem> {
    let own = match (sec_fetch_site, origin) {
        (Some(site), _) => site == b"same-origin" || site == b"none",
        (None, Some(origin)) => {
            std::str::from_utf8(origin).is_ok_and(|origin| provider.is_own_origin(origin))
        }
        (None, None) => true,
    };
    if own { Ok(()) } else { Err(Problem::PermissionDenied("the form came from another site".into())) }
}

/// Whether the query of a GET is that of [`page::denied`](crate::page::denied).
#[must_use]
pub fn is_denied(query: &str) -> bool {
    DENIED.strip_prefix('?') == Some(query)
}

/// The value of a field that is there once.
fn field(form: &[u8], name: &str) -> Option<String> {
    let pairs = form.split(|byte| *byte == b'&').filter_map(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=')?;
        Some((&pair[..at], &pair[at + 1..]))
    });
    let mut found = pairs.filter(|(key, _)| *key == name.as_bytes()).map(|(_, value)| value);
    match (found.next(), found.next()) {
        (Some(value), None) => String::from_utf8(percent::decode(value).ok()?.into_owned()).ok(),
        _ => None,
    }
}

/// Where the browser is sent after a denial that no callback is told of.
pub(crate) const DENIED: &str = "?denied";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_once_and_decoded_once() {
        for (text, token) in [("oauth_token=a%2525", "a%25"), ("x=1&oauth_token=%C3%A9&oauth_token", "é")] {
            assert_eq!(Visit::read(text.as_bytes()).unwrap().token, token);
        }
        for absent in
            ["", "oauth_token", "oauth_token=", "oauth_token=a&oauth_token=a", "oauth_token=%ff", "a=%zz"]
        {
            assert!(Visit::read(absent.as_bytes()).is_err(), "{absent}");
        }
    }

    #[test]
    fn anything_but_a_grant_is_a_no() {
        for (decision, granted) in
            [("grant", true), ("deny", false), ("GRANT", false), ("grant&decision=grant", false)]
        {
            let visit = Visit::read(format!("oauth_token=a&decision={decision}").as_bytes()).unwrap();
            assert_eq!(visit.granted, granted, "{decision}");
        }
    }
}
