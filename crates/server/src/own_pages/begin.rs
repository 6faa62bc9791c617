//! The authorize endpoint: it asks nobody anything, and sends the browser to the operator's pages.

use super::challenge;
use crate::{
    app::App,
    pages::{OrPage, PageQuery, Refused, consent, error, see},
    session::hash,
};
use axum::{
    extract::State,
    http::{header, request::Parts},
    response::Response,
};
use countersign_core::percent;
use countersign_provider::{Clock, Pending, System};
use countersign_store::SignInChallenge;
use serde::Deserialize;

/// What a client's link says.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    oauth_token: String,
    /// The languages that the client would like the pages in, by an extension of the protocol's older days.
    #[serde(default)]
    xoauth_lang_pref: String,
}

/// Makes a challenge for a request that waits, and for this browser.
pub(super) async fn begin(
    State(app): State<App>,
    PageQuery(asked): PageQuery<Asked>,
    parts: Parts,
) -> Result<Response, Refused> {
    consent::check_named(&app, &asked.oauth_token)?;
    let pending = app.provider.pending(&asked.oauth_token).await;
    let pending = pending.map_err(|rejection| error::rejected(&app, &rejection))?;
    let origin = countersign_axum::origin_of(&app.provider, &parts);
    let origin = app.number_of(origin.map_err(|rejection| error::rejected(&app, &rejection))?);

    let (browser, cookie) = app.browser_or_new(&parts.headers);
    let challenge = challenge::new(&browser, origin);
    app.stores.rows.add_challenge(&record(&challenge, &pending)).await.or_page(&app)?;
    let mut response = see(&target(&app.config.own_pages.url, &challenge, &asked.xoauth_lang_pref));
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

/// It ends with its request for access.
fn record(challenge: &str, pending: &Pending) -> SignInChallenge {
    let created = System.now();
    SignInChallenge {
        id_hash: hash(challenge),
        temporary: pending.id().clone(),
        created,
        expires: created.plus(pending.expires_in()),
        answer: None,
    }
}

/// The operator's address with what it is told: the address stays byte for byte.
fn target(url: &str, challenge: &str, languages: &str) -> String {
    let glue = match url.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    let told = if languages.is_empty() || languages.len() > LONGEST_LANGUAGES {
        String::new()
    } else {
        format!("&xoauth_lang_pref={}", percent::encode(languages))
    };
    format!("{url}{glue}challenge={challenge}{told}")
}

/// Bytes: more than any browser sends in `Accept-Language`.
const LONGEST_LANGUAGES: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_appended_and_nothing_else_of_the_address_changes() {
        for (url, expected) in [
            ("https://shop.example", "https://shop.example?challenge=c"),
            ("https://shop.example/login", "https://shop.example/login?challenge=c"),
            ("https://shop.example/login?", "https://shop.example/login?challenge=c"),
            ("https://shop.example/login?a=%2F", "https://shop.example/login?a=%2F&challenge=c"),
            ("https://shop.example/login?a&", "https://shop.example/login?a&challenge=c"),
        ] {
            assert_eq!(target(url, "c", ""), expected);
        }
    }

    #[test]
    fn a_language_cannot_add_a_parameter_or_another_host() {
        let told = |languages: &str| target("https://shop.example/", "c", languages);
        assert_eq!(told("cs-CZ"), "https://shop.example/?challenge=c&xoauth_lang_pref=cs-CZ");
        assert_eq!(
            told("en&challenge=x#\r\nA: b"),
            "https://shop.example/?challenge=c&xoauth_lang_pref=en%26challenge%3Dx%23%0D%0AA%3A%20b"
        );
        assert_eq!(told(&"x".repeat(201)), "https://shop.example/?challenge=c");
    }
}
