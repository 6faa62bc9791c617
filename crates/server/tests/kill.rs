//! `kill -9` ten times while clients dance and call: nothing acknowledged is lost, and no nonce is accepted twice.
//!
//! It takes minutes, so that only its name runs it: `./dev test kill`. A crash of the process is what it shows; a power
//! cut is another thing, and is not tested here.

mod support;

use std::{
    process::ExitCode,
    sync::atomic::Ordering,
    thread,
    time::{Duration, Instant},
};
use support::{
    Seeded,
    browser::Browser,
    load::{CALLBACK, Load, PUBLIC_URL, Plan, Worker},
    place::Place,
    server::Server,
};

const DANCES: usize = 2_000;
const CALLS_PER_DANCE: usize = 10;
const KILLS: usize = 10;
const WORKERS: usize = 8;
/// All must happen, and no answer but 200 will do.
const PLAN: Plan = Plan {
    dances: DANCES,
    calls_per_dance: CALLS_PER_DANCE,
    one_is_left_granted_of: 0,
    rest: Duration::ZERO,
    may_be_unavailable: false,
    may_forget_temporaries: false,
};

fn main() -> ExitCode {
    let (place, start) = (Place::new(), Instant::now());
    place.add_user("jane", "correct horse");
    let client = place.add_client(&["--name", "Printer", "--callback", CALLBACK, "--two-legged"]);
    let server = serve(&place);
    let jane = Browser::sign_in(&server, "jane", "correct horse");
    let session = jane.cookie("countersign").expect("a session");
    let load = Load::new(client, session, vec![server.address], PLAN);

    let mut random = Seeded(5849);
    // Two more requests of each dance are acknowledged: initiate and exchange.
    let all = DANCES * (CALLS_PER_DANCE + 2);
    let mut moments: Vec<usize> = (0..KILLS).map(|_| random.below(all * 95 / 100)).collect();
    moments.sort_unstable();
    let server = thread::scope(|scope| {
        let mut server = server;
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(|| Worker::new(&load, 0).work())).collect();
        for moment in moments {
            while load.acknowledged.load(Ordering::Relaxed) < moment
                && !workers.iter().all(|w| w.is_finished())
            {
                thread::park_timeout(Duration::from_micros(200));
            }
            load.kept().clients.push(place.add_client(&["--name", "Added", "--two-legged"]));
            thread::park_timeout(Duration::from_micros(random.next() % 20_000));
            server.kill();
            server = serve(&place);
            load.moved(0, server.address);
            // What was acknowledged last is what a crash would forget first.
            let last: Vec<_> = load.kept().requests.iter().rev().take(100).cloned().collect();
            Worker::new(&load, 0).replay(&last);
        }
        server
    });
    server.kill();
    let last = serve(&place);
    load.moved(0, last.address);
    report(&load, start)
}

fn serve(place: &Place) -> Server {
    // A wide window: it is the nonce that refuses a replay, never its age.
    place.server().public_url(PUBLIC_URL).set("COUNTERSIGN_TIMESTAMP_WINDOW", "7200").start()
}

/// Uses and replays all that was acknowledged, and prints what came of it.
fn report(load: &Load, start: Instant) -> ExitCode {
    let (clients, tokens, requests) = {
        let kept = load.kept();
        (kept.clients.clone(), kept.tokens.clone(), kept.requests.clone())
    };
    thread::scope(|scope| {
        for share in tokens.chunks(tokens.len().div_ceil(WORKERS)) {
            scope.spawn(|| Worker::new(load, 0).use_all(share, &[], &[]));
        }
        for share in requests.chunks(requests.len().div_ceil(WORKERS)) {
            scope.spawn(|| Worker::new(load, 0).replay(share));
        }
        scope.spawn(|| Worker::new(load, 0).use_all(&[], &clients, &[]));
    });
    let kept = load.kept();
    let (lost, again) = (kept.lost.len(), kept.accepted_again);
    println!(
        "{DANCES} dances, {} protected requests, {KILLS} kills, {} requests without an answer, {:.0} s",
        DANCES * CALLS_PER_DANCE,
        load.unanswered.load(Ordering::Relaxed),
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
