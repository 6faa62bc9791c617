//! The clock of one node of two is ten minutes off: it accepts nothing wrongly, says so, and the other one goes on.

use super::{
    ground::{Ground, PLAN, last, patiently, recovery, under_load, verify},
    real,
    redis::Redis,
    support::{
        client::Call,
        http::{Answer, Line, Request},
        load::{Load, PUBLIC_URL, Plan},
        place::Place,
        server::{Server, Starter},
    },
    table::Row,
};
use countersign_core::Timestamp;
use countersign_provider::{Clock as _, System};
use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

const TEN_MINUTES: i64 = 600;
/// A sweep that looked at a clock would have forgotten by then: nodes move their horizon once a minute.
const OFF: Duration = Duration::from_secs(70);
const WINDOW: u32 = 300;

pub(crate) fn ahead_on_postgres() -> Row {
    row(TEN_MINUTES, false)
}

pub(crate) fn behind_on_postgres() -> Row {
    row(-TEN_MINUTES, false)
}

pub(crate) fn ahead_on_redis() -> Row {
    row(TEN_MINUTES, true)
}

pub(crate) fn behind_on_redis() -> Row {
    row(-TEN_MINUTES, true)
}

fn row(offset: i64, with_redis: bool) -> Row {
    let postgres = real::Server::start(&["fsync = off"]);
    let redis = with_redis.then(Redis::durable);
    let mut ground = Ground::on_postgres(&postgres).with_window(WINDOW);
    if let Some(redis) = &redis {
        redis.season(true);
        ground = ground.with_redis(redis.url());
    }
    let clocks = [Clock::new(&ground.place, "first"), Clock::new(&ground.place, "second")];
    let nodes = [0, 1].map(|node| ground.start(clocks[node].starter(&ground.place)));
    let rest = Duration::from_millis(500);
    let load = ground.load(&[&nodes[0], &nodes[1]], Plan { rest, ..PLAN });
    ground.add_client(&load);
    let mut pair = Two { load: &load, clocks, nodes: &nodes, offset, told: Told::default() };
    let took = under_load(&load, 1, || pair.one_is_off());
    verify(&load);
    pair.both_are_off();
    let told = pair.told;
    let note = format!(
        "{} right requests refused there, {} accepted that were signed by its clock, {} replays between them refused",
        told.refused, told.accepted, told.replays
    );
    let row = Row::of(&load, took, note);
    Row { twice: row.twice + told.twice, ..row }
        .must(told.wrongly == 0, format!("{} right requests accepted by a wrong clock", told.wrongly))
        .must(told.says_so, "`/readyz` or the log of the node does not say so")
        .must(told.refused > 0, "nothing was sent to it")
}

struct Two<'a> {
    load: &'a Load,
    clocks: [Clock; 2],
    nodes: &'a [Server; 2],
    offset: i64,
    told: Told,
}

#[derive(Default)]
struct Told {
    refused: usize,
    wrongly: usize,
    accepted: usize,
    replays: usize,
    twice: usize,
    says_so: bool,
    /// What the node accepted that was signed by its clock.
    strange: Vec<Vec<u8>>,
}

impl Two<'_> {
    /// The time that the second node needed to accept what is right, once its clock was.
    fn one_is_off(&mut self) -> Option<Duration> {
        let early = self.accepted_by(1);
        self.set(1, self.offset);
        let start = Instant::now();
        while start.elapsed() < OFF {
            self.round();
            last(Duration::from_millis(200));
        }
        self.told.says_so = Request::get("/readyz").send(&self.nodes[1]).status == 503
            && Request::get("/readyz").send(&self.nodes[0]).status == 200
            && String::from_utf8_lossy(&self.nodes[1].log()).contains("clocks of this machine");
        self.replay(&early);
        for strange in self.told.strange.clone() {
            self.replay(&strange);
        }
        self.clocks[1].set(0);
        let took = recovery(self.load, Instant::now());
        patiently("it is ready", || Request::get("/readyz").send(&self.nodes[1]).status == 200);
        took
    }

    /// One of each kind.
    fn round(&mut self) {
        match self.send(1, &self.signed(0)).status {
            200 => self.told.wrongly += 1,
            _ => self.told.refused += 1,
        }
        let right = self.accepted_by(0);
        self.replay(&right);
        let strange = self.signed(self.offset);
        if self.send(1, &strange).status == 200 {
            self.told.accepted += 1;
            self.replay(&strange);
            self.told.strange.push(strange);
        }
    }

    /// As if the time had come that the wrong clock showed: only the nonce can refuse what it accepted.
    fn both_are_off(&mut self) {
        self.set(0, self.offset);
        self.set(1, self.offset);
        for strange in self.told.strange.clone() {
            self.replay(&strange);
        }
    }

    /// Sets a node's clock, and waits until it goes by it.
    fn set(&self, node: usize, offset: i64) {
        self.clocks[node].set(offset);
        patiently("its clock is off", || {
            let answer = self.send(node, &self.signed(0));
            answer.problem().as_deref() == Some("timestamp_refused")
        });
    }

    /// A request that was accepted by that node.
    fn accepted_by(&self, node: usize) -> Vec<u8> {
        let request = self.signed(0);
        self.send(node, &request).expect(200);
        request
    }

    fn replay(&mut self, request: &[u8]) {
        for node in [0, 1] {
            match self.send(node, request).status {
                200 => self.told.twice += 1,
                _ => self.told.replays += 1,
            }
        }
    }

    fn send(&self, node: usize, request: &[u8]) -> Answer {
        let line = Line::open(self.nodes[node].address);
        line.and_then(|mut line| line.exchange(request)).expect("an answer")
    }

    fn signed(&self, offset: i64) -> Vec<u8> {
        let at = System.now().seconds().saturating_add_signed(offset);
        let call = Call::get("/api/whoami", &self.load.client).at(Timestamp::from_seconds(at));
        call.request(PUBLIC_URL).bytes(PUBLIC_URL)
    }
}

/// A clock of a process's own, as libfaketime shows it.
struct Clock(PathBuf);

impl Clock {
    fn new(place: &Place, name: &str) -> Self {
        let clock = Self(place.path().join(name));
        clock.set(0);
        clock
    }

    /// So many seconds off.
    fn set(&self, offset: i64) {
        // Renamed, so that nobody reads half of it.
        let new = self.0.with_extension("new");
        fs::write(&new, format!("{offset:+}\n")).and_then(|()| fs::rename(new, &self.0)).expect("a file");
    }

    fn starter(&self, place: &Place) -> Starter {
        let mut command = place.command();
        command.env("LD_PRELOAD", library()).env("FAKETIME_TIMESTAMP_FILE", &self.0);
        // Timers go by a clock that nobody sets.
        command.envs([("FAKETIME_DONT_FAKE_MONOTONIC", "1"), ("FAKETIME_CACHE_DURATION", "1")]);
        command.env("NO_FAKE_STAT", "1");
        Starter::new(command)
    }
}

fn library() -> PathBuf {
    let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let found = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    found.into_iter().find(|path| path.exists()).expect("libfaketime is not installed: run ./dev setup")
}
