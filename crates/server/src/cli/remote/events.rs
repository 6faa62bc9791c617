//! The audit log of a server.

use super::Remote;
use crate::{
    admin_api::audit::{Filter, Shown},
    cli::administration::{Each, Events},
    error::Error,
};

impl Events for Remote {
    fn events(&self, asked: Filter, each: Each<'_, Shown>) -> Result<(), Error> {
        let [from, to] = [asked.from, asked.to].map(|time| time.map(|seconds| seconds.to_string()));
        let query = [
            ("event", asked.event.as_deref()),
            ("client", asked.client.as_deref()),
            ("owner", asked.owner.as_deref()),
            ("actor", asked.actor.as_deref()),
            ("from", from.as_deref()),
            ("to", to.as_deref()),
        ];
        let most = asked.limit.map_or(usize::MAX, |limit| limit as usize);
        Ok(self.first(most, "/audit", &query, each)?)
    }
}
