//! The load: clients on connections of their own, each request signed anew; what became of each is kept.

use crate::{
    nodes::{Cluster, NODES, PUBLIC_URL},
    support::{
        PATIENCE, Seeded,
        client::{Call, Pair},
        http::{Answer, Line},
    },
};
use std::{
    net::SocketAddr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

pub(crate) const CONNECTIONS: usize = 32;

/// What a load did.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) accepted: usize,
    /// Originals that were not answered with 200, and when they were sent and given up.
    pub(crate) unanswered: Vec<Unanswered>,
    pub(crate) replays: usize,
    pub(crate) replays_accepted: usize,
    /// What should not have happened.
    pub(crate) wrong: Vec<String>,
}

pub(crate) struct Unanswered {
    pub(crate) from: Instant,
    pub(crate) to: Instant,
    /// How often it was accepted when it was sent again, to every node.
    pub(crate) accepted_later: usize,
    pub(crate) why: String,
}

/// A load that runs until so many requests are sent, or until it is told to end.
pub(crate) struct Load<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) token: &'a Pair,
    pub(crate) most: usize,
    /// One of so many originals is followed by a replay to another node; 0 for none.
    pub(crate) replay_every: usize,
    pub(crate) begun: AtomicUsize,
    pub(crate) ended: AtomicBool,
    pub(crate) tally: Mutex<Tally>,
}

impl<'a> Load<'a> {
    pub(crate) fn new(cluster: &'a Cluster, token: &'a Pair, most: usize, replay_every: usize) -> Self {
        let (begun, ended, tally) = (AtomicUsize::new(0), AtomicBool::new(false), Mutex::default());
        Self { cluster, token, most, replay_every, begun, ended, tally }
    }

    /// Runs it, and `meanwhile` beside it.
    pub(crate) fn run(self, meanwhile: impl FnOnce(&Self)) -> Tally {
        thread::scope(|scope| {
            for number in 0..CONNECTIONS {
                let load = &self;
                scope.spawn(move || Worker::new(load, number).work());
            }
            meanwhile(&self);
        });
        self.tally.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until so many requests were begun.
    pub(crate) fn until(&self, begun: usize) {
        let start = Instant::now();
        while self.begun.load(Ordering::Relaxed) < begun {
            assert!(start.elapsed() < PATIENCE * 4, "the load stands");
            thread::park_timeout(Duration::from_micros(200));
        }
    }

    fn note(&self, note: impl FnOnce(&mut Tally)) {
        note(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// One connection through nginx, and one to each node for replays.
struct Worker<'a> {
    load: &'a Load<'a>,
    line: Option<Line>,
    direct: [Option<Line>; NODES],
    random: Seeded,
}

impl<'a> Worker<'a> {
    fn new(load: &'a Load<'a>, number: usize) -> Self {
        Self { load, line: None, direct: Default::default(), random: Seeded(number as u64 + 1) }
    }

    fn work(mut self) {
        let load = self.load;
        while !load.ended.load(Ordering::Relaxed) {
            let number = load.begun.fetch_add(1, Ordering::Relaxed);
            if number >= load.most {
                return;
            }
            let call =
                Call::post("/echo/photos", &load.cluster.client).token(load.token).form("size=large&n=1+2");
            let bytes = call.request(PUBLIC_URL).bytes(PUBLIC_URL);
            let from = Instant::now();
            match self.original(&bytes) {
                Ok(node) => {
                    load.note(|tally| tally.accepted += 1);
                    if load.replay_every > 0 && number.is_multiple_of(load.replay_every) {
                        self.replay(&bytes, node);
                    }
                }
                Err(why) => {
                    let to = Instant::now();
                    let accepted_later = self.at_every_node(&bytes);
                    load.note(|tally| tally.unanswered.push(Unanswered { from, to, accepted_later, why }));
                }
            }
        }
    }

    /// Sends it by nginx; gives the address of the node that accepted it.
    fn original(&mut self, bytes: &[u8]) -> Result<Option<SocketAddr>, String> {
        let answer = exchange(&mut self.line, self.load.cluster.nginx.address, bytes)?;
        if answer.status != 200 {
            return Err(format!("{} {}", answer.status, answer.body));
        }
        // The last one that was tried.
        Ok(answer.field("x-node").and_then(|nodes| nodes.rsplit(", ").next()?.parse().ok()))
    }

    /// Sends it to a node that has not seen it.
    fn replay(&mut self, bytes: &[u8], seen_by: Option<SocketAddr>) {
        let start = Instant::now();
        loop {
            let node = self.random.below(NODES);
            if Some(self.load.cluster.addresses[node]) == seen_by {
                continue;
            }
            // One that is away just now cannot be asked.
            match exchange(&mut self.direct[node], self.load.cluster.addresses[node], bytes) {
                Ok(answer) => return self.judge(&answer),
                Err(_) => assert!(start.elapsed() < PATIENCE, "no node answers"),
            }
        }
    }

    fn judge(&self, answer: &Answer) {
        self.load.note(|tally| match (answer.status, answer.problem().as_deref()) {
            (401, Some("nonce_used")) => tally.replays += 1,
            (200, _) => {
                (tally.replays, tally.replays_accepted) = (tally.replays + 1, tally.replays_accepted + 1);
            }
            (status, problem) => tally.wrong.push(format!("a replay: {status} {problem:?}")),
        });
    }

    /// How many nodes accept what nobody has answered: it was in flight when one was killed.
    fn at_every_node(&mut self, bytes: &[u8]) -> usize {
        let addresses = self.load.cluster.addresses;
        let mut accepted = 0;
        for (node, address) in addresses.into_iter().enumerate() {
            let start = Instant::now();
            let answer = loop {
                match exchange(&mut self.direct[node], address, bytes) {
                    Ok(answer) => break answer,
                    Err(_) => assert!(start.elapsed() < PATIENCE, "no answer from {address}"),
                }
                thread::park_timeout(Duration::from_millis(5));
            };
            match (answer.status, answer.problem().as_deref()) {
                (200, _) => accepted += 1,
                (401, Some("nonce_used")) => {}
                (status, problem) => {
                    self.load.note(|tally| tally.wrong.push(format!("again: {status} {problem:?}")));
                }
            }
        }
        accepted
    }
}

/// Sends bytes on a connection, which is made where there is none and given up where it fails.
fn exchange(line: &mut Option<Line>, address: SocketAddr, bytes: &[u8]) -> Result<Answer, String> {
    let failed = |error: std::io::Error| error.to_string();
    let mut open = match line.take() {
        Some(open) => open,
        None => Line::open(address).map_err(failed)?,
    };
    let answer = open.exchange(bytes).map_err(failed)?;
    if !answer.field("connection").is_some_and(|said| said.eq_ignore_ascii_case("close")) {
        *line = Some(open);
    }
    Ok(answer)
}
