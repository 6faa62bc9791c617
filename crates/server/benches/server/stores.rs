//! What each store costs: all processes together, beside the memory store in the same run.

use crate::{
    Effort,
    cpu::{Busy, compare},
    figure::{Bound, Figure, median},
    fixture::{ORIGIN, Signer},
    mysql, postgres,
    process::{self, Process},
    redis::Redis,
};
use std::{cell::RefCell, fs, path::Path, time::Duration};

/// A protected GET on each store. Servers and databases share one core, so that requests per second are of that core.
pub(crate) fn requests(effort: Effort) -> Vec<Figure> {
    let effort = Effort { tokens: effort.tokens.min(HOT), ..effort };
    let (redis, postgres) = (Redis::start(), postgres::Server::start(&[]));
    let (short, long) = (redis.url(), postgres.server_url());
    let both = format!("{short} {long}");
    let others = [Some(redis.pid()), postgres.pid()].map(Option::unwrap);
    others.into_iter().for_each(|other| process::pin_other(other, process::SERVER_CORE));
    let floor = RefCell::new(Whole::start("memory", effort.tokens, &[]));
    let mut figures = Vec::new();
    let mut row = |what: &str, kind: &str, others: &[u32], bound| {
        figures.extend(against(effort, &floor, (what, kind), others, bound));
    };
    row("SQLite", "sqlite", &[], None);
    row("Redis nonces", &format!("redis={short}"), &others, Bound::at_most(2.0, 2.0));
    let kind = format!("redis+postgres={both}");
    row("Redis nonces, PostgreSQL tokens cached", &kind, &others, Bound::at_most(2.1, 2.1));
    let kind = format!("redis+postgres-uncached={both}");
    row("  the same, uncached", &kind, &others, Bound::at_most(5.9, 5.9));
    row("PostgreSQL for all, cached", &format!("postgres={long}"), &others, None);
    drop((redis, postgres));
    let maria = mysql::Server::start(&[]);
    let other = [maria.pid().unwrap()];
    process::pin_other(other[0], process::SERVER_CORE);
    figures.extend(against(
        effort,
        &floor,
        ("MariaDB for all, cached", &format!("mysql={}", maria.url())),
        &other,
        None,
    ));
    figures
}

fn against(
    effort: Effort,
    floor: &RefCell<Whole>,
    (what, kind): (&str, &str),
    others: &[u32],
    bound: Option<Bound>,
) -> Vec<Figure> {
    let subject = RefCell::new(Whole::start(kind, effort.tokens, others));
    let (mut signer, mut other) = (Signer::new(ORIGIN), Signer::new(ORIGIN));
    let rounds = compare(
        effort,
        || subject.borrow_mut().send(&signer.gets(effort.batch, effort.tokens, true)),
        || floor.borrow_mut().send(&other.gets(effort.batch, effort.tokens, true)),
    );
    let each_second = median(subject.borrow().each_second.clone());
    vec![
        Figure::of_rounds(format!("{what}, against memory"), "µs", &rounds, bound),
        Figure::plain("  accepted in a second, by one core", "", each_second, None),
    ]
}

/// A server and the databases that it asks.
struct Whole {
    busy: Busy,
    others: Vec<u32>,
    each_second: Vec<f64>,
}

impl Whole {
    fn start(kind: &str, tokens: usize, others: &[u32]) -> Self {
        let busy = Busy::new(Process::start("protected", &[kind, &tokens.to_string(), "normal"]));
        Self { busy, others: others.to_vec(), each_second: Vec::new() }
    }

    /// Microseconds of processor time per request, of all of them.
    fn send(&mut self, requests: &[Vec<u8>]) -> f64 {
        let before = self.used();
        let server = self.busy.send(requests, 200);
        self.each_second.push(requests.len() as f64 / self.busy.took.as_secs_f64());
        server + (self.used() - before).as_secs_f64() * 1e6 / requests.len() as f64
    }

    fn used(&self) -> Duration {
        self.others.iter().map(|other| with_children(*other)).sum()
    }
}

/// A database may be a family of processes.
fn with_children(process: u32) -> Duration {
    let children = fs::read_to_string(Path::new("/proc").join(format!("{process}/task/{process}/children")));
    let children = children.unwrap_or_default();
    let children = children.split_whitespace().filter_map(|child| child.parse::<u32>().ok());
    process::cpu_of(process) + children.map(process::cpu_of).sum::<Duration>()
}

/// Tokens that every cache knows after the first round.
const HOT: usize = 1_000;
