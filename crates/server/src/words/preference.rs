//! Which language somebody would like: what the link says, else what the browser says.

use axum::extract::Query;
use http::{HeaderMap, HeaderValue, Uri, header};

/// What a request says of languages; cheap to take along, read only where a page is shown.
pub(crate) struct Asked {
    uri: Uri,
    accepted: Vec<HeaderValue>,
}

impl Asked {
    pub(crate) fn of(uri: &Uri, headers: &HeaderMap) -> Self {
        let accepted = headers.get_all(header::ACCEPT_LANGUAGE).into_iter().cloned().collect();
        Self { uri: uri.clone(), accepted }
    }

    /// The same, for a page that leads on to that path: what its link asked for holds where this request asks for nothing.
    pub(crate) fn toward(self, path: &str) -> Self {
        match path.parse() {
            Ok(uri) if preferred(&self.uri).is_none() => Self { uri, ..self },
            _ => self,
        }
    }

    /// The one of those that are there which suits best.
    pub(crate) fn best<'t>(&self, there: &[&'t str]) -> Option<&'t str> {
        self.named(there).or_else(|| {
            let fields = self.accepted.iter().filter_map(|field| field.to_str().ok());
            best(&fields.collect::<Vec<_>>().join(","), there)
        })
    }

    /// The one that the link asks for, if it is there.
    pub(crate) fn named<'t>(&self, there: &[&'t str]) -> Option<&'t str> {
        preferred(&self.uri).and_then(|named| best(&named, there))
    }
}

/// `xoauth_lang_pref` of a link, or of the one that it leads to after a sign-in.
pub(crate) fn preferred(uri: &Uri) -> Option<String> {
    let named = |uri: &Uri, name: &str| {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri).ok()?;
        pairs.into_iter().find_map(|(known, value)| (known == name).then_some(value))
    };
    let onward = || named(&named(uri, "next")?.parse().ok()?, PARAMETER);
    named(uri, PARAMETER).or_else(onward).filter(|value| !value.is_empty() && value.len() <= LONGEST)
}

/// The best of a list such as `de-AT, en;q=0.7`: the dearest one of which there is the language itself, a wider one (`de` for
/// `de-AT`), or a nearer one (`pt-BR` for `pt`).
fn best<'t>(list: &str, there: &[&'t str]) -> Option<&'t str> {
    let mut wishes: Vec<(&str, f32)> = list.split(',').take(MOST).filter_map(wish).collect();
    wishes.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    wishes.into_iter().find_map(|(tag, _)| fitting(tag, there))
}

/// A language and how much it is wished for; nothing of what is not written that way, or is refused.
fn wish(entry: &str) -> Option<(&str, f32)> {
    let (tag, parameter) = entry.split_once(';').map_or((entry, None), |(tag, rest)| (tag, Some(rest)));
    let tag = tag.trim();
    let is_tag = !tag.is_empty() && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let weight = match parameter {
        None => 1.0,
        Some(parameter) => parameter.trim().strip_prefix("q=")?.trim().parse().ok()?,
    };
    (is_tag && weight > 0.0 && weight <= 1.0).then_some((tag, weight))
}

fn fitting<'t>(tag: &str, there: &[&'t str]) -> Option<&'t str> {
    let named = |wanted: &str| there.iter().find(|known| known.eq_ignore_ascii_case(wanted)).copied();
    let ends = tag.match_indices('-').map(|(at, _)| at);
    let mut wider = std::iter::once(tag.len()).chain(ends.collect::<Vec<_>>().into_iter().rev());
    let nearer =
        |known: &&&str| known.split('-').next().is_some_and(|language| language.eq_ignore_ascii_case(tag));
    wider.find_map(|end| named(&tag[..end])).or_else(|| there.iter().find(nearer).copied())
}

/// The parameter by which an application says what its user reads.
const PARAMETER: &str = "xoauth_lang_pref";
const LONGEST: usize = 100;
/// Languages that are looked at; nobody reads more.
const MOST: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(uri: &str, accepted: &[&str]) -> Option<&'static str> {
        let mut headers = HeaderMap::new();
        for field in accepted {
            headers.append(header::ACCEPT_LANGUAGE, HeaderValue::from_bytes(field.as_bytes()).unwrap());
        }
        Asked::of(&uri.parse().unwrap(), &headers).best(&["en", "de", "pt-BR"])
    }

    #[test]
    fn a_browser_gets_the_language_that_it_would_rather_have() {
        for (accepted, language) in [
            ("de", Some("de")),
            ("DE-at", Some("de")),
            ("de-Latn-CH-1996", Some("de")),
            ("pt", Some("pt-BR")),
            ("pt-PT", None),
            ("pt-br;q=0.5", Some("pt-BR")),
            ("fr, de;q=0.5, en;q=0.7", Some("en")),
            ("en;q=0, de;q=0.001", Some("de")),
            ("fr", None),
            ("", None),
            ("*", None),
        ] {
            assert_eq!(chosen("/", &[accepted]), language, "{accepted}");
        }
        assert_eq!(chosen("/", &["fr", "de"]), Some("de"), "two fields are one list");
    }

    #[test]
    fn what_no_browser_sends_is_no_wish() {
        let long = "de,".repeat(5000);
        for garbage in [
            ";", ";;;", ",,,", "-", "--", "de-", "q=1", "de;q=", "de;q=x", "de;q=NaN", "de;q=inf", "de;q=-1",
            "de;q=9", "../../de", "de\u{e9}", "<script>",
        ] {
            let found = chosen("/", &[garbage]);
            assert!(found.is_none() || garbage == "de-", "{garbage}: {found:?}");
        }
        assert_eq!(chosen("/", &[&long]), Some("de"));
    }

    #[test]
    fn what_the_application_says_wins_over_the_browser_and_survives_the_sign_in() {
        for uri in [
            "/oauth/authorize?oauth_token=a&xoauth_lang_pref=de-AT",
            "/login?next=%2Foauth%2Fauthorize%3Foauth_token%3Da%26xoauth_lang_pref%3Dde",
            "/login?next=%2F&xoauth_lang_pref=fr%2Cde",
        ] {
            assert_eq!(chosen(uri, &["en"]), Some("de"), "{uri}");
        }
        let long = format!("/?xoauth_lang_pref={}", "de,".repeat(50));
        for uri in
            ["/?xoauth_lang_pref=fr", "/?xoauth_lang_pref=", "/?next=%00", "/?xoauth_lang_pref=%ff", &*long]
        {
            assert_eq!(chosen(uri, &["en"]), Some("en"), "{uri}");
        }
    }
}
