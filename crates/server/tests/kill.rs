//! `kill -9` ten times while clients dance and call: nothing acknowledged is lost, and no nonce is accepted twice.
//!
//! It takes minutes, so that only its name runs it: `./dev test kill`. A crash of the process is what it shows; a power
//! cut is another thing, and is not tested here.

mod support;

use std::{
    net::SocketAddr,
    process::ExitCode,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use support::{
    PATIENCE, Seeded,
    browser::Browser,
    client::{Call, Pair},
    http::{Answer, Line, Request, form, value_of},
    place::Place,
    server::Server,
};

const DANCES: usize = 2_000;
const CALLS_PER_DANCE: usize = 10;
const KILLS: usize = 10;
const WORKERS: usize = 8;
const CALLBACK: &str = "http://127.0.0.1/ready";
const PUBLIC_URL: &str = "http://countersign.test";

/// What everybody sees.
struct Scene {
    client: Pair,
    cookie: String,
    /// Where the server listens just now.
    address: Mutex<SocketAddr>,
    begun: AtomicUsize,
    acknowledged: AtomicUsize,
    unanswered: AtomicUsize,
    kept: Mutex<Kept>,
}

/// What was acknowledged.
#[derive(Default)]
struct Kept {
    clients: Vec<Pair>,
    tokens: Vec<Pair>,
    requests: Vec<Signed>,
    lost: Vec<String>,
    accepted_again: usize,
}

/// A signed request that was answered with 200.
#[derive(Clone)]
struct Signed {
    /// What was sent, to the byte.
    bytes: Vec<u8>,
    /// Why it is refused from then on.
    refused: &'static str,
}

fn main() -> ExitCode {
    let (place, start) = (Place::new(), Instant::now());
    place.add_user("jane", "correct horse");
    let client = place.add_client(&["--name", "Printer", "--callback", CALLBACK, "--two-legged"]);
    let server = serve(&place);
    let jane = Browser::sign_in(&server, "jane", "correct horse");
    let scene = Scene {
        client,
        cookie: format!("countersign={}", jane.cookie("countersign").expect("a session")),
        address: Mutex::new(server.address),
        begun: AtomicUsize::new(0),
        acknowledged: AtomicUsize::new(0),
        unanswered: AtomicUsize::new(0),
        kept: Mutex::default(),
    };

    let mut random = Seeded(5849);
    // Two more requests of each dance are acknowledged: initiate and exchange.
    let all = DANCES * (CALLS_PER_DANCE + 2);
    let mut moments: Vec<usize> = (0..KILLS).map(|_| random.below(all * 95 / 100)).collect();
    moments.sort_unstable();
    let server = thread::scope(|scope| {
        let mut server = server;
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(|| Worker::new(&scene).work())).collect();
        for moment in moments {
            while scene.acknowledged.load(Ordering::Relaxed) < moment
                && !workers.iter().all(|w| w.is_finished())
            {
                thread::park_timeout(Duration::from_micros(200));
            }
            scene.kept().clients.push(place.add_client(&["--name", "Added", "--two-legged"]));
            thread::park_timeout(Duration::from_micros(random.next() % 20_000));
            server.kill();
            server = serve(&place);
            *locked(&scene.address) = server.address;
            // What was acknowledged last is what a crash would forget first.
            let last: Vec<_> = scene.kept().requests.iter().rev().take(100).cloned().collect();
            Worker::new(&scene).replay(&last);
        }
        server
    });
    server.kill();
    let last = serve(&place);
    *locked(&scene.address) = last.address;
    report(&scene, start)
}

fn serve(place: &Place) -> Server {
    // A wide window: it is the nonce that refuses a replay, never its age.
    place.server().public_url(PUBLIC_URL).set("COUNTERSIGN_TIMESTAMP_WINDOW", "7200").start()
}

/// Uses and replays all that was acknowledged, and prints what came of it.
fn report(scene: &Scene, start: Instant) -> ExitCode {
    let (clients, tokens, requests) = {
        let kept = scene.kept();
        (kept.clients.clone(), kept.tokens.clone(), kept.requests.clone())
    };
    thread::scope(|scope| {
        for share in tokens.chunks(tokens.len().div_ceil(WORKERS)) {
            scope.spawn(|| Worker::new(scene).use_all(share, &[]));
        }
        for share in requests.chunks(requests.len().div_ceil(WORKERS)) {
            scope.spawn(|| Worker::new(scene).replay(share));
        }
        scope.spawn(|| Worker::new(scene).use_all(&[], &clients));
    });
    let kept = scene.kept();
    let (lost, again) = (kept.lost.len(), kept.accepted_again);
    println!(
        "{DANCES} dances, {} protected requests, {KILLS} kills, {} requests without an answer, {:.0} s",
        DANCES * CALLS_PER_DANCE,
        scene.unanswered.load(Ordering::Relaxed),
        start.elapsed().as_secs_f64()
    );
    println!(
        "{} clients, {} tokens, {} signed requests: acknowledged {}, lost {lost}, replays accepted {again}",
        clients.len(),
        tokens.len(),
        requests.len(),
        clients.len() + tokens.len() + requests.len()
    );
    for lost in kept.lost.iter().take(10) {
        println!("lost: {lost}");
    }
    let whole =
        tokens.len() == DANCES && requests.len() >= DANCES * (CALLS_PER_DANCE + 2) && clients.len() == KILLS;
    if lost == 0 && again == 0 && whole { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl Scene {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        locked(&self.kept)
    }

    fn lost(&self, what: String) {
        self.kept().lost.push(what);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One client on one connection, opened again after each kill.
struct Worker<'a> {
    scene: &'a Scene,
    line: Option<Line>,
}

impl<'a> Worker<'a> {
    fn new(scene: &'a Scene) -> Self {
        Self { scene, line: None }
    }

    fn work(mut self) {
        while self.scene.begun.fetch_add(1, Ordering::Relaxed) < DANCES {
            let token = loop {
                if let Some(token) = self.dance() {
                    break token;
                }
            };
            for _ in 0..CALLS_PER_DANCE {
                let scene = self.scene;
                self.until_acknowledged("protected", || {
                    Call::get("/api/whoami", &scene.client).token(&token)
                });
            }
            self.scene.kept().tokens.push(token);
        }
    }

    /// A whole dance; `None` where a kill left open whether its grant or its exchange happened.
    fn dance(&mut self) -> Option<Pair> {
        let scene = self.scene;
        let initiate = || Call::post("/oauth/initiate", &scene.client).with("oauth_callback", CALLBACK);
        let temporary = Pair::from(&self.until_acknowledged("initiate", initiate)?);
        let target = format!("/oauth/authorize?oauth_token={}", temporary.id);
        let page = loop {
            if let Some(page) = self.ask(&Request::get(&target).field("Cookie", &scene.cookie)) {
                break page;
            }
        };
        let Some(csrf) = page.hidden("csrf").filter(|_| page.status == 200) else {
            scene.lost(format!("temporary credentials or session: {}", page.status));
            return None;
        };
        let pairs = [("oauth_token", temporary.id.as_str()), ("decision", "grant"), ("csrf", &csrf)];
        let grant =
            Request::new("POST", "/oauth/authorize").form(&form(&pairs)).field("Cookie", &scene.cookie);
        let granted = self.ask(&grant)?;
        let Some(verifier) = granted.field("location").and_then(|url| value_of(url, "oauth_verifier")) else {
            scene.lost(format!("consent: {} {}", granted.status, granted.body));
            return None;
        };
        let exchange =
            || Call::post("/oauth/token", &scene.client).token(&temporary).with("oauth_verifier", &verifier);
        Some(Pair::from(&self.until_acknowledged("exchange", exchange)?))
    }

    /// Signs and sends anew until there is an answer, which must be 200; keeps what was sent.
    fn until_acknowledged<'c>(&mut self, what: &str, call: impl Fn() -> Call<'c>) -> Option<Answer> {
        let mut open = false;
        loop {
            let request = call().request(PUBLIC_URL);
            let Some(answer) = self.ask(&request) else {
                open = true;
                continue;
            };
            if answer.status == 200 {
                // The nonce is looked at last: temporary credentials that were redeemed are no credentials before.
                let refused = if what == "exchange" { "token_rejected" } else { "nonce_used" };
                let bytes = request.bytes(PUBLIC_URL);
                self.scene.kept().requests.push(Signed { bytes, refused });
                self.scene.acknowledged.fetch_add(1, Ordering::Relaxed);
                return Some(answer);
            }
            // An exchange that was not answered may have happened: its token was told to nobody.
            let redeemed =
                open && what == "exchange" && answer.problem().as_deref() == Some("token_rejected");
            if !redeemed {
                self.scene.lost(format!("{what}: {} {}", answer.status, answer.body));
            }
            return None;
        }
    }

    fn ask(&mut self, request: &Request) -> Option<Answer> {
        self.exchange(&request.bytes(PUBLIC_URL))
    }

    /// `None` where a kill cut it off.
    fn exchange(&mut self, bytes: &[u8]) -> Option<Answer> {
        let start = Instant::now();
        while self.line.is_none() {
            assert!(start.elapsed() < PATIENCE, "no server");
            self.line = Line::open(*locked(&self.scene.address)).ok();
            if self.line.is_none() {
                thread::park_timeout(Duration::from_millis(1));
            }
        }
        let answer = self.line.as_mut().and_then(|line| line.exchange(bytes).ok());
        if answer.is_none() {
            self.line = None;
            self.scene.unanswered.fetch_add(1, Ordering::Relaxed);
        }
        answer
    }

    /// What was acknowledged is refused, byte for byte the same, for the reason that lasts.
    fn replay(mut self, requests: &[Signed]) {
        for request in requests {
            let Some(answer) = self.exchange(&request.bytes) else {
                self.scene.lost("no answer to a replay".into());
                continue;
            };
            match (answer.status, answer.problem().as_deref()) {
                (401, Some(code)) if code == request.refused => {}
                (200, _) => self.scene.kept().accepted_again += 1,
                // Another refusal would hide whether the nonce is known.
                (status, problem) => self.scene.lost(format!("replay: {status} {problem:?}")),
            }
        }
    }

    fn use_all(mut self, tokens: &[Pair], clients: &[Pair]) {
        let scene = self.scene;
        let calls = tokens.iter().map(|token| Call::get("/api/whoami", &scene.client).token(token));
        for call in calls.chain(clients.iter().map(|client| Call::get("/api/whoami", client))) {
            let status = self.ask(&call.request(PUBLIC_URL)).map(|answer| answer.status);
            if status != Some(200) {
                scene.lost(format!("an acknowledged client or token: {status:?}"));
            }
        }
    }
}
