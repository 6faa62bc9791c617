//! `countersign usage`.

use super::{administration::Administration, moment, output};
use crate::{
    admin_api::usage::{Filter, Shown},
    error::Error,
    rfc3339,
    weakness::Weakness,
};
use clap::{Args, Subcommand};
use countersign_core::{ClientId, Timestamp};
use serde_json::json;
use std::cmp::Reverse;

/// See who signs how, and what of that should end.
#[derive(Debug, Subcommand)]
pub(crate) enum Usage {
    /// List when each client last signed by which method with which key, and why that should end (sha1, plaintext, small_key): the worst first
    #[command(after_help = EXAMPLES)]
    List(List),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only of this client
    #[arg(long, value_name = "ID")]
    client: Option<ClientId>,
    /// Only by this signature method, such as HMAC-SHA1
    #[arg(long)]
    method: Option<String>,
    /// Only what was used since this day (UTC) or second (Unix)
    #[arg(long, value_name = "TIME", value_parser = moment::begin)]
    since: Option<u64>,
    /// Only what should end: SHA-1, PLAINTEXT, RSA keys under 2048 bits
    #[arg(long)]
    weak: bool,
    /// Print one JSON object per line
    #[arg(long)]
    json: bool,
}

impl Usage {
    pub(super) fn run(self, at: &dyn Administration) -> Result<(), Error> {
        let Self::List(list) = self;
        list.run(at)
    }
}

impl List {
    /// In the order of the page: there is a row for each key and method of a client, not for each request.
    fn run(self, at: &dyn Administration) -> Result<(), Error> {
        let filter = Filter {
            client: self.client.map(|id| id.as_str().into()),
            method: self.method,
            since: self.since,
            weak: self.weak.then_some(true),
            limit: None,
            cursor: None,
        };
        let mut rows = Vec::new();
        at.usage(filter, &mut |row| {
            rows.push(row);
            Ok(())
        })?;
        rows.sort_by_cached_key(|row| {
            let risk = Weakness::risk(&Weakness::of(&row.method, row.bits));
            (Reverse((risk, row.last_used)), row.client_id.clone(), row.key_since)
        });
        rows.iter().try_for_each(|row| print(row, self.json))
    }
}

fn print(row: &Shown, json: bool) -> Result<(), Error> {
    if json {
        return output::line(json!(row));
    }
    let Shown { client_id, name, method, weak, requests, .. } = row;
    let [used, since] =
        [row.last_used, row.key_since].map(|at| rfc3339::machine(Timestamp::from_seconds(at)));
    let weak = if weak.is_empty() { "-".into() } else { weak.join(",") };
    let name = output::plain(name.as_deref().unwrap_or("-"));
    let method = output::plain(method);
    output::line(format_args!(
        "{used}  {method:11}  {weak:14}  {client_id}  key of {since}  {requests} requests  {name}"
    ))
}

const EXAMPLES: &str = "\
Examples:
  countersign usage list --weak
  countersign usage list --client CLIENT --json
  countersign usage list --method HMAC-SHA1 --since 2027-01-01";
