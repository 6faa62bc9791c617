//! A flood from one address beside somebody who calls as ever: what it costs with a limit to addresses, and without.

use crate::{
    Effort,
    cpu::Busy,
    figure::{Bound, Figure},
    fixture::{CALLBACK, ORIGIN, Signer},
    load::{self, Connection},
    process::Process,
};
use std::{net::IpAddr, thread};

/// What a server's processor time comes to for a flood and the ordinary requests beside it: of forged requests, which it verifies
/// to their end and stores nothing of, and of a loop that asks for temporary credentials, each of which is a row.
pub(crate) fn flood(effort: Effort) -> Vec<Figure> {
    let forged = |signer: &mut Signer, flood, tokens| signer.gets(flood, tokens, false);
    let looped = |signer: &mut Signer, flood, _| {
        (0..flood).map(|_| signer.post("/oauth/initiate", None, ("oauth_callback", CALLBACK))).collect()
    };
    let forged = compared("forged", Bound::at_most(0.6, 0.4), effort, forged);
    let looped = compared("initiate", Bound::at_most(0.4, 0.3), effort, looped);
    forged.into_iter().chain(looped).collect()
}

fn compared(what: &str, bound: Option<Bound>, effort: Effort, requests: Requests) -> [Figure; 2] {
    let flood = if effort.rounds > 1 { FLOOD } else { effort.batch };
    let mut limited = Scene::new(A_MINUTE, effort, requests);
    let mut open = Scene::new(0, effort, requests);
    // What it may send before the first refusal is sent.
    limited.cost(BURST);
    let rounds = (0..effort.rounds.min(ROUNDS)).map(|_| (limited.cost(flood), open.cost(flood)));
    let costs: Vec<_> = rounds.collect();
    let answered = limited.answered_beside(flood);
    let what = format!("flood of {flood} from 127.0.0.2 ({what}), limited against not");
    let beside = "  requests of 127.0.0.1 beside it answered";
    let share = answered as f64 * 100.0 / BESIDE as f64;
    [
        Figure::of_rounds(what, "µs", &costs, bound),
        Figure::plain(beside, "%", share, Bound::at_least(100.0, 100.0)),
    ]
}

/// So many requests of a flood, of a client with so many tokens.
type Requests = fn(&mut Signer, usize, usize) -> Vec<Vec<u8>>;

/// A server, the flood's connections and those of somebody else.
struct Scene {
    server: Busy,
    strangers: Vec<Connection>,
    signer: Signer,
    tokens: usize,
    requests: Requests,
}

impl Scene {
    fn new(a_minute: u64, effort: Effort, requests: Requests) -> Self {
        let tokens = effort.tokens.min(HOT);
        let server = Busy::new(Process::start("limited", &[&a_minute.to_string(), &tokens.to_string()]));
        let stranger: IpAddr = [127, 0, 0, 2].into();
        let strangers = load::connections_from(stranger, server.process.address());
        Self { server, strangers, signer: Signer::new(ORIGIN), tokens, requests }
    }

    /// Microseconds of the server's processor time for each request of a flood.
    fn cost(&mut self, flood: usize) -> f64 {
        let flood = (self.requests)(&mut self.signer, flood, self.tokens);
        let before = self.server.process.cpu();
        load::send_all_to_any_end(&mut self.strangers, &flood);
        let used = self.server.process.cpu() - before;
        used.as_secs_f64() * 1e6 / flood.len() as f64
    }

    /// How many requests of somebody else are answered with 200 while a flood goes on.
    fn answered_beside(&mut self, flood: usize) -> usize {
        let flood = (self.requests)(&mut self.signer, flood, self.tokens);
        let honest = self.signer.gets(BESIDE, self.tokens, true);
        let address = self.server.process.address();
        let strangers = &mut self.strangers;
        thread::scope(|scope| {
            let beside = scope.spawn(move || {
                let mut connection = Connection::open(address);
                let answered = |request: &Vec<u8>| {
                    connection.send(request);
                    connection.receive().status == 200
                };
                honest.iter().map(answered).filter(|answered| *answered).count()
            });
            load::send_all_to_any_end(strangers, &flood);
            beside.join().unwrap()
        })
    }
}

const FLOOD: usize = 5_000;
/// Requests of somebody else meanwhile.
const BESIDE: usize = 500;
const ROUNDS: usize = 9;
/// Far less than a flood.
const A_MINUTE: u64 = 600;
/// More than somebody else sends, and a small part of a flood.
pub(crate) const BURST: usize = 600;
/// Tokens that a cache of five seconds knows after the first round.
const HOT: usize = 1_000;
