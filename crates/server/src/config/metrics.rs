//! `[metrics]`: where Prometheus may ask.

use super::config_error;
use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::net::{AddrParseError, SocketAddr};

/// `[metrics]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "countersign.example.toml explains each key")]
pub struct Metrics {
    pub listen: Listen,
}

impl Metrics {
    /// That its socket is not the one that everybody may ask.
    pub(super) fn check(&self, everybody: SocketAddr) -> Result<(), Error> {
        match self.listen.0 {
            Some(own) if own.port() != 0 && own.port() == everybody.port() && overlap(own, everybody) => {
                let message =
                    format!("is {own}, which listen = \"{everybody}\" takes already: choose another port");
                Err(config_error("metrics.listen", &message))
            }
            _ => Ok(()),
        }
    }
}

/// Whether one address holds the other: all of a family do.
fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let holds_all = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.ip() == other.ip() || (holds_all && one.is_ipv4() == other.is_ipv4())
}

/// An address and a port, or an empty text for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Listen(pub Option<SocketAddr>);

impl TryFrom<String> for Listen {
    type Error = AddrParseError;

    fn try_from(text: String) -> Result<Self, AddrParseError> {
        if text.is_empty() { Ok(Self(None)) } else { text.parse().map(|address| Self(Some(address))) }
    }
}

impl From<Listen> for String {
    fn from(listen: Listen) -> Self {
        listen.0.map(|address| address.to_string()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn checked(listen: &str, metrics: &str) -> Result<(), String> {
        let metrics = Metrics { listen: Listen(Some(metrics.parse().expect("an address"))) };
        let listen = listen.parse().expect("an address");
        Config { listen, metrics, ..Config::default() }.check().map_err(|error| error.to_string())
    }

    #[test]
    fn the_socket_of_everybody_is_refused_for_metrics() {
        for (listen, metrics) in [
            ("127.0.0.1:8080", "127.0.0.1:8080"),
            ("[::1]:8080", "[::1]:8080"),
            ("0.0.0.0:8080", "127.0.0.1:8080"),
            ("127.0.0.1:8080", "0.0.0.0:8080"),
        ] {
            let error = checked(listen, metrics).expect_err(metrics);
            assert!(error.starts_with("metrics.listen: ") && error.contains(metrics), "{error}");
        }
        for (listen, metrics) in [
            ("127.0.0.1:8080", "127.0.0.1:8081"),
            ("127.0.0.1:0", "127.0.0.1:0"),
            ("127.0.0.1:8080", "127.0.0.2:8080"),
            ("0.0.0.0:8080", "[::1]:8080"),
        ] {
            assert_eq!(checked(listen, metrics), Ok(()), "{listen} {metrics}");
        }
    }
}
