//! What was measured, what it may be, and the line that says so.

/// One line of the table.
pub(crate) struct Figure {
    what: String,
    unit: &'static str,
    measured: f64,
    floor: Option<f64>,
    ratio: Option<f64>,
    bound: Option<Bound>,
}

/// What a figure may be: its ratio where it has a floor, itself where it has none.
#[derive(Clone, Copy)]
pub(crate) struct Bound {
    limit: f64,
    goal: f64,
    /// Whether more is better.
    at_least: bool,
}

impl Bound {
    pub(crate) fn at_most(limit: f64, goal: f64) -> Option<Self> {
        Some(Self { limit, goal, at_least: false })
    }

    pub(crate) fn at_least(limit: f64, goal: f64) -> Option<Self> {
        Some(Self { limit, goal, at_least: true })
    }

    fn holds(self, value: f64, bound: f64) -> bool {
        if self.at_least { value >= bound } else { value <= bound }
    }
}

impl Figure {
    pub(crate) fn plain(
        what: impl Into<String>,
        unit: &'static str,
        measured: f64,
        bound: Option<Bound>,
    ) -> Self {
        Self { what: what.into(), unit, measured, floor: None, ratio: None, bound }
    }

    /// Of rounds, each a subject and its floor.
    pub(crate) fn of_rounds(
        what: impl Into<String>,
        unit: &'static str,
        rounds: &[(f64, f64)],
        bound: Option<Bound>,
    ) -> Self {
        let of = |part: fn(&(f64, f64)) -> f64| median(rounds.iter().map(part).collect());
        Self {
            what: what.into(),
            unit,
            measured: of(|round| round.0),
            floor: Some(of(|round| round.1)),
            ratio: Some(of(|round| round.0 / round.1)),
            bound,
        }
    }

    pub(crate) fn row(&self) -> String {
        let number = |value: Option<f64>| value.map_or(String::new(), shown);
        format!(
            "{:<52} {:>9} {:<7} {:>9} {:>6} {:>6} {:>6}  {}",
            self.what,
            shown(self.measured),
            self.unit,
            number(self.floor),
            self.ratio.map_or(String::new(), |ratio| format!("{ratio:.2}")),
            number(self.bound.map(|bound| bound.limit)),
            number(self.bound.map(|bound| bound.goal)),
            self.verdict(),
        )
    }

    pub(crate) fn json(&self) -> String {
        let number = |value: Option<f64>| value.map_or("null".into(), |value| format!("{value:.3}"));
        format!(
            r#"{{"what":"{}","unit":"{}","measured":{:.3},"floor":{},"ratio":{},"limit":{},"goal":{},"verdict":"{}"}}"#,
            self.what,
            self.unit,
            self.measured,
            number(self.floor),
            number(self.ratio),
            number(self.bound.map(|bound| bound.limit)),
            number(self.bound.map(|bound| bound.goal)),
            self.verdict(),
        )
    }

    pub(crate) fn is_past_its_limit(&self) -> bool {
        self.bound.is_some_and(|bound| !bound.holds(self.judged(), bound.limit))
    }

    fn verdict(&self) -> &'static str {
        match self.bound {
            None => "",
            Some(bound) if bound.holds(self.judged(), bound.goal) => "meets the goal",
            Some(bound) if bound.holds(self.judged(), bound.limit) => "within the limit",
            Some(_) => "past the limit",
        }
    }

    fn judged(&self) -> f64 {
        self.ratio.unwrap_or(self.measured)
    }
}

fn shown(value: f64) -> String {
    let digits = if value >= 1_000.0 { 0 } else { 2 };
    format!("{value:.digits$}")
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Heads the table.
pub(crate) const HEADING: &str =
    "                                                      measured             floor  ratio  limit   goal";
