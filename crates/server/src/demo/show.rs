//! How the demo reads: colour on a terminal, plain text in a pipe.

use super::{Cast, dance::Token};
use crate::{cli::output, error::Error};
use countersign_core::{BaseString, HmacSha1, Origin, sign};
use countersign_provider::{Clock, System, token};
use std::{cell::OnceCell, fmt::Display, io::IsTerminal, net::SocketAddr};

pub(super) struct Show {
    colour: bool,
    /// What kept it from writing: nothing is written after it.
    broken: OnceCell<Error>,
}

impl Show {
    pub(super) fn new() -> Self {
        Self {
            colour: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
            broken: OnceCell::new(),
        }
    }

    pub(super) fn line(&self, text: impl Display) {
        if self.broken.get().is_none()
            && let Err(error) = output::line(text)
        {
            // OK because it was empty
            let _ = self.broken.set(error);
        }
    }

    pub(super) fn is_broken(&self) -> bool {
        self.broken.get().is_some()
    }

    /// Whether all of it was written.
    pub(super) fn end(self) -> Result<(), Error> {
        self.broken.into_inner().map_or(Ok(()), Err)
    }

    pub(super) fn title(&self, number: usize, title: &str, why: &str) {
        self.line(format_args!("\n{}\n{why}", self.paint("1;36", &format!("── {number}. {title} "))));
    }

    pub(super) fn message(&self, label: &str, text: &str) {
        self.line(format_args!("\n{}", self.paint("1", label)));
        for line in text.lines() {
            self.line(format_args!("  {line}"));
        }
    }

    /// What is signed, with which key, and what comes out.
    pub(super) fn signature(&self, base: &BaseString, key: &str, signature: &str) {
        let parameters = base.normalized().replace('&', "\n");
        self.message("Its parameters, encoded and sorted (RFC 5849 §3.4.1.3)", &parameters);
        self.message(
            "The base string (§3.4.1): method, URI and parameters, each encoded, joined by &",
            base.as_str(),
        );
        self.message(
            "The key (§3.4.2): client secret & token secret. Shown because it is the demo's own",
            key,
        );
        self.message("The signature: HMAC-SHA1 of the base string under the key, in base64", signature);
    }

    pub(super) fn good(&self, text: &str) {
        self.line(format_args!("\n{} {text}", self.paint("1;32", "✓")));
    }

    pub(super) fn failed(&self, why: &str) {
        self.line(format_args!("\n{} {why}", self.paint("1;31", "✗ the demo failed:")));
    }

    /// What to paste into another terminal while the server goes on.
    pub(super) fn paste(&self, cast: &Cast, address: SocketAddr, given: &Token) {
        let (id, secret) = (cast.client.id.as_str(), cast.client_secret.expose());
        let (token_id, token_secret) = (given.id.as_str(), given.secret.expose());
        self.line(format_args!("\n{}", self.paint("1;36", "── Your turn: the server goes on until Ctrl-C ")));
        self.line(format_args!(
            "Its pages are at http://{address}/ (sign in as {} with the password {}).",
            cast.account, cast.password
        ));
        self.line(format_args!("\n{}", self.paint("1", "In Python (pip install requests-oauthlib)")));
        // Not set in: Python reads it as it is pasted.
        self.line(
            format_args!(
                "from requests_oauthlib import OAuth1Session\n\
                 session = OAuth1Session('{id}', '{secret}', '{token_id}', '{token_secret}')\n\
                 print(session.get('http://{address}/api/whoami').json())\n\
                 print(session.post('http://{address}/echo/prints', data={{'copies': '2', 'note': 'a b+c'}}).json())"
            ),
        );
        match curl(cast, address, given) {
            Ok(line) => {
                self.message("With curl: signed just now, so it works once, within five minutes", &line);
            }
            Err(why) => self.failed(&why),
        }
    }

    fn paint(&self, style: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{style}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

fn curl(cast: &Cast, address: SocketAddr, given: &Token) -> Result<String, String> {
    let origin: Origin =
        format!("http://{address}").parse().map_err(|bad: countersign_core::BadOrigin| bad.to_string())?;
    let signed = sign::Request::new("GET", &origin, "/api/whoami")
        .client(cast.client.id.as_str(), &cast.client_secret)
        .token(&given.id, &given.secret)
        .stamp(System.now(), &token(&System, 16))
        .sign(&HmacSha1)
        .map_err(|error| error.to_string())?;
    Ok(format!(
        "curl -i http://{address}/api/whoami \\\n  -H '{}'",
        ["Authorization: ", &signed.header()].concat()
    ))
}
