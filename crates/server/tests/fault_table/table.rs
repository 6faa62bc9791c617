//! What is printed at the end: a row for each fault.

use super::support::load::Load;
use std::time::Duration;

#[derive(Default)]
pub(crate) struct Row {
    pub(crate) fault: &'static str,
    pub(crate) acknowledged: usize,
    pub(crate) lost: usize,
    pub(crate) twice: usize,
    /// From the end of the fault to the first request that every node had accepted.
    pub(crate) recovery: Option<Duration>,
    pub(crate) note: String,
    pub(crate) problems: Vec<String>,
    /// Expected to accept twice: it shows that the others could fail.
    pub(crate) is_control: bool,
}

impl Row {
    /// What a load came to; `recovery` is `None` where some node never accepted anything again.
    pub(crate) fn of(load: &Load, recovery: Option<Duration>, note: String) -> Self {
        let kept = load.kept();
        let acknowledged = kept.clients.len() + kept.tokens.len() + kept.granted.len() + kept.requests.len();
        let mut problems = kept.lost.clone();
        if recovery.is_none() {
            problems.push("it did not recover".into());
        }
        Self {
            acknowledged,
            lost: kept.lost.len(),
            twice: kept.accepted_again,
            recovery,
            note,
            problems,
            ..Self::default()
        }
    }

    pub(crate) fn broken(problem: &str) -> Self {
        Self { problems: vec![problem.into()], ..Self::default() }
    }

    /// Adds a problem where that does not hold.
    pub(crate) fn must(mut self, holds: bool, problem: impl Into<String>) -> Self {
        if !holds {
            self.problems.push(problem.into());
        }
        self
    }

    pub(crate) fn passed(&self) -> bool {
        let twice = if self.is_control { self.twice > 0 } else { self.twice == 0 };
        twice && self.lost == 0 && self.problems.is_empty()
    }
}

pub(crate) fn print(rows: &[Row]) {
    let width = rows.iter().map(|row| row.fault.len()).max().unwrap_or_default();
    println!("\n{:width$}  acknowledged  lost  accepted twice  longest to recover", "fault");
    for row in rows {
        let Row { fault, acknowledged, lost, twice, note, .. } = row;
        let recovery = row.recovery.map_or("-".into(), |took| format!("{:.2} s", took.as_secs_f64()));
        let verdict = if row.passed() { "" } else { "  FAILED" };
        println!(
            "{fault:width$}  {acknowledged:>12}  {lost:>4}  {twice:>14}  {recovery:>18}  {note}{verdict}"
        );
    }
    println!();
}
