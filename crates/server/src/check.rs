//! What a registration must hold, so that nothing is accepted that could never work.

use crate::{config::Config, error::Error, names};
use countersign_core::{Methods, Plaintext};
use countersign_provider::callback;
use countersign_store::ClientRecord;

/// A client's name, as resource owners read it.
pub(crate) fn client_name(name: &str) -> Result<(), Error> {
    if names::is_blank(name) || names::obscures(name) {
        return Err(Error::Refused(
            "a name has visible characters, and none that hide or turn others".into(),
        ));
    }
    Ok(())
}

/// An account's name, as it is typed at sign-in.
pub(crate) fn account_name(name: &str) -> Result<(), Error> {
    names::plain(name).map_err(refused)
}

/// The name of a new account: it reads as what it is.
pub(crate) fn new_account_name(name: &str) -> Result<(), Error> {
    names::honest(name).map_err(refused)
}

/// The name of an account that another provider has.
pub(crate) fn imported_account_name(name: &str) -> Result<(), Error> {
    names::visible(name).map_err(refused)
}

fn refused(rule: names::Rule) -> Error {
    Error::Refused(format!("a name {rule}"))
}

/// Scopes, each once: words without spaces and control characters.
pub(crate) fn scopes(given: &[String]) -> Result<Vec<String>, Error> {
    match given.iter().find_map(|scope| one_scope(scope).err()) {
        Some(told) => Err(Error::Refused(format!("{told}, and --scope may be given several times"))),
        None => Ok(unique(given)),
    }
}

/// Tells what is wrong with a scope.
pub(crate) fn one_scope(scope: &str) -> Result<(), String> {
    if scope.is_empty() || scope.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(format!("{scope:?} is no scope: a scope is one word"));
    }
    Ok(())
}

/// Callbacks or their prefixes, each once.
pub(crate) fn callbacks(given: &[String]) -> Result<Vec<String>, Error> {
    for url in given {
        let refused = |why: &str| Error::Refused(format!("{url}: {why}"));
        if url == "oob" {
            return Err(refused("a client that shows the verifier is registered by --allow-oob"));
        }
        if names_user(url) {
            return Err(refused("a callback names no user: leave out what stands before the @"));
        }
        callback::check_registered(url).map_err(refused)?;
    }
    Ok(unique(given))
}

/// Whether a callback has a user before its host, which no browser would show.
pub(crate) fn names_user(url: &str) -> bool {
    let authority = url.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?']).next().unwrap_or(""));
    authority.contains('@')
}

/// Signature methods by name, each once.
pub(crate) fn methods(given: &[String]) -> Result<Option<Vec<String>>, Error> {
    let known = known();
    if let Some(unknown) = given.iter().find(|method| known.find(method).is_none()) {
        let all: Vec<_> = known.names().collect();
        return Err(Error::Refused(format!(
            "{unknown} is no signature method; there are {}",
            all.join(", ")
        )));
    }
    Ok((!given.is_empty()).then(|| unique(given)))
}

/// That there is a signature method with which the client can sign.
pub(crate) fn can_sign(client: &ClientRecord) -> Result<(), Error> {
    if fitting(client).is_empty() {
        return Err(Error::Refused(match &client.key {
            countersign_store::ClientKey::Secret(_) => {
                "a client with a secret signs by HMAC or PLAINTEXT: name one of them with --method, or give \
                 --rsa-public-key"
                    .into()
            }
            countersign_store::ClientKey::PublicKey(_) => {
                "a client with a public key signs by RSA: name such a method with --method, or leave out \
                 --rsa-public-key"
                    .into()
            }
        }));
    }
    Ok(())
}

/// What to tell of a client that no resource owner can send back: tokens that are issued by hand are all that it can use.
fn out_of_reach(client: &ClientRecord) -> Option<String> {
    let reaches_owners =
        client.allow_oob || !client.callbacks.is_empty() || !client.callback_prefixes.is_empty();
    (!reaches_owners && !client.two_legged).then(|| {
        "no resource owner can come back to this client, so it needs tokens of `countersign token issue`; else give \
         --callback URL, or --allow-oob if it shows the verifier, or --two-legged if it calls without a token"
            .into()
    })
}

/// What to tell of a client that is registered as it is.
pub(crate) fn warnings(client: &ClientRecord, config: &Config) -> Vec<String> {
    [out_of_reach(client), switched_off(client, config), without_words(client, config)]
        .into_iter()
        .flatten()
        .collect()
}

/// What to tell of a scope that the configuration does not have, where it has any.
fn without_words(client: &ClientRecord, config: &Config) -> Option<String> {
    let unknown = client.scopes.iter().find(|scope| !config.scopes.contains_key(*scope))?;
    (!config.scopes.is_empty()).then(|| {
        format!("[scopes] of the configuration has no {unknown}: resource owners are asked for it by its bare name")
    })
}

/// What to tell of a token whose scopes its client may not ask for.
pub(crate) fn beyond(scopes: &[String], client: &ClientRecord) -> Option<String> {
    let bad = scopes.iter().find(|scope| !client.scopes.contains(scope))?;
    let may = if client.scopes.is_empty() { "none".into() } else { client.scopes.join(", ") };
    let id = &client.id;
    Some(format!(
        "client {id} may not ask for the scope {bad} itself; it may for: {may}. You give it all the same"
    ))
}

/// What to tell where the provider accepts none of the client's methods as it is configured now.
fn switched_off(client: &ClientRecord, config: &Config) -> Option<String> {
    let accepted = |method: &String| {
        config.signature_methods.contains(method) || (method == "PLAINTEXT" && config.allow_plaintext)
    };
    let fitting = fitting(client);
    (!fitting.iter().any(accepted)).then(|| {
        format!(
            "this client may only use {}, which the server does not accept now: see signature_methods and \
             allow_plaintext in its configuration",
            fitting.join(", ")
        )
    })
}

/// The methods that the client may use with the key that it has.
fn fitting(client: &ClientRecord) -> Vec<String> {
    let known = known();
    let fits = known.iter().filter(|method| client.accepts(method.name(), method.kind()));
    fits.map(|method| method.name().to_owned()).collect()
}

fn known() -> Methods {
    Methods::standard().with(Plaintext)
}

pub(crate) fn unique(given: &[String]) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for one in given {
        if !kept.contains(one) {
            kept.push(one.clone());
        }
    }
    kept
}
