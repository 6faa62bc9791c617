//! Where a fault happens: a database, perhaps a Redis, servers, and clients that keep them busy.

use super::{
    real, scene,
    support::{
        PATIENCE,
        browser::Browser,
        load::{CALLBACK, Load, PUBLIC_URL, Plan, Worker, settle},
        place::Place,
        server::{Server, Starter},
    },
};
use std::{
    sync::atomic::Ordering,
    thread,
    time::{Duration, Instant},
};

const PASSWORD: &str = "correct horse";
const WORKERS: usize = 6;

/// Dances until the load ends; every third one stops after its grant.
pub(crate) const PLAN: Plan = Plan {
    dances: usize::MAX,
    calls_per_dance: 5,
    one_is_left_granted_of: 3,
    rest: Duration::ZERO,
    may_be_unavailable: true,
    may_forget_temporaries: false,
};

pub(crate) struct Ground {
    pub(crate) place: Place,
    settings: Vec<(&'static str, String)>,
}

impl Ground {
    /// A wide window: it is the nonce that refuses a replay, never its age.
    pub(crate) fn new(place: Place) -> Self {
        Self { place, settings: vec![(WINDOW, "7200".into())] }
    }

    pub(crate) fn on_postgres(postgres: &real::Server) -> Self {
        Self::new(place_on(postgres))
    }

    pub(crate) fn with_redis(mut self, url: String) -> Self {
        self.settings.push(("COUNTERSIGN_CACHE_URL", url));
        self
    }

    pub(crate) fn with_window(mut self, seconds: u32) -> Self {
        self.settings.push((WINDOW, seconds.to_string()));
        self
    }

    /// The server as another command starts it.
    pub(crate) fn start(&self, starter: Starter) -> Server {
        let starter = starter.public_url(PUBLIC_URL);
        self.settings.iter().fold(starter, |starter, (name, value)| starter.set(name, value)).start()
    }

    pub(crate) fn node(&self) -> Server {
        self.start(self.place.server())
    }

    /// Clients for these servers; none of them is at work yet.
    pub(crate) fn load(&self, servers: &[&Server], plan: Plan) -> Load {
        self.place.add_user("jane", PASSWORD);
        let client = self.place.add_client(&["--name", "Printer", "--callback", CALLBACK, "--two-legged"]);
        let jane = Browser::sign_in(servers[0], "jane", PASSWORD);
        let nodes = servers.iter().map(|server| server.address).collect();
        Load::new(client, jane.cookie("countersign").expect("a session"), nodes, plan)
    }

    /// One more client, acknowledged by the command.
    pub(crate) fn add_client(&self, load: &Load) {
        let client = self.place.add_client(&["--name", "Added", "--two-legged"]);
        load.kept().clients.push(client);
    }
}

pub(crate) fn place_on(postgres: &real::Server) -> Place {
    Place::with([
        ("COUNTERSIGN_DATABASE_URL", scene::url(&postgres.url())),
        ("COUNTERSIGN_DATABASE_SCHEMA", "countersign".into()),
    ])
}

/// Does something while clients are at work on the first `nodes` servers.
pub(crate) fn under_load<T>(load: &Load, nodes: usize, during: impl FnOnce() -> T) -> T {
    thread::scope(|scope| {
        // Ends it also where `during` panics: the scope waits for all.
        let _end = Ends(load);
        for worker in 0..WORKERS {
            scope.spawn(move || Worker::new(load, worker % nodes).work());
        }
        acknowledge(load, 200);
        let done = during();
        acknowledge(load, 100);
        done
    })
}

struct Ends<'a>(&'a Load);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Waits until so many requests more are acknowledged.
pub(crate) fn acknowledge(load: &Load, more: usize) {
    let begin = load.acknowledged.load(Ordering::Relaxed);
    patiently("the load goes on", || load.acknowledged.load(Ordering::Relaxed) >= begin + more);
}

/// Like `until`, and leaves the processor to the others.
pub(crate) fn patiently(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "waited in vain: {what}");
        thread::park_timeout(Duration::from_millis(1));
    }
}

/// Lets a fault last.
pub(crate) fn last(long: Duration) {
    let start = Instant::now();
    while start.elapsed() < long {
        thread::park_timeout(long.saturating_sub(start.elapsed()));
    }
}

/// The longest that it took a node to accept something.
pub(crate) fn recovery(load: &Load, since: Instant) -> Option<Duration> {
    recovery_within(load, since, PATIENCE)
}

pub(crate) fn recovery_within(load: &Load, since: Instant, within: Duration) -> Option<Duration> {
    thread::scope(|scope| {
        let nodes = 0..load.nodes().len();
        let nodes: Vec<_> =
            nodes.map(|node| scope.spawn(move || Worker::new(load, node).recovers(since, within))).collect();
        let took = nodes.into_iter().map(|node| node.join().expect("an answer or none"));
        took.collect::<Option<Vec<_>>>()?.into_iter().max()
    })
}

/// Uses all that was acknowledged, and replays each accepted request at each node.
pub(crate) fn verify(load: &Load) {
    verify_used(load);
    let requests = load.kept().requests.clone();
    thread::scope(|scope| {
        for node in 0..load.nodes().len() {
            for share in requests.chunks(requests.len().div_ceil(WORKERS).max(1)) {
                scope.spawn(move || Worker::new(load, node).replay(share));
            }
        }
    });
}

/// The same without replays.
pub(crate) fn verify_used(load: &Load) {
    let (clients, tokens, granted, open) = {
        let kept = load.kept();
        (kept.clients.clone(), kept.tokens.clone(), kept.granted.clone(), kept.open.clone())
    };
    let last = load.nodes().len() - 1;
    thread::scope(|scope| {
        for share in tokens.chunks(tokens.len().div_ceil(WORKERS).max(1)) {
            scope.spawn(|| Worker::new(load, 0).use_all(share, &[], &[]));
        }
        scope.spawn(|| Worker::new(load, last).use_all(&[], &clients, &granted));
        scope.spawn(|| settle(load, &open));
    });
}

const WINDOW: &str = "COUNTERSIGN_TIMESTAMP_WINDOW";
