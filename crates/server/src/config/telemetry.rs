//! `[telemetry]`: where spans of requests go.

use super::config_error;
use crate::{edge::Upstream, error::Error};
use serde::{Deserialize, Serialize};

/// `[telemetry]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "countersign.example.toml explains each key")]
pub struct Telemetry {
    pub otlp: String,
}

impl Telemetry {
    /// The collector's address without a slash at its end; `None` where there is none.
    #[cfg(feature = "otel")]
    pub(crate) fn collector(&self) -> Option<&str> {
        Some(self.otlp.trim_end_matches('/')).filter(|collector| !collector.is_empty())
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        if self.otlp.is_empty() {
            return Ok(());
        }
        if !cfg!(feature = "otel") {
            return Err(config_error(KEY, "is set, but this program was built without the feature otel"));
        }
        if !self.otlp.starts_with("http://") || self.otlp.parse::<Upstream>().is_err() {
            let message = "must read http://host:port, such as http://127.0.0.1:4318, without a path: a collector that speaks https is reached by one \
                           on a network of your own";
            return Err(config_error(KEY, message));
        }
        Ok(())
    }
}

const KEY: &str = "telemetry.otlp";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collector_is_asked_for_by_a_build_that_can_alone() {
        let set = Telemetry { otlp: "http://127.0.0.1:4318".into() };
        assert_eq!(set.check().is_ok(), cfg!(feature = "otel"));
        Telemetry::default().check().expect("nothing is asked for");
        for bad in ["127.0.0.1:4318", "https://a:1", "h2c://a:1", "http://a", "http://a:1/v1/traces"] {
            let refused = Telemetry { otlp: bad.into() }.check().expect_err(bad).to_string();
            assert!(refused.contains(KEY), "{refused}");
        }
    }
}
