//! `[sign_in]`: the ways in beside a password.

use super::{Config, SignUp, config_error};
use crate::{edge, error::Error, loopback::is_loopback};
use countersign_core::Secret;
use countersign_provider::FIELDS;
use http::{HeaderName, Uri, header};
use serde::{Deserialize, Serialize};
use std::{env, fs, path::PathBuf};

/// `[sign_in]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "countersign.example.toml explains each key")]
pub struct SignIn {
    pub password: bool,
    pub proxy_header: String,
    pub proxy_create_accounts: bool,
    pub proxy_sign_out: String,
    pub oidc: Vec<Oidc>,
}

/// `[[sign_in.oidc]]`: an issuer of OpenID Connect.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "countersign.example.toml explains each key")]
pub struct Oidc {
    pub id: String,
    #[serde(default)]
    pub name: String,
    pub issuer: String,
    pub client_id: String,
    #[serde(default)]
    pub client_secret_file: PathBuf,
    #[serde(default)]
    pub client_secret_variable: String,
    #[serde(default = "profile")]
    pub scopes: Vec<String>,
    #[serde(default = "preferred_username")]
    pub account_name: String,
    #[serde(default)]
    pub create_accounts: bool,
    #[serde(default)]
    pub root_certificates: PathBuf,
}

/// The key of an issuer, and what is wrong with it.
type Wrong = (&'static str, String);

impl Config {
    pub(super) fn check_sign_in(&self) -> Result<(), Error> {
        let sign_in = &self.sign_in;
        sign_in.check_proxy(!self.trusted_proxies.is_empty())?;
        sign_in.check_oidc()?;
        let others =
            self.sign_up != SignUp::Closed || sign_in.oidc.iter().any(|issuer| issuer.create_accounts);
        if sign_in.header().is_some() && others {
            let message = "is set, and strangers can make accounts: one with a name that the proxy knows would be opened to \
                           whoever has that name there. Close sign_up, and switch off create_accounts of [[sign_in.oidc]]";
            return Err(config_error("sign_in.proxy_header", message));
        }
        if sign_in.password {
            return Ok(());
        }
        if sign_in.proxy_header.is_empty() && sign_in.oidc.is_empty() {
            let message =
                "is false, and there is no other way in: set sign_in.proxy_header, or add a [[sign_in.oidc]]";
            return Err(config_error("sign_in.password", message));
        }
        if self.sign_up != SignUp::Closed {
            let message = "lets strangers choose a password, but sign_in.password is false: close it, and let \
                           create_accounts of a [[sign_in.oidc]] make accounts";
            return Err(config_error("sign_up", message));
        }
        Ok(())
    }
}

impl SignIn {
    /// The header that names who is signed in at a trusted proxy; `None` where none is believed.
    pub(crate) fn header(&self) -> Option<HeaderName> {
        self.proxy_header.parse().ok()
    }

    /// Whether somebody from elsewhere gets an account without an operator.
    pub(super) fn makes_accounts(&self) -> bool {
        let by_proxy = !self.proxy_header.is_empty() && self.proxy_create_accounts;
        by_proxy || self.oidc.iter().any(|issuer| issuer.create_accounts)
    }

    fn check_proxy(&self, has_proxies: bool) -> Result<(), Error> {
        if !self.proxy_sign_out.is_empty() && !is_web_page(&self.proxy_sign_out) {
            let message = format!("`{}` is no address of a page, such as https://…", self.proxy_sign_out);
            return Err(config_error("sign_in.proxy_sign_out", &message));
        }
        let told = |message: &str| Err(config_error("sign_in.proxy_header", message));
        if self.proxy_header.is_empty() {
            return Ok(());
        }
        let Some(name) = self.header() else {
            return told("is no name of a header: write one such as X-Remote-User");
        };
        if TAKEN.contains(&name) || FIELDS.contains(&name.as_str()) || edge::is_ours(name.as_str()) {
            return told("names a header that means something else: choose another, such as X-Remote-User");
        }
        if !has_proxies {
            return told(
                "is set, but nobody would be believed: name the proxy in trusted_proxies, such as [\"127.0.0.1/32\"]",
            );
        }
        Ok(())
    }

    fn check_oidc(&self) -> Result<(), Error> {
        for (index, issuer) in self.oidc.iter().enumerate() {
            let fail =
                |(key, message): Wrong| Err(config_error(&format!("sign_in.oidc.{index}.{key}"), &message));
            if let Err(wrong) = issuer.check() {
                return fail(wrong);
            }
            let before = &self.oidc[..index];
            if before.iter().any(|other| other.id == issuer.id) {
                return fail(("id", format!("`{}` is another issuer's already", issuer.id)));
            }
            if before.iter().any(|other| other.issuer == issuer.issuer) {
                // Who is known from one would be known from both.
                return fail(("issuer", format!("`{}` is there already", issuer.issuer)));
            }
        }
        Ok(())
    }
}

impl Oidc {
    /// What its button says.
    pub(crate) fn shown(&self) -> &str {
        if self.name.is_empty() { &self.id } else { &self.name }
    }

    /// Whether it is on this machine and speaks http, as one for trying things out does.
    pub(crate) fn is_plain(&self) -> bool {
        self.issuer.starts_with("http://")
    }

    /// The secret, of the file or the variable; `None` for a public client.
    ///
    /// # Errors
    ///
    /// The key, and why it cannot be read.
    pub(crate) fn secret(&self) -> Result<Option<Secret>, (&'static str, String)> {
        let path = &self.client_secret_file;
        let (key, text) = if !path.as_os_str().is_empty() {
            let text = fs::read_to_string(path)
                .map_err(|error| ("client_secret_file", format!("{}: {error}", path.display())))?;
            ("client_secret_file", text)
        } else if !self.client_secret_variable.is_empty() {
            let text = env::var(&self.client_secret_variable).map_err(|_| {
                let message = format!("the variable {} is not set", self.client_secret_variable);
                ("client_secret_variable", message)
            })?;
            ("client_secret_variable", text)
        } else {
            return Ok(None);
        };
        let secret = text.trim_end_matches(['\r', '\n']);
        if secret.is_empty() || secret.contains(char::is_control) {
            return Err((key, "must hold the secret alone, in one line".into()));
        }
        Ok(Some(secret.into()))
    }

    fn check(&self) -> Result<(), Wrong> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if self.id.is_empty() || self.id.len() > 32 || !self.id.bytes().all(plain) {
            let message =
                format!("`{}` must hold lower-case letters, digits and - alone, 32 at most", self.id);
            return Err(("id", message));
        }
        self.check_issuer()?;
        if self.client_id.is_empty() {
            return Err(("client_id", "is empty: the issuer names it when you register there".into()));
        }
        let word = |word: &String| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_graphic());
        if let Some(bad) = self.scopes.iter().find(|scope| !word(scope)) {
            return Err(("scopes", format!("has the scope {bad:?}: a scope is one word")));
        }
        if self.account_name.is_empty() {
            return Err(("account_name", "is empty: name a claim, such as preferred_username".into()));
        }
        if !self.client_secret_file.as_os_str().is_empty() && !self.client_secret_variable.is_empty() {
            return Err(("client_secret_variable", "and client_secret_file are both set: keep one".into()));
        }
        if self.client_secret_variable.starts_with("COUNTERSIGN_") {
            let message = "must not begin with COUNTERSIGN_, as keys of this file do: choose another name";
            return Err(("client_secret_variable", message.into()));
        }
        Ok(())
    }

    fn check_issuer(&self) -> Result<(), Wrong> {
        let told = |why: &str| Err(("issuer", format!("`{}` {why}", self.issuer)));
        let Ok(uri) = self.issuer.parse::<Uri>() else { return told("is no URL") };
        if !is_web_page(&self.issuer) || self.issuer.contains(['?', '#', '@']) {
            return told("is no issuer: it reads https://host, and may have a path");
        }
        if self.is_plain() && !uri.host().is_some_and(is_loopback) {
            return told("is http, by which anybody on the way could sign in as anybody: use https");
        }
        Ok(())
    }
}

fn is_web_page(url: &str) -> bool {
    let uri = url.parse::<Uri>().ok();
    let scheme = uri.as_ref().and_then(Uri::scheme_str);
    uri.as_ref().is_some_and(|uri| uri.host().is_some()) && matches!(scheme, Some("https" | "http"))
}

fn profile() -> Vec<String> {
    vec!["profile".into()]
}

fn preferred_username() -> String {
    "preferred_username".into()
}

impl Default for SignIn {
    fn default() -> Self {
        Self {
            password: true,
            proxy_header: String::new(),
            proxy_create_accounts: false,
            proxy_sign_out: String::new(),
            oidc: Vec::new(),
        }
    }
}

/// Headers that are read for other reasons.
const TAKEN: [HeaderName; 6] = [
    header::ACCEPT,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::COOKIE,
    header::ORIGIN,
    header::USER_AGENT,
];
