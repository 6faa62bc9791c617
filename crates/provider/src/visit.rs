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
/// let visit = Visit::of_form(b"oauth_token=hh5s93j4hdidpola&decision=grant")?;
/// assert_eq!((visit.token.as_str(), visit.granted), ("hh5s93j4hdidpola", true));
/// assert!(Visit::of_query("oauth_token=one&oauth_token=two").is_err());
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
    /// Reads the form of a POST, after [`from_own_page`].
    ///
    /// # Errors
    ///
    /// [`Problem::ParametersAbsent`] for text without one `oauth_token` that can be read.
    pub fn of_form(form: &[u8]) -> Result<Self, Problem> {
        let granted = field(form, "decision").as_deref() == Some("grant");
        Ok(Self { granted, ..Self::asking(form)? })
    }

    /// Reads the query of a GET.
    ///
    /// # Errors
    ///
    /// As [`of_form`](Self::of_form).
    ///
    /// # Security
    ///
    /// It grants nothing, whatever it says: any site may link to any address.
    pub fn of_query(query: &str) -> Result<Self, Problem> {
        Self::asking(query.as_bytes())
    }

    fn asking(text: &[u8]) -> Result<Self, Problem> {
        let token = field(text, "oauth_token")
            .filter(|token| !token.is_empty())
            .ok_or(Problem::ParametersAbsent(vec!["oauth_token"]))?;
        Ok(Self { token, granted: false })
    }
}

/// Refuses a form that another site sent: give it the fields `Sec-Fetch-Site` and `Origin` of every POST to a page of yours.
///
/// A browser says where a POST comes from; what says nothing is no browser, and has no cookie to abuse.
///
/// # Errors
///
/// [`Problem::PermissionDenied`] for a form that does not come from a page of the provider's own origins.
///
/// # Examples
///
/// ```
/// use countersign_provider::{Provider, visit::from_own_page};
/// # use countersign_store::MemoryStore;
/// # let provider = Provider::builder("https://photos.example.net").store(MemoryStore::default()).build()?;
///
/// assert!(from_own_page(&provider, Some(b"same-origin"), None).is_ok());
/// assert!(from_own_page(&provider, Some(b"cross-site"), Some(b"https://photos.example.net")).is_err());
/// assert!(from_own_page(&provider, None, Some(b"https://evil.example")).is_err());
/// # Ok::<_, countersign_provider::BuildError>(())
/// ```
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
            assert_eq!(Visit::of_form(text.as_bytes()).unwrap().token, token);
            assert_eq!(Visit::of_query(text).unwrap().token, token);
        }
        let twice = "oauth_token=a&oauth_token=a";
        for absent in ["", "oauth_token", "oauth_token=", twice, "oauth_token=%ff", "a=%zz"] {
            assert!(
                Visit::of_form(absent.as_bytes()).is_err() && Visit::of_query(absent).is_err(),
                "{absent}"
            );
        }
    }

    #[test]
    fn anything_but_a_grant_is_a_no() {
        let twice = "grant&decision=grant";
        for (decision, granted) in [("grant", true), ("deny", false), ("GRANT", false), (twice, false)] {
            let visit = Visit::of_form(format!("oauth_token=a&decision={decision}").as_bytes()).unwrap();
            assert_eq!(visit.granted, granted, "{decision}");
        }
    }

    #[test]
    fn consent_csrf_a_link_grants_nothing() {
        assert!(!Visit::of_query("oauth_token=a&decision=grant").unwrap().granted);
    }
}
