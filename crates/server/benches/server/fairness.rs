//! A flood from one address beside somebody who calls as ever: what it costs with a limit to addresses, and without.

use crate::{
    Effort,
    cpu::Busy,
    figure::{Bound, Figure},
    fixture::{ORIGIN, Signer},
    load::{self, Connection},
    process::Process,
};
use std::{net::IpAddr, thread};

/// What a server's processor time comes to for a flood and the ordinary requests beside it.
pub(crate) fn flood(effort: Effort) -> Vec<Figure> {
    let flood = if effort.rounds > 1 { FLOOD } else { effort.batch };
    let mut limited = Scene::new(A_MINUTE, effort);
    let mut open = Scene::new(0, effort);
    let rounds = (0..effort.rounds.min(ROUNDS)).map(|_| (limited.round(flood), open.round(flood)));
    let rounds: Vec<_> = rounds.collect();
    let answered: usize = rounds.iter().map(|((_, answered), _)| *answered).sum();
    let of = |(one, other): &((f64, usize), (f64, usize))| (one.0, other.0);
    let costs: Vec<_> = rounds.iter().map(of).collect();
    let what = format!("flood of {flood} from 127.0.0.2, limited against not");
    let beside = rounds.len() * BESIDE;
    let share = answered as f64 * 100.0 / beside as f64;
    vec![
        Figure::of_rounds(what, "µs", &costs, Bound::at_most(0.6, 0.4)),
        Figure::plain(
            "  requests of 127.0.0.1 beside it answered",
            "%",
            share,
            Bound::at_least(100.0, 100.0),
        ),
    ]
}

/// A server, the flood's connections and those of somebody else.
struct Scene {
    server: Busy,
    strangers: Vec<Connection>,
    signer: Signer,
    tokens: usize,
}

impl Scene {
    fn new(a_minute: u64, effort: Effort) -> Self {
        let tokens = effort.tokens.min(HOT);
        let server = Busy::new(Process::start("limited", &[&a_minute.to_string(), &tokens.to_string()]));
        let stranger: IpAddr = [127, 0, 0, 2].into();
        let strangers = load::connections_from(stranger, server.process.address());
        Self { server, strangers, signer: Signer::new(ORIGIN), tokens }
    }

    /// Microseconds for each request of the flood, with those beside it; and how many of the latter were answered with 200.
    fn round(&mut self, flood: usize) -> (f64, usize) {
        // A forged signature is verified to its end, and stores nothing.
        let forged = self.signer.gets(flood, self.tokens, false);
        let honest = self.signer.gets(BESIDE, self.tokens, true);
        let before = self.server.process.cpu();
        let address = self.server.process.address();
        let strangers = &mut self.strangers;
        let answered = thread::scope(|scope| {
            let beside = scope.spawn(move || {
                let mut connection = Connection::open(address);
                let answered = |request: &Vec<u8>| {
                    connection.send(request);
                    connection.receive().status == 200
                };
                honest.iter().map(answered).filter(|answered| *answered).count()
            });
            load::send_all_to_any_end(strangers, &forged);
            beside.join().unwrap()
        });
        let used = self.server.process.cpu() - before;
        (used.as_secs_f64() * 1e6 / flood as f64, answered)
    }
}

const FLOOD: usize = 5_000;
/// Requests of somebody else meanwhile.
const BESIDE: usize = 50;
const ROUNDS: usize = 9;
/// With the burst, more than somebody else sends; far less than the flood.
const A_MINUTE: u64 = 600;
/// Tokens that a cache of five seconds knows after the first round.
const HOT: usize = 1_000;
