//! `[own_pages]`: sign-in and consent on pages of the operator's own.

use super::{Config, SignUp, config_error, paths::is_own};
use crate::{error::Error, loopback::is_loopback};
use countersign_core::{Origin, Scheme};
use countersign_provider::callback;
use http::Uri;
use serde::{Deserialize, Serialize};

/// `[own_pages]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "countersign.example.toml explains each key")]
pub struct OwnPages {
    pub url: String,
}

impl OwnPages {
    /// Whether resource owners sign in and answer elsewhere.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.url.is_empty()
    }

    pub(super) fn check(&self, config: &Config) -> Result<(), Error> {
        let wrong = |why: &str| Err(config_error(KEY, why));
        if !self.is_on() {
            return Ok(());
        }
        let Some(origin) = origin_of(&self.url) else {
            return wrong(&format!(
                "`{}` is no address of a page: it reads https://host/path, the host in lower case, without a user, a default port \
                 or a fragment",
                self.url
            ));
        };
        let is_here = self.url.parse::<Uri>().is_ok_and(|url| url.host().is_some_and(is_loopback));
        if origin.scheme() == Scheme::Http && !is_here && !config.insecure_http {
            return wrong(
                "is http, but passwords are typed there: name an https address, or one of this machine",
            );
        }
        if query_of(&self.url).any(|name| name == "challenge") {
            return wrong("has a parameter `challenge`, which is the one that the server adds: leave it out");
        }
        if config.public_url().parse::<Origin>().is_ok_and(|own| is_ours(&self.url, &own, config)) {
            return wrong("is a page of this server itself: name one of yours");
        }
        if !config.admin_api.enabled {
            return wrong(
                "is set, but your pages answer through the administration's API: set enabled = true in [admin_api]",
            );
        }
        if config.sign_up != SignUp::Closed || config.sign_in.makes_accounts() {
            return wrong(
                "is set, and strangers can make accounts: one with the name of an owner of yours would own what that owner's \
                 is. Close sign_up, and switch off create_accounts and proxy_create_accounts of [sign_in]",
            );
        }
        Ok(())
    }
}

/// Scheme and host, if nobody can read the address in two ways.
fn origin_of(url: &str) -> Option<Origin> {
    callback::check_registered(url).ok()?;
    let authority_end = url.find("://")? + 3;
    let rest = &url[authority_end..];
    url[..authority_end + rest.find(['/', '?']).unwrap_or(rest.len())].parse().ok()
}

fn query_of(url: &str) -> impl Iterator<Item = &str> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    query.split('&').map(|pair| pair.split('=').next().unwrap_or_default())
}

fn is_ours(url: &str, own: &Origin, config: &Config) -> bool {
    let path = url.strip_prefix(own.as_str()).filter(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    let path = path.map(|rest| rest.split('?').next().unwrap_or_default());
    path.is_some_and(|path| is_own(path) || config.endpoints.paths().concat().contains(&path))
}

const KEY: &str = "own_pages.url";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::AdminApi;

    fn checked(url: &str, change: impl FnOnce(&mut Config)) -> Result<(), String> {
        let mut config = Config { public_url: "https://a.example".into(), ..Config::default() };
        config.own_pages.url = url.into();
        config.admin_api = AdminApi { enabled: true };
        change(&mut config);
        config.check().map_err(|error| error.to_string())
    }

    #[test]
    fn an_address_where_nobody_could_sign_in_is_refused_with_its_reason() {
        for (url, told) in [
            ("shop.example/login", "no address"),
            ("//shop.example/login", "no address"),
            ("com.shop.app:/login", "no address"),
            ("javascript:alert(1)", "no address"),
            ("https://user@shop.example/", "no address"),
            ("https://Shop.example/", "no address"),
            ("https://shop.example/#login", "no address"),
            ("https://shop.example/a b", "no address"),
            ("https://shop.example/\r\nX: y", "no address"),
            ("http://shop.example/login", "is http"),
            ("http://127.0.0.1.shop.example/login", "is http"),
            ("https://shop.example/?challenge=x", "challenge"),
            ("https://shop.example/?a=b&challenge", "challenge"),
            ("https://a.example/login", "page of this server"),
            ("https://a.example/oauth/authorize?x=y", "page of this server"),
            ("https://a.example/account/x", "page of this server"),
        ] {
            let error = checked(url, |_| ()).expect_err(url);
            assert!(error.starts_with("own_pages.url: ") && error.contains(told), "{url}: {error}");
        }
        let error = checked("https://shop.example/login", |config| config.admin_api.enabled = false);
        assert!(error.is_err_and(|error| error.contains("[admin_api]")));
    }

    #[test]
    fn an_address_of_a_page_is_taken() {
        for url in [
            "https://shop.example/login-and-consent",
            "https://shop.example:8443",
            "https://shop.example/login?theme=dark",
            "http://127.0.0.1:9000/login",
            "http://localhost/login",
            "http://[::1]:1/",
            "https://a.example/shop/login",
            "https://a.example.evil/login",
        ] {
            assert_eq!(checked(url, |_| ()), Ok(()), "{url}");
        }
        assert_eq!(checked("http://shop.test/login", |config| config.insecure_http = true), Ok(()));
    }
}
