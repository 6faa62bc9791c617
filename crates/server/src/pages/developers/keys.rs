//! Secrets and public keys: one more is added, and the old one removed once nothing uses it.

use super::{
    Refused, address, see,
    sent::{Fields, Own, SentOwn},
    show::since,
};
use crate::{
    administration::{Refusal, keys as administration},
    app::App,
    audit::Event,
    login::noted,
    pages::{OrPage, Visitor, signed_in},
    public_key::{self, Wrong},
    session::Session,
    words::{Text, text},
};
use axum::{Extension, extract::State, http::StatusCode, response::Response};
use countersign_core::{BadKey, KeyKind, PublicKey, Secret, Timestamp, signature::rsa};
use countersign_provider::{System, token};
use countersign_store::{ClientKey, ClientRecord};
use rustls::{
    pki_types::{CertificateDer, pem::PemObject},
    server::ParsedCertificate,
};
use serde_json::{Value, json};

/// A key that nobody has seen yet.
pub(in crate::pages) struct NewKey {
    pub(in crate::pages) key: ClientKey,
    /// To be shown once; `None` for a public key.
    pub(in crate::pages) secret: Option<Secret>,
}

impl NewKey {
    /// What is shown of it once: each as what it is, how the protocol names it, and its text.
    pub(in crate::pages) fn shown_of<'a>(&'a self, client: &'a ClientRecord) -> Vec<Shown<'a>> {
        let mut values = vec![Shown {
            what: "key-client-id",
            copy: "key-copy-client-id",
            named: "oauth_consumer_key",
            text: client.id.as_str(),
        }];
        values.extend(self.secret.as_ref().map(|secret| Shown {
            what: "key-client-secret",
            copy: "key-copy-client-secret",
            named: "",
            text: secret.expose(),
        }));
        values
    }

    fn secret() -> Self {
        let secret = Secret::from(token(&System, 43));
        Self { key: ClientKey::Secret(secret.clone()), secret: Some(secret) }
    }
}

/// The key that a form asks for: a secret, or the public key in it, pasted or as a file. One that came with neither is not thrown away
/// in silence: whoever gave it would sign with it in vain.
pub(in crate::pages) fn sent(fields: &Fields) -> Result<NewKey, Text> {
    if fields.text("key") == "public" {
        return public(fields);
    }
    match pasted(fields) {
        "" => Ok(NewKey::secret()),
        key if key.contains("PRIVATE KEY") => Err(Wrong::Private.in_words()),
        _ => Err(text("key-not-chosen")),
    }
}

/// The key that a form adds to one that is there, of the same kind.
pub(in crate::pages) fn another(client: &ClientRecord, fields: &Fields) -> Result<NewKey, Text> {
    match client.key.kind() {
        KeyKind::PublicKey => public(fields),
        _ => Ok(NewKey::secret()),
    }
}

fn public(fields: &Fields) -> Result<NewKey, Text> {
    let key = read(pasted(fields)).map_err(Wrong::in_words)?;
    Ok(NewKey { key: ClientKey::PublicKey(key), secret: None })
}

/// The public key that a form holds, as text or as a file; empty where there is none.
fn pasted(fields: &Fields) -> &str {
    let mut fields = [PASTED, FILE].map(|name| fields.text(name).trim()).into_iter();
    fields.find(|text| !text.is_empty()).unwrap_or_default()
}

/// Reads what was pasted: a public key, or a certificate, of which the key alone is kept.
///
/// # Security
///
/// A private key that came by mistake is neither kept nor told back.
fn read(pasted: &str) -> Result<PublicKey, Wrong> {
    let pem = public_key::tidy(pasted);
    if pem.contains("PRIVATE KEY") || !pem.contains("BEGIN CERTIFICATE") {
        return public_key::read(&pem, SMALLEST);
    }
    let unreadable = Wrong::Bad(BadKey::Malformed);
    let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| unreadable)?;
    let parsed = ParsedCertificate::try_from(&certificate).map_err(|_| unreadable)?;
    let info = parsed.subject_public_key_info();
    if public_key::names_other_kind(&info) {
        return Err(Wrong::OtherKind);
    }
    let key = PublicKey::from_der(&info);
    match rsa::modulus_bits(&key).map_err(Wrong::Bad)? {
        bits if bits < SMALLEST => Err(Wrong::Bad(BadKey::TooSmall { bits, minimum: SMALLEST })),
        _ => Ok(key),
    }
}

/// Asks which.
pub(super) async fn form(State(app): State<App>, Own { session, application }: Own) -> Response {
    page(&app, &session, &application.client, StatusCode::OK, None)
}

/// Adds one; the old one stays valid.
pub(super) async fn add(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    SentOwn { own: Own { session, application }, fields }: SentOwn,
) -> Result<Response, Refused> {
    let client = &application.client;
    let key = match another(client, &fields) {
        Ok(key) => key,
        Err(wrong) => {
            return Ok(page(&app, &session, client, StatusCode::UNPROCESSABLE_ENTITY, Some(&wrong)));
        }
    };
    let since = administration::add(&app.stores, client, &key.key).await.or_page(&app)?;
    let did = noted(&session.account, visitor, Event::KeyAdded);
    app.audit.append(administration::about(&client.id, since, did));
    Ok(shown_once(&app, &session, client, &key, &text("key-added")))
}

/// Removes one of two.
pub(super) async fn remove(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    SentOwn { own: Own { session, application }, fields }: SentOwn,
) -> Result<Response, Refused> {
    let client = &application.client;
    let since = take(&app, client, fields.text("since")).await.or_page(&app)?;
    let did = noted(&session.account, visitor, Event::KeyRemoved);
    app.audit.append(administration::about(&client.id, since, did));
    Ok(see(&app, &address(&client.id, "")))
}

/// Removes the key that a form names, and answers which. One that is gone is told in the same words as the last one: a form may be sent twice.
pub(in crate::pages) async fn take(
    app: &App,
    client: &ClientRecord,
    named: &str,
) -> Result<Timestamp, Refusal> {
    let since = one_of_two(client, named)?;
    administration::remove(&app.stores, client, since).await.map(|()| since).map_err(told_alike)
}

/// That a page names one of two keys: since when it is valid.
pub(in crate::pages) fn one_of_two(client: &ClientRecord, named: &str) -> Result<Timestamp, Refusal> {
    let since = since(named).ok_or(Refusal::LastKey)?;
    administration::removable(client, since).map(|()| since).map_err(told_alike)
}

fn told_alike(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Absent => Refusal::LastKey,
        other => other,
    }
}

/// What a new key has to show: a secret once, and never again.
pub(super) fn shown_once(
    app: &App,
    session: &Session,
    client: &ClientRecord,
    key: &NewKey,
    title: &Text,
) -> Response {
    shown(app, session, client, title, &key.shown_of(client), key.secret.is_some())
}

/// A value that is shown once.
pub(in crate::pages) struct Shown<'a> {
    /// What it is, and what the button that copies it says: messages.
    pub(in crate::pages) what: &'static str,
    pub(in crate::pages) copy: &'static str,
    /// How the protocol names it.
    pub(in crate::pages) named: &'static str,
    pub(in crate::pages) text: &'a str,
}

/// A page that shows values to be copied.
pub(super) fn shown(
    app: &App,
    session: &Session,
    client: &ClientRecord,
    title: &Text,
    values: &[Shown<'_>],
    has_secret: bool,
) -> Response {
    shown_at(app, session, &address(&client.id, ""), &client.name, title, values, has_secret)
}

/// The same, with where to go on.
pub(in crate::pages) fn shown_at(
    app: &App,
    session: &Session,
    link: &str,
    name: &str,
    title: &Text,
    values: &[Shown<'_>],
    has_secret: bool,
) -> Response {
    let value = |shown: &Shown<'_>| {
        let Shown { what, copy, named, text: value } = *shown;
        json!({ "what": text(what), "copy": text(copy), "named": named, "text": value })
    };
    let values = json!({
        "title": title,
        "values": values.iter().map(value).collect::<Vec<_>>(),
        "has_secret": has_secret,
        "link": link,
        "name": name,
    });
    app.pages.show_with_script("developers/shown_once.html", signed_in::framed(session, values))
}

fn page(
    app: &App,
    session: &Session,
    client: &ClientRecord,
    status: StatusCode,
    wrong: Option<&Text>,
) -> Response {
    let values = values(client, &address(&client.id, ""), wrong);
    signed_in::page(app, session, status, "developers/add_key.html", values)
}

/// What `developers/key_form.html` shows, with the page of the application.
pub(in crate::pages) fn values(client: &ClientRecord, link: &str, wrong: Option<&Text>) -> Value {
    let is_public = client.key.kind() == KeyKind::PublicKey;
    json!({
        "title": text(if is_public { "key-add-key" } else { "key-add-secret" }),
        "name": client.name,
        "link": link,
        "is_public": is_public,
        "has_two": client.previous().is_some(),
        "wrong": wrong,
    })
}

/// The field of a public key as text.
const PASTED: &str = "public_key";
/// The field of a public key as a file.
pub(super) const FILE: &str = "public_key_file";
const SMALLEST: usize = 2048;
