//! What the header fields about media types come to, of no framework.

use crate::rejection::Problem;
use countersign_core::{FORM, is_form};

/// Whether a body is a form, which is signed, by all `Content-Type` fields of its request.
///
/// # Errors
///
/// [`Problem::ParameterRejected`] where the media type is there twice, or only begins like a form's: whoever reads the body
/// behind this point might take one for a form that was not signed.
///
/// # Examples
///
/// ```
/// use countersign_provider::media_type::has_form;
///
/// assert_eq!(has_form([&b"Application/X-WWW-Form-URLencoded; charset=utf-8"[..]]), Ok(true));
/// assert_eq!(has_form([&b"application/json"[..]]), Ok(false));
/// assert!(has_form([&b"application/x-www-form-urlencoded, text/plain"[..]]).is_err());
/// ```
pub fn has_form<'v>(content_types: impl IntoIterator<Item = &'v [u8]>) -> Result<bool, Problem> {
    let mut fields = content_types.into_iter();
    let (first, more) = (fields.next(), fields.next());
    // Bytes, because a parameter that is no text makes the body no less of a form.
    let media_type = String::from_utf8_lossy(first.unwrap_or_default());
    let begins_like_one = |part: &str| {
        part.trim_start().get(..FORM.len()).is_some_and(|start| start.eq_ignore_ascii_case(FORM))
    };
    let begins = begins_like_one(&media_type);
    // Proxies make one field of two by a comma.
    let another = media_type.split(',').skip(1).any(begins_like_one);
    if more.is_some() || another || begins != is_form(&media_type) {
        let told = "send one Content-Type, which names one media type";
        return Err(Problem::ParameterRejected(None, told.into()));
    }
    Ok(begins)
}

/// All `Accept` fields as the one list that they are, where they are text: for [`Provider::refuse`](crate::Provider::refuse).
#[must_use]
pub fn accept<'v>(fields: impl IntoIterator<Item = &'v [u8]>) -> Option<String> {
    let text = |field: &'v [u8]| std::str::from_utf8(field).ok().filter(|field| field.is_ascii());
    let fields: Vec<_> = fields.into_iter().filter_map(text).collect();
    (!fields.is_empty()).then(|| fields.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_under_a_disguised_media_type_is_signed_or_refused() {
        for (kind, form) in [
            (&b"application/x-www-form-urlencoded; charset=\"\xe9\""[..], true),
            (b" application/x-www-form-urlencoded ;", true),
            (b"text/plain; charset=\"\xe9\"", false),
            (b"", false),
        ] {
            assert_eq!(has_form([kind]), Ok(form));
            assert!(has_form([kind, kind]).is_err());
        }
        assert_eq!(has_form([]), Ok(false));
        for kind in [
            "application/x-www-form-urlencoded, text/plain",
            "text/plain,application/x-www-form-urlencoded",
            "application/x-www-form-urlencodedx",
        ] {
            assert!(has_form([kind.as_bytes()]).is_err(), "{kind}");
        }
    }

    #[test]
    fn several_accept_fields_are_one_list() {
        assert_eq!(accept([&b"text/html"[..], b"\xff", b"*/*"]).as_deref(), Some("text/html,*/*"));
        assert_eq!(accept([]), None);
    }
}
