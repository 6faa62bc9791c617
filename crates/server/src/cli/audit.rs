//! `countersign audit`.

use super::{
    Place,
    administration::{Administration, open},
    block_on, moment, output, remote,
};
use crate::{
    admin_api::audit::{Filter, Shown},
    audit::{Recorder, event},
    error::Error,
    rfc3339, span,
};
use clap::{Args, Subcommand};
use countersign_core::{ClientId, Timestamp};
use countersign_provider::{Clock, System};
use serde_json::json;
use std::sync::Arc;

/// List what happened, and keep the audit log short.
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// List events, the newest first: when (UTC), what, and of whom, by whom and from where as far as that is known
    #[command(after_help = EXAMPLES)]
    List(Box<List>),
    /// Delete old events, for good; that they were deleted is an event itself
    #[command(after_help = "Example:\n  countersign audit forget --older-than 365d")]
    Forget {
        /// How old: a number with s, m, h or d, such as 365d
        #[arg(long, value_name = "SPAN", value_parser = span::seconds)]
        older_than: u64,
    },
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    there: remote::There,
    /// Only this event, such as application_approved
    #[arg(long)]
    event: Option<String>,
    /// Only what concerns this client
    #[arg(long, value_name = "ID")]
    client: Option<ClientId>,
    /// Only what concerns this account
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Only what this one did, as it is listed, such as 'administrator ada'
    #[arg(long, value_name = "WHO")]
    actor: Option<String>,
    /// Only since this day (UTC) or second (Unix)
    #[arg(long, value_name = "TIME", value_parser = moment::begin)]
    from: Option<u64>,
    /// Only until the end of this day, or before this second
    #[arg(long, value_name = "TIME", value_parser = moment::end)]
    to: Option<u64>,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Print one JSON object per line
    #[arg(long)]
    json: bool,
}

impl Audit {
    pub(super) fn run(self, place: Place) -> Result<(), Error> {
        match self {
            Self::List(list) => {
                let at = open(&list.there, place)?;
                list.run(&*at)
            }
            Self::Forget { older_than } => forget(&place, older_than),
        }
    }
}

impl List {
    fn run(self, at: &dyn Administration) -> Result<(), Error> {
        let known = |named: &&String| event::NAMES.contains(&named.as_str());
        if let Some(other) = self.event.as_ref().filter(|named| !known(named)) {
            output::complain(format_args!("this version records no event {other}"));
        }
        let filter = Filter {
            event: self.event,
            client: self.client.map(|id| id.as_str().into()),
            owner: self.user,
            actor: self.actor,
            from: self.from,
            to: self.to,
            limit: Some(self.limit),
            cursor: None,
        };
        at.events(filter, &mut |shown| print(&shown, self.json))
    }
}

fn print(shown: &Shown, json: bool) -> Result<(), Error> {
    if json {
        return output::line(json!(shown));
    }
    let record = shown.record.map(|number| number.to_string());
    let rest = [
        ("client ", &shown.client_id),
        ("account ", &shown.owner),
        ("token ", &record),
        ("by ", &shown.actor),
        ("from ", &shown.address),
        ("", &shown.detail),
    ];
    let rest: String = rest
        .into_iter()
        .filter_map(|(what, value)| value.as_ref().map(|value| format!("  {what}{}", output::plain(value))))
        .collect();
    let at = rfc3339::machine(Timestamp::from_seconds(shown.at));
    let width = event::NAMES.iter().map(|name| name.len()).max().unwrap_or_default();
    output::line(format!("{at}  {:width$}{rest}", shown.event).trim_end())
}

fn forget(place: &Place, older_than: u64) -> Result<(), Error> {
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

const EXAMPLES: &str = "\
Examples:
  countersign audit list
  countersign audit list --event application_approved --from 2027-01-01
  countersign audit list --user jane --from 2027-01-15 --to 2027-01-15 --json
  COUNTERSIGN_API_KEY=csk_… countersign audit list --remote https://photos.example.net";
