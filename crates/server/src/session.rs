//! Who is signed in: a random cookie, of which the database holds a hash alone.

use crate::{
    app::App,
    pages::{Visitor, is_same_origin},
};
use aws_lc_rs::digest::{SHA256, digest};
use countersign_core::Secret;
use countersign_provider::{Clock, System, token};
use countersign_store::{Outcome, SessionName, SessionRecord, StoreError};
use http::{HeaderMap, HeaderValue, header};

/// A signed-in resource owner.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// Whose.
    pub(crate) account: String,
    /// By what its owner's pages name it.
    pub(crate) name: SessionName,
    /// Whether its account is an administrator's, by now.
    pub(crate) admin: bool,
    /// What every form of this session carries.
    pub(crate) csrf: Secret,
}

impl App {
    /// The session of a request, if its cookie names one that is alive and whose account is not disabled.
    pub(crate) async fn session(&self, headers: &HeaderMap) -> Result<Option<Session>, StoreError> {
        let Some(id) = cookie(headers, self.session_cookie()) else { return Ok(None) };
        let now = System.now();
        let Some(found) = self.stores.rows.session(&hash(id), now).await? else { return Ok(None) };
        let account = self.stores.rows.account(&found.account).await?;
        let Some(account) = account.filter(|account| !account.disabled) else { return Ok(None) };
        if found.last_seen.plus(SEEN_EVERY) <= now {
            self.stores.rows.see_session(&found.id_hash, now).await?;
        }
        let name = found.name();
        Ok(Some(Session { account: found.account, name, admin: account.admin, csrf: csrf(id) }))
    }

    /// Begins a session under a new identifier and gives the cookie; the old one, if any, ends.
    pub(crate) async fn begin_session(
        &self,
        headers: &HeaderMap,
        Visitor(address): Visitor,
        account: &str,
    ) -> Result<HeaderValue, StoreError> {
        self.end_session(headers).await?;
        let (id, now) = (token(&System, LENGTH), System.now());
        let user_agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let record = SessionRecord::new(hash(&id), account, now, now.plus(self.config.session_life))
            .seen_from(address.map(|address| address.to_string()), user_agent);
        if self.stores.rows.put_session(&record).await? == Outcome::Refused {
            return Err(StoreError::unavailable("the account was disabled meanwhile"));
        }
        Ok(self.set_cookie(self.session_cookie(), &id, self.config.session_life))
    }

    /// The same, and every other session of the account ends.
    pub(crate) async fn begin_only_session(
        &self,
        headers: &HeaderMap,
        visitor: Visitor,
        account: &str,
    ) -> Result<HeaderValue, StoreError> {
        self.stores.rows.end_sessions_of(account).await?;
        self.begin_session(headers, visitor, account).await
    }

    /// Puts a session that has just begun into the request that began it, in place of any other; the browser's other cookies stay.
    pub(crate) fn carry_session(&self, headers: &mut HeaderMap, cookie: &HeaderValue) {
        let pair = cookie.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
        // OK because it is a part of a field's value
        let pair = HeaderValue::from_bytes(pair).unwrap_or(HeaderValue::from_static(""));
        put(headers, self.session_cookie(), pair);
    }

    /// Whether an answer begins or ends a session.
    pub(crate) fn sets_session(&self, headers: &HeaderMap) -> bool {
        let set = headers.get_all(header::SET_COOKIE).into_iter();
        set.flat_map(|cookie| name_of(cookie.as_bytes())).any(|name| name == self.session_cookie().as_bytes())
    }

    /// Ends the session of a request and gives the cookie that says so.
    pub(crate) async fn end_session(&self, headers: &HeaderMap) -> Result<HeaderValue, StoreError> {
        if let Some(id) = cookie(headers, self.session_cookie()) {
            // OK because a session that is not there has ended
            let _ = self.stores.rows.end_session(&hash(id)).await?;
        }
        Ok(self.set_cookie(self.session_cookie(), "", 0))
    }

    /// A value that the sign-in form must send back: there is no session yet that could hold one. Its cookie lives on with each form.
    pub(crate) fn form_cookie(&self, headers: &HeaderMap) -> (String, HeaderValue) {
        let ours =
            |value: &&str| value.len() == LENGTH && value.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let known = cookie(headers, self.form_cookie_name()).filter(ours);
        let value = known.map_or_else(|| token(&System, LENGTH), ToOwned::to_owned);
        let cookie = self.set_cookie(self.form_cookie_name(), &value, 3600);
        (value, cookie)
    }

    /// Whether a form of somebody who is not signed in comes from a page of ours.
    pub(crate) fn sent_by_us(&self, headers: &HeaderMap, csrf: &str) -> bool {
        let known = cookie(headers, self.form_cookie_name());
        known.is_some_and(|known| !known.is_empty() && known == csrf) && is_same_origin(self, headers)
    }

    pub(crate) fn set_cookie(&self, name: &str, value: &str, life: u64) -> HeaderValue {
        let secure = if self.over_tls { "; Secure" } else { "" };
        let text = format!("{name}={value}; Path=/; Max-Age={life}; HttpOnly; SameSite=Lax{secure}");
        // OK because names and values are visible ASCII, and hold none of `;,\"`
        HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
    }

    /// The value of a cookie of ours, if it is there once.
    pub(crate) fn cookie<'h>(&self, headers: &'h HeaderMap, names: Cookie) -> Option<&'h str> {
        cookie(headers, self.cookie_name(names))
    }

    /// What a cookie is called here: over TLS a browser takes it from this host alone.
    pub(crate) fn cookie_name(&self, Cookie(guarded, plain): Cookie) -> &'static str {
        if self.over_tls { guarded } else { plain }
    }

    fn session_cookie(&self) -> &'static str {
        self.cookie_name(SESSION)
    }

    fn form_cookie_name(&self) -> &'static str {
        self.cookie_name(FORM)
    }
}

/// A cookie's names: over TLS, and without.
#[derive(Clone, Copy)]
pub(crate) struct Cookie(pub(crate) &'static str, pub(crate) &'static str);

/// The value of a cookie, if it is there once.
pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let pairs = headers.get_all(header::COOKIE).into_iter().filter_map(|field| field.to_str().ok());
    let mut found = pairs.flat_map(|field| field.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut named = found.by_ref().filter(|(known, _)| *known == name).map(|(_, value)| value);
    match (named.next(), named.next()) {
        (Some(value), None) => Some(value),
        _ => None,
    }
}

/// Puts a cookie into a request, where it is the only one of its name then.
fn put(headers: &mut HeaderMap, name: &str, pair: HeaderValue) {
    let fields = headers.get_all(header::COOKIE).into_iter();
    let others: Vec<_> = fields.filter_map(|field| without(field, name)).collect();
    headers.insert(header::COOKIE, pair);
    // Fields of their own: one that cannot be read takes none of the others along.
    for field in others {
        headers.append(header::COOKIE, field);
    }
}

/// A field without the cookies of that name, if others are left.
fn without(field: &HeaderValue, name: &str) -> Option<HeaderValue> {
    let pairs = field.as_bytes().split(|byte| *byte == b';');
    let left: Vec<_> = pairs.filter(|pair| name_of(pair) != Some(name.as_bytes())).collect();
    HeaderValue::from_bytes(left.join(&b';').trim_ascii()).ok().filter(|field| !field.is_empty())
}

/// The name in `name=value`.
fn name_of(pair: &[u8]) -> Option<&[u8]> {
    pair.split(|byte| *byte == b'=').next().map(<[u8]>::trim_ascii)
}

/// What the database holds of a value that its bearer shows.
pub(crate) fn hash(id: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, id.as_bytes()).as_ref());
    hash
}

/// What every form of a session carries: made from the cookie, so that only its holder can know it and nothing is stored.
fn csrf(id: &str) -> Secret {
    let made = hash(&["csrf:", id].concat());
    made.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
}

const SESSION: Cookie = Cookie("__Host-countersign", "countersign");
const FORM: Cookie = Cookie("__Host-countersign-form", "countersign-form");
/// Seconds between two notes of a session's being used.
const SEEN_EVERY: u64 = 60;
/// 32 letters and digits: 190 bits.
pub(crate) const LENGTH: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn put_among(fields: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(header::COOKIE, HeaderValue::from_bytes(field).unwrap());
        }
        put(&mut headers, "countersign", HeaderValue::from_static("countersign=new"));
        headers
    }

    #[test]
    fn a_cookie_that_is_put_is_there_once_and_the_others_stay() {
        for fields in [
            &[&b"countersign-form=f; countersign=old; a=b"[..]][..],
            &[b"countersign=old;countersign=older;  countersign-form=f", b"a=b"],
            &[b"countersign-form=f; a=b", b"countersign=old"],
            &[b"countersign-form=f; a=b", b"countersign", b"countersign=\xff"],
            &[b"\xff=x", b"a=b; countersign-form=f"],
            &[b"countersign-form=f; a=b"],
        ] {
            let headers = put_among(fields);
            let read = ["countersign", "countersign-form", "a"].map(|name| cookie(&headers, name));
            assert_eq!(read, [Some("new"), Some("f"), Some("b")], "{fields:?} {headers:?}");
        }
        for fields in [&[][..], &[&b"countersign=old"[..]], &[b" ; ", b"countersign=old; "]] {
            assert_eq!(cookie(&put_among(fields), "countersign"), Some("new"), "{fields:?}");
        }
    }
}
