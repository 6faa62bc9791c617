//! Plain pages for a resource owner, of no framework: each is a whole [`Answer`] that cannot be framed, runs nothing and
//! loads nothing.

use crate::{
    answer::Answer,
    authorize::{Next, Pending},
    rejection::{Problem, Rejection},
    visit::DENIED,
};

/// Asks whether a client may have what it asks for. The form posts `decision` to the page's own address, where
/// [`Visit`](crate::visit::Visit) reads it.
#[must_use]
pub fn consent(pending: &Pending) -> Answer {
    let list =
        pending.scopes().iter().map(|scope| format!("<li>{}</li>", escaped(scope))).collect::<String>();
    let to = pending.destination();
    let body = format!(
        "<p><strong>{}</strong> asks for access.</p><ul>{list}</ul><p>{}</p>\
         <form method=\"post\"><input type=\"hidden\" name=\"oauth_token\" value=\"{}\">\
         <button name=\"decision\" value=\"grant\">Allow</button> \
         <button name=\"decision\" value=\"deny\">Deny</button></form>",
        escaped(&pending.client().name),
        to.as_deref().map_or_else(
            || "You will be shown a code.".into(),
            |to| format!("After your answer you go to {}.", escaped(to))
        ),
        escaped(pending.token()),
    );
    page(200, "Allow access?", &body)
}

/// What follows a resource owner's answer: a redirect by 303, or for `oob` a page with the code.
#[must_use]
pub fn answered(next: Next) -> Answer {
    match next {
        Next::Redirect(url) => redirect(url),
        Next::ShowVerifier(code) => {
            let body = format!(
                "<p>Type this code into the application:</p><p><code id=\"verifier\">{code}</code></p>"
            );
            page(200, "Access allowed", &body)
        }
        // Relative: it leads back to wherever the page is mounted.
        Next::ShowDenied => redirect(DENIED.into()),
    }
}

/// Where a browser ends up after a denial that no callback is told of; see [`is_denied`](crate::visit::is_denied).
#[must_use]
pub fn denied() -> Answer {
    page(200, "Access denied", "<p>You can close this page.</p>")
}

/// Why a page cannot go on, in a resource owner's words, with the status of the rejection.
///
/// # Examples
///
/// ```
/// use countersign_provider::{Problem, page};
///
/// let answer = page::failure(&Problem::TokenExpired.into());
/// assert_eq!(answer.status, 401);
/// assert!(answer.body.contains("This link has expired."));
/// ```
#[must_use]
pub fn failure(rejection: &Rejection) -> Answer {
    let body = format!("<p>{}</p>", escaped(told(rejection.problem())));
    page(rejection.status(), "This request cannot go on", &body)
}

/// What to do next.
fn told(problem: &Problem) -> &'static str {
    match problem {
        Problem::TokenRejected => {
            "This link was already used, or never existed. Go back to the application and start again."
        }
        Problem::TokenExpired => "This link has expired. Go back to the application and start again.",
        Problem::ClientRefused | Problem::ClientUnknown => {
            "The application may not ask for access at the moment."
        }
        Problem::InsecureTransport => "Use https to open this page.",
        Problem::StoreUnavailable => "The service is busy. Try again in a moment.",
        Problem::PermissionDenied(_) => {
            "The form came from another site. Open this page again and answer there."
        }
        _ => "The request is not complete. Go back to the application and start again.",
    }
}

fn page(status: u16, title: &str, body: &str) -> Answer {
    let body = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title}</title></head><body><main><h1>{title}</h1>{body}</main></body></html>"
    );
    let fields = [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("content-security-policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
    ];
    Answer { status, fields: fields.map(|(name, value)| (name, value.into())).into(), body, problem: None }
}

fn redirect(url: String) -> Answer {
    let fields = vec![
        ("cache-control", "no-store".into()),
        ("x-content-type-options", "nosniff".into()),
        ("location", url.into()),
    ];
    Answer { status: 303, fields, body: String::new(), problem: None }
}

/// Text for HTML.
fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, char| {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_a_name_is_text() {
        assert_eq!(escaped("<b onclick='\"&\"'>é"), "&lt;b onclick=&#39;&quot;&amp;&quot;&#39;&gt;é");
    }

    #[test]
    fn a_redirect_is_kept_by_no_cache() {
        let answer = answered(Next::Redirect("https://printer.example.com/ready".into()));
        assert_eq!((answer.status, answer.body.as_str()), (303, ""));
        for field in [("location", "https://printer.example.com/ready"), ("cache-control", "no-store")] {
            assert!(answer.fields.contains(&(field.0, field.1.into())), "{answer:?}");
        }
    }

    #[test]
    fn a_denial_without_a_callback_ends_on_a_page_that_is_recognised() {
        let answer = answered(Next::ShowDenied);
        let query = answer
            .fields
            .iter()
            .find(|(name, _)| *name == "location")
            .and_then(|(_, url)| url.strip_prefix('?'));
        assert!(crate::visit::is_denied(query.unwrap()));
        assert_eq!(denied().status, 200);
    }
}
