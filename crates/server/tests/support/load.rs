//! Clients that dance and call while something happens to the stores, and remember all that was acknowledged.

use super::{
    PATIENCE,
    client::{Call, Pair},
    http::{Answer, Line, Request, form, value_of},
};
use std::{
    net::SocketAddr,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

pub(crate) const CALLBACK: &str = "http://127.0.0.1/ready";
pub(crate) const PUBLIC_URL: &str = "http://countersign.test";

/// What everybody sees.
pub(crate) struct Load {
    pub(crate) client: Pair,
    cookie: String,
    plan: Plan,
    /// Where the servers listen just now.
    nodes: Mutex<Vec<SocketAddr>>,
    begun: AtomicUsize,
    ended: AtomicBool,
    pub(crate) acknowledged: AtomicUsize,
    pub(crate) unanswered: AtomicUsize,
    pub(crate) unavailable: AtomicUsize,
    kept: Mutex<Kept>,
}

/// What is done, and what may happen.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) dances: usize,
    pub(crate) calls_per_dance: usize,
    /// Of so many dances one stops after its grant; 0: none does.
    pub(crate) one_is_left_granted_of: usize,
    /// How long a client rests after a dance.
    pub(crate) rest: Duration,
    /// 503 is an answer: it is asked again.
    pub(crate) may_be_unavailable: bool,
    /// Temporary credentials may be gone.
    pub(crate) may_forget_temporaries: bool,
}

/// What was acknowledged, and what came of it.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) clients: Vec<Pair>,
    pub(crate) tokens: Vec<Pair>,
    pub(crate) granted: Vec<Granted>,
    pub(crate) requests: Vec<Signed>,
    /// Signed requests of which nobody knows whether they were accepted.
    pub(crate) open: Vec<Vec<u8>>,
    pub(crate) answered: Vec<Answered>,
    pub(crate) lost: Vec<String>,
    pub(crate) accepted_again: usize,
    pub(crate) forgotten_temporaries: usize,
}

/// Temporary credentials that were granted, and their verifier.
#[derive(Clone)]
pub(crate) struct Granted {
    temporary: Pair,
    verifier: String,
}

/// A signed request that was answered with 200.
#[derive(Clone)]
pub(crate) struct Signed {
    /// What was sent, to the byte.
    pub(crate) bytes: Vec<u8>,
    /// Why it is refused from then on.
    pub(crate) refused: &'static str,
}

/// When a request was sent, and how it ended.
#[derive(Clone)]
pub(crate) struct Answered {
    pub(crate) sent: Instant,
    pub(crate) took: Duration,
    pub(crate) status: u16,
    pub(crate) retry_after: bool,
}

impl Load {
    pub(crate) fn new(client: Pair, session: &str, nodes: Vec<SocketAddr>, plan: Plan) -> Self {
        Self {
            client,
            cookie: format!("countersign={session}"),
            plan,
            nodes: Mutex::new(nodes),
            begun: AtomicUsize::new(0),
            ended: AtomicBool::new(false),
            acknowledged: AtomicUsize::new(0),
            unanswered: AtomicUsize::new(0),
            unavailable: AtomicUsize::new(0),
            kept: Mutex::default(),
        }
    }

    pub(crate) fn kept(&self) -> MutexGuard<'_, Kept> {
        locked(&self.kept)
    }

    pub(crate) fn nodes(&self) -> Vec<SocketAddr> {
        locked(&self.nodes).clone()
    }

    /// Tells where a server listens now that it was started again.
    pub(crate) fn moved(&self, node: usize, address: SocketAddr) {
        locked(&self.nodes)[node] = address;
    }

    /// No dance begins any more, and nobody waits for a server.
    pub(crate) fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    fn lost(&self, what: String) {
        self.kept().lost.push(what);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One client on one connection to one server, opened again after each kill.
pub(crate) struct Worker<'a> {
    load: &'a Load,
    node: usize,
    line: Option<Line>,
    /// What it has waited for stores that settle nothing.
    waited: Duration,
}

impl<'a> Worker<'a> {
    pub(crate) fn new(load: &'a Load, node: usize) -> Self {
        Self { load, node, line: None, waited: Duration::ZERO }
    }

    pub(crate) fn work(mut self) {
        let (load, plan) = (self.load, self.load.plan);
        loop {
            let dance = load.begun.fetch_add(1, Ordering::Relaxed);
            if dance >= plan.dances || load.has_ended() {
                return;
            }
            let left = plan.one_is_left_granted_of;
            let Some(token) = self.dance_until_done(left > 0 && dance.is_multiple_of(left)) else { continue };
            for _ in 0..plan.calls_per_dance {
                self.until_acknowledged("protected", || Call::get("/api/whoami", &load.client).token(&token));
            }
            load.kept().tokens.push(token);
            thread::park_timeout(plan.rest);
        }
    }

    /// The token of a dance, danced again where it broke off; `None` where it was to stop, or the load has ended.
    fn dance_until_done(&mut self, stops: bool) -> Option<Pair> {
        while !self.load.has_ended() {
            let Some(granted) = self.granted() else { continue };
            if stops {
                self.load.kept().granted.push(granted);
                return None;
            }
            if let Some(token) = self.exchanged(&granted) {
                return Some(token);
            }
        }
        None
    }

    /// The first half of a dance; `None` where a fault left open whether its grant happened.
    fn granted(&mut self) -> Option<Granted> {
        let load = self.load;
        let initiate = || Call::post("/oauth/initiate", &load.client).with("oauth_callback", CALLBACK);
        let temporary = Pair::from(&self.until_acknowledged("initiate", initiate)?);
        let target = format!("/oauth/authorize?oauth_token={}", temporary.id);
        let page = loop {
            match self.ask(&Request::get(&target).field("Cookie", &load.cookie)) {
                Some(page) if !self.is_unavailable(&page) => break page,
                _ if load.has_ended() => return None,
                _ => thread::park_timeout(RETRY),
            }
        };
        let Some(csrf) = page.hidden("csrf").filter(|_| page.status == 200) else {
            self.gone(format!("temporary credentials or session: {}", page.status));
            return None;
        };
        let pairs = [("oauth_token", temporary.id.as_str()), ("decision", "grant"), ("csrf", &csrf)];
        let grant =
            Request::new("POST", "/oauth/authorize").form(&form(&pairs)).field("Cookie", &load.cookie);
        let answer = self.ask(&grant)?;
        if self.is_unavailable(&answer) {
            return None;
        }
        let Some(verifier) = answer.field("location").and_then(|url| value_of(url, "oauth_verifier")) else {
            self.gone(format!("consent: {} {}", answer.status, answer.body));
            return None;
        };
        Some(Granted { temporary, verifier })
    }

    /// The other half; `None` where a fault left open whether it happened.
    fn exchanged(&mut self, granted: &Granted) -> Option<Pair> {
        let (load, Granted { temporary, verifier }) = (self.load, granted);
        let exchange =
            || Call::post("/oauth/token", &load.client).token(temporary).with("oauth_verifier", verifier);
        Some(Pair::from(&self.until_acknowledged("exchange", exchange)?))
    }

    /// Signs and sends anew until there is an answer, which must be 200; keeps what was sent.
    fn until_acknowledged<'c>(&mut self, what: &str, call: impl Fn() -> Call<'c>) -> Option<Answer> {
        let mut open = false;
        loop {
            let request = call().request(PUBLIC_URL);
            let bytes = request.bytes(PUBLIC_URL);
            let answer = self.exchange(&bytes).filter(|answer| !self.is_unavailable(answer));
            let Some(answer) = answer else {
                open = true;
                if what != "exchange" {
                    self.load.kept().open.push(bytes);
                }
                if self.load.has_ended() {
                    return None;
                }
                thread::park_timeout(RETRY);
                continue;
            };
            if answer.status == 200 {
                // The nonce is looked at last: temporary credentials that were redeemed are no credentials before.
                let refused = if what == "exchange" { "token_rejected" } else { "nonce_used" };
                self.load.kept().requests.push(Signed { bytes, refused });
                self.load.acknowledged.fetch_add(1, Ordering::Relaxed);
                return Some(answer);
            }
            // An exchange that was not answered may have happened: its token was told to nobody.
            let rejected = what == "exchange" && answer.problem().as_deref() == Some("token_rejected");
            let said = || format!("{what}: {} {}", answer.status, answer.body);
            match (rejected, open) {
                (true, true) => {}
                (true, false) => self.gone(said()),
                _ => self.load.lost(said()),
            }
            return None;
        }
    }

    fn is_unavailable(&self, answer: &Answer) -> bool {
        self.load.plan.may_be_unavailable && answer.status == 503
    }

    /// Temporary credentials that are not there.
    fn gone(&self, what: String) {
        if self.load.plan.may_forget_temporaries {
            self.load.kept().forgotten_temporaries += 1;
        } else {
            self.load.lost(what);
        }
    }

    fn ask(&mut self, request: &Request) -> Option<Answer> {
        self.exchange(&request.bytes(PUBLIC_URL))
    }

    /// `None` where a kill cut it off.
    pub(crate) fn exchange(&mut self, bytes: &[u8]) -> Option<Answer> {
        let start = Instant::now();
        while self.line.is_none() {
            assert!(start.elapsed() < PATIENCE, "no server");
            let address = locked(&self.load.nodes)[self.node];
            self.line = Line::open(address).ok();
            if self.line.is_none() {
                thread::park_timeout(Duration::from_millis(1));
            }
        }
        let sent = Instant::now();
        let answer = self.line.as_mut().and_then(|line| line.exchange(bytes).ok());
        let Some(answer) = answer else {
            self.line = None;
            self.load.unanswered.fetch_add(1, Ordering::Relaxed);
            return None;
        };
        let (took, retry_after) = (sent.elapsed(), answer.field("retry-after").is_some());
        if answer.status == 503 {
            self.load.unavailable.fetch_add(1, Ordering::Relaxed);
        }
        if answer.field("connection") == Some("close") {
            self.line = None;
        }
        self.load.kept().answered.push(Answered { sent, took, status: answer.status, retry_after });
        Some(answer)
    }

    /// One that is asked again for as long as nobody is there to answer; in all of its life it waits for a minute.
    fn settled(&mut self, bytes: impl Fn() -> Vec<u8>) -> Option<Answer> {
        loop {
            let start = Instant::now();
            let answer = self.exchange(&bytes());
            let is_known = answer.as_ref().is_some_and(|answer| !self.is_unavailable(answer));
            if is_known || self.waited > PATIENCE || !self.load.plan.may_be_unavailable {
                return answer;
            }
            thread::park_timeout(RETRY);
            self.waited += start.elapsed();
        }
    }

    /// What was acknowledged is refused, byte for byte the same, for the reason that lasts.
    pub(crate) fn replay(mut self, requests: &[Signed]) {
        for request in requests {
            let Some(answer) = self.settled(|| request.bytes.clone()) else {
                self.load.lost("no answer to a replay".into());
                continue;
            };
            match (answer.status, answer.problem().as_deref()) {
                (401, Some(code)) if code == request.refused => {}
                (200, _) => self.load.kept().accepted_again += 1,
                // Another refusal would hide whether the nonce is known.
                (status, problem) => self.load.lost(format!("replay: {status} {problem:?}")),
            }
        }
    }

    /// How many of them are accepted, whatever else the others are answered with.
    pub(crate) fn accepted(mut self, requests: &[Signed]) -> usize {
        let answers = requests.iter().map(|request| self.exchange(&request.bytes));
        answers.filter(|answer| answer.as_ref().is_some_and(|answer| answer.status == 200)).count()
    }

    /// Calls until that is accepted; how long it took from then on, or `None` where it never was.
    pub(crate) fn recovers(mut self, since: Instant, within: Duration) -> Option<Duration> {
        while since.elapsed() < within {
            let bytes = Call::get("/api/whoami", &self.load.client).request(PUBLIC_URL).bytes(PUBLIC_URL);
            match self.exchange(&bytes) {
                Some(answer) if answer.status == 200 => {
                    let took = since.elapsed();
                    self.load.kept().requests.push(Signed { bytes, refused: "nonce_used" });
                    self.load.acknowledged.fetch_add(1, Ordering::Relaxed);
                    return Some(took);
                }
                _ => thread::park_timeout(Duration::from_millis(2)),
            }
        }
        None
    }

    pub(crate) fn use_all(mut self, tokens: &[Pair], clients: &[Pair], granted: &[Granted]) {
        let load = self.load;
        let tokens = tokens.iter().map(|token| Call::get("/api/whoami", &load.client).token(token));
        let clients = clients.iter().map(|client| Call::get("/api/whoami", client));
        let granted = granted.iter().map(|granted| {
            let call = Call::post("/oauth/token", &load.client).token(&granted.temporary);
            call.with("oauth_verifier", &granted.verifier)
        });
        for (what, call) in tokens
            .map(|call| ("token", call))
            .chain(clients.map(|call| ("client", call)))
            .chain(granted.map(|call| ("grant", call)))
        {
            // Signed anew each time, as clients do.
            let answer = self.settled(|| call.clone().anew().request(PUBLIC_URL).bytes(PUBLIC_URL));
            if answer.as_ref().is_none_or(|answer| answer.status != 200) {
                let said = answer.map(|answer| (answer.status, answer.problem()));
                let said = format!("an acknowledged {what}: {said:?}");
                if what == "grant" { self.gone(said) } else { load.lost(said) }
            }
        }
    }
}

/// Of what was left open nobody knows whether it was accepted; sent to two nodes more, it is so once at most.
pub(crate) fn settle(load: &Load, open: &[Vec<u8>]) {
    let last = load.nodes().len() - 1;
    let mut workers = [Worker::new(load, 0), Worker::new(load, last)];
    for bytes in open {
        let answers = workers.iter_mut().map(|worker| worker.settled(|| bytes.clone()));
        if answers.filter(|answer| answer.as_ref().is_some_and(|answer| answer.status == 200)).count() == 2 {
            load.kept().accepted_again += 1;
        }
    }
}

/// How long a client rests that was not answered: less than `Retry-After` says, and enough for others to be heard.
const RETRY: Duration = Duration::from_millis(20);
