//! `countersign audit`.

use super::{Place, block_on, output};
use crate::{audit::Recorder, error::Error, span};
use clap::Subcommand;
use countersign_provider::{Clock, System};
use std::sync::Arc;

/// Keep the audit log short.
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Delete old events, for good; that they were deleted is an event itself
    #[command(after_help = "Example:\n  countersign audit forget --older-than 365d")]
    Forget {
        /// How old: a number with s, m, h or d, such as 365d
        #[arg(long, value_name = "SPAN", value_parser = span::seconds)]
        older_than: u64,
    },
}

impl Audit {
    pub(super) fn run(self, place: &Place) -> Result<(), Error> {
        let Self::Forget { older_than } = self;
        let rows = place.stores()?.rows;
        let recorder = Recorder::new(Arc::clone(&rows), None);
        let forgotten = block_on(async {
            let actor = super::act::actor();
            let forgotten = recorder.forget_older(older_than, Some(&actor), System.now()).await;
            rows.flush().await?;
            Ok(forgotten?)
        })?;
        output::line(format_args!("deleted {forgotten} events"))
    }
}
