//! How clients of a server sign.

use super::Remote;
use crate::{
    admin_api::usage::{Filter, Shown},
    cli::administration::{Each, Usage},
    error::Error,
};

impl Usage for Remote {
    fn usage(&self, asked: Filter, each: Each<'_, Shown>) -> Result<(), Error> {
        let [since, weak] =
            [asked.since.map(|seconds| seconds.to_string()), asked.weak.map(|weak| weak.to_string())];
        let query = [
            ("client", asked.client.as_deref()),
            ("method", asked.method.as_deref()),
            ("since", since.as_deref()),
            ("weak", weak.as_deref()),
        ];
        Ok(self.all("/usage", &query, each)?)
    }
}
