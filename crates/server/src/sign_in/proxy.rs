//! A proxy in front that has signed somebody in already, and names them in a header.
//!
//! # Security
//!
//! The header counts from `trusted_proxies` alone, by the address of the connection; from anybody else it is as if it were not there. It
//! wins over a session of another account, and that session then ends: what the proxy says last is who is at the browser. A form
//! that the former session's pages sent is refused, since it was not the new account's.

use super::{Told, fits, made, signed_in};
use crate::{
    app::App,
    names,
    pages::{self, Visitor, error::page_error},
    words::text,
};
use axum::{
    extract::{ConnectInfo, Request},
    http::{HeaderName, StatusCode, header},
    middleware::Next,
    response::Response,
};
use countersign_store::SignedUp;
use std::net::SocketAddr;

/// In a request's extensions: the proxy names the account that is signed in.
#[derive(Clone, Copy)]
pub(crate) struct Named;

/// Lets whom the proxy names in, before any page is shown.
pub(crate) async fn enter(app: &App, visitor: Visitor, mut request: Request, next: Next) -> Response {
    let name = match named(app, &request) {
        Ok(Some(name)) => name,
        Ok(None) => return next.run(request).await,
        Err(rule) => return refused(app, rule),
    };
    request.extensions_mut().insert(Named);
    let session = match app.session(request.headers()).await {
        Ok(session) => session,
        Err(error) => return pages::error::store(app, &error),
    };
    if session.is_some_and(|session| session.account == name) {
        return next.run(request).await;
    }
    if !request.method().is_safe() {
        // A form of somebody else, or of nobody: it is answered as if no cookie had come with it.
        request.headers_mut().remove(header::COOKIE);
        return next.run(request).await;
    }
    if let Err(page) = admitted(app, visitor, &name).await {
        return *page;
    }
    let cookie = match app.begin_session(request.headers(), visitor, &name).await {
        Ok(cookie) => cookie,
        Err(error) => return pages::error::store(app, &error),
    };
    app.audit.named(&name, visitor.0, signed_in(visitor, &name, WAY));
    app.carry_session(request.headers_mut(), &cookie);
    let mut response = next.run(request).await;
    // Whoever comes back from an issuer with it has a newer one by then.
    if !app.sets_session(response.headers()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Whom a trusted proxy names; else the rule that its header breaks.
fn named(app: &App, request: &Request) -> Result<Option<String>, &'static str> {
    let Some(header) = &app.proxy_header else { return Ok(None) };
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    if !peer.is_some_and(|peer| app.provider.trusts(peer.0.ip())) {
        return Ok(None);
    }
    only(request, header)
}

fn only(request: &Request, header: &HeaderName) -> Result<Option<String>, &'static str> {
    let mut values = request.headers().get_all(header).into_iter();
    let value = match (values.next(), values.next()) {
        (None, _) => return Ok(None),
        (Some(value), None) => value,
        _ => return Err("is there more than once"),
    };
    let name = std::str::from_utf8(value.as_bytes()).map_err(|_| "is not UTF-8")?;
    if UNSET.contains(&name) {
        return Ok(None);
    }
    if name.contains(',') {
        // Proxies make one field of two by a comma: the first of them may be the visitor's.
        return Err("holds a comma");
    }
    names::plain(name).map_err(|_| "holds no name that an account could have")?;
    Ok(Some(name.to_owned()))
}

fn refused(app: &App, rule: &str) -> Response {
    tracing::debug!(target: "countersign::rejection", rule, "the header of a trusted proxy names nobody");
    page_error(app, StatusCode::BAD_REQUEST, "ways-proxy-unclear")
}

/// Makes sure that there is an account that may sign in.
async fn admitted(app: &App, visitor: Visitor, name: &str) -> Result<(), Box<Response>> {
    let told = |message: &'static str, advice: &'static str| {
        let (status, message, advice) = (StatusCode::FORBIDDEN, text(message), text(advice));
        let told = Told { status, message, advice, name: Some(name), next: None };
        Box::new(told.page(app))
    };
    let no_account = || told("ways-proxy-no-account", "ways-ask-for-name");
    let store = |error| Box::new(pages::error::store(app, &error));
    match app.stores.rows.account(name).await.map_err(store)? {
        Some(account) if account.disabled => Err(told("ways-disabled", "ways-ask-why")),
        Some(_) => Ok(()),
        None if app.config.sign_in.proxy_create_accounts && fits(name) => {
            match made(app, visitor, name, None, WAY).await.map_err(store)? {
                // Two requests of one browser may come at once.
                SignedUp::Done | SignedUp::NameTaken => Ok(()),
                SignedUp::IdentityTaken | SignedUp::NotInvited => Err(no_account()),
            }
        }
        None => Err(no_account()),
    }
}

/// How an audit entry calls this way in.
const WAY: &str = "proxy";
/// What proxies send that know nobody: nothing, or what Apache writes for a variable that is not set.
const UNSET: [&str; 2] = ["", "(null)"];

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{body::Body, http::HeaderValue};

    const HEADER: HeaderName = HeaderName::from_static("x-remote-user");

    fn read(values: &[&[u8]]) -> Result<Option<String>, &'static str> {
        let mut request = Request::new(Body::empty());
        for value in values {
            request.headers_mut().append(HEADER, HeaderValue::from_bytes(value).expect("a value"));
        }
        only(&request, &HEADER)
    }

    #[test]
    fn one_name_is_read_as_it_is() {
        for name in ["jane", "Jane Doe", "žofie", "jane@example.net", "CORP\\jane"] {
            assert_eq!(read(&[name.as_bytes()]), Ok(Some(name.into())));
        }
        for nobody in [&[][..], &[&b""[..]], &[&b"(null)"[..]]] {
            assert_eq!(read(nobody), Ok(None));
        }
    }

    #[test]
    fn header_that_a_visitor_may_have_sent_too_names_nobody() {
        let long = "x".repeat(names::LONGEST + 1);
        for values in [
            &[&b"admin"[..], b"jane"][..],
            &[b"jane", b"jane"],
            &[b"", b"jane"],
            &[b"admin, jane"],
            &[b"admin,jane"],
            &[b"j\xe4ne"],
            &[b"\xff"],
            &["jane\u{85}".as_bytes()],
            &["\u{a0}jane".as_bytes()],
            &[long.as_bytes()],
        ] {
            assert!(read(values).is_err(), "{values:?}");
        }
    }
}
