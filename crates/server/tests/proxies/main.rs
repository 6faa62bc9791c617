//! Real proxies in front, configured by the files of the book: what each accepts, refuses and hands on.
//!
//! They must be installed, so that only its name runs it: `./dev test proxies`. Clients speak TLS to every proxy, and the
//! bytes that a test wrote are what the proxy reads.

#[path = "../support/mod.rs"]
mod support;

mod apache;
mod caddy;
mod envoy;
mod expected;
mod haproxy;
mod inline;
mod kinds;
mod nginx;
mod process;
mod recipe;
mod scene;
mod spoofing;
mod table;
mod tls;
mod upstream;
mod way;

use scene::Scene;
use std::{process::ExitCode, time::Instant};
use table::Table;
use way::Way;

fn main() -> ExitCode {
    let start = Instant::now();
    let scene = Scene::new();
    let ways = ways();
    let names: Vec<_> = ways.iter().map(|way| way.name).collect();
    let mut kinds = Table::new("What was sent, and what came back", &names);
    let mut spoofing = Table::new(
        "What a client says of itself, in five spellings: how many of them were answered with 200",
        &names,
    );
    for way in &ways {
        match scene.open(way) {
            Ok(mut open) => {
                kinds::run(&scene, &open, &mut kinds);
                spoofing::run(&scene, &open, &mut spoofing);
                kinds::without_countersign(&scene, &mut open, &mut kinds);
            }
            Err(error) => kinds.failed("it starts", way.name, &error),
        }
    }
    for table in [&kinds, &spoofing] {
        table.print();
    }
    println!("\n{:.0} s", start.elapsed().as_secs_f64());
    let (passed, failed) = (kinds.passed() + spoofing.passed(), kinds.failures() + spoofing.failures());
    println!("{passed} passed, {failed} failed, 0 skipped");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Every way in, or those that the arguments name.
fn ways() -> Vec<Way> {
    let chosen: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let all = [
        inline::WAY,
        nginx::INLINE,
        caddy::INLINE,
        apache::INLINE,
        nginx::FORWARD_AUTH,
        caddy::FORWARD_AUTH,
        haproxy::FORWARD_AUTH,
        envoy::HTTP,
        envoy::GRPC,
    ];
    all.into_iter().filter(|way| chosen.is_empty() || chosen.iter().any(|name| name == way.name)).collect()
}
