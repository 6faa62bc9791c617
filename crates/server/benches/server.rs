//! What requests cost the server, beside the same requests unverified; what it weighs, and how soon it is ready.
//!
//! ```text
//! cargo bench -p countersign-server --bench server                     a table
//! cargo bench -p countersign-server --bench server -- memory sqlite    some rows: see ROWS; proxy compares with nginx too
//! cargo bench -p countersign-server --bench server -- stores lookups claims    rows that start databases and take minutes
//! cargo bench -p countersign-server --bench server -- --json           one JSON object a line
//! cargo bench -p countersign-server --bench server -- --check          fails where a limit is missed
//! ```
//!
//! Every server is a process of its own: this program, started again with `--child`, on mimalloc as the binary is, on one
//! core and one thread of requests. The load comes from another core. A figure in µs is **the processor time of the
//! server's process** (all its threads, its system calls included) per request, so that what else the machine does hardly
//! counts; subject and floor take turns, and a ratio is the median of the rounds' own ratios. Requests are signed before
//! the clock starts, with a nonce each.

#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up has nothing to measure")]

#[path = "server/binary.rs"]
mod binary;
#[path = "server/child.rs"]
mod child;
#[path = "server/claims.rs"]
mod claims;
#[path = "server/cpu.rs"]
mod cpu;
#[path = "server/dance.rs"]
mod dance;
#[path = "server/fairness.rs"]
mod fairness;
#[path = "server/figure.rs"]
mod figure;
#[path = "server/fixture.rs"]
mod fixture;
#[path = "server/flush.rs"]
mod flush;
#[path = "server/load.rs"]
mod load;
#[path = "server/lookups.rs"]
mod lookups;
#[path = "server/nonces.rs"]
mod nonces;
#[path = "server/opened.rs"]
mod opened;
#[path = "server/process.rs"]
mod process;
#[path = "server/proxy.rs"]
mod proxy;
#[path = "server/stores.rs"]
mod stores;

// Databases of the bench's own, as the tests start them.
#[expect(dead_code, reason = "a bench uses its part")]
#[path = "../../store-sqlx/tests/mysql/server.rs"]
mod mysql;
#[expect(dead_code, reason = "a bench uses its part")]
#[path = "../../store-sqlx/tests/postgres/server.rs"]
mod postgres;
#[path = "../../store-redis/tests/support/redis.rs"]
mod redis;

use figure::Figure;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, mode, rest @ ..] = &*arguments
        && first == process::CHILD
    {
        child::run(mode, rest);
        return ExitCode::SUCCESS;
    }
    let given = |flag: &str| arguments.iter().any(|argument| argument == flag);
    // `cargo test --benches` only asks whether it runs.
    let effort = if given("--bench") { FULL } else { GLANCE };
    process::pin_self(process::LOAD_CORE);

    let named: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let mut figures = Vec::new();
    if !given("--json") {
        println!("{}", figure::HEADING);
    }
    for (name, row) in ROWS {
        if named.iter().any(|wanted| *wanted == name) || named.is_empty() && !BY_NAME.contains(&name) {
            for figure in row(effort) {
                println!("{}", if given("--json") { figure.json() } else { figure.row() });
                figures.push(figure);
            }
        }
    }
    if given("--check") && figures.iter().any(Figure::is_past_its_limit) {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

type Row = (&'static str, fn(Effort) -> Vec<Figure>);

const ROWS: [Row; 13] = [
    ("memory", cpu::memory),
    ("sqlite", cpu::sqlite),
    ("flush", flush::full_against_normal),
    ("refused", cpu::refused),
    ("dance", dance::cpu),
    ("proxy", proxy::inline),
    ("fairness", fairness::flood),
    ("nonces", nonces::bytes),
    ("idle", binary::idle),
    ("ready", binary::ready),
    ("stores", stores::requests),
    ("lookups", lookups::tokens),
    ("claims", claims::flat),
];

/// They take minutes, and databases that are installed.
const BY_NAME: [&str; 3] = ["stores", "lookups", "claims"];

/// How much of everything.
#[derive(Clone, Copy)]
struct Effort {
    rounds: usize,
    /// Batches of a round.
    batches: usize,
    /// Requests of a batch.
    batch: usize,
    tokens: usize,
    nonces: u64,
    starts: usize,
    few_tokens: u64,
    many_tokens: u64,
    lookups: usize,
    live_nonces: u64,
}

const FULL: Effort = Effort {
    rounds: 15,
    batches: 5,
    batch: 2_000,
    tokens: 100_000,
    nonces: 1_000_000,
    starts: 10,
    few_tokens: 10_000,
    many_tokens: 10_000_000,
    lookups: 20_000,
    live_nonces: 5_000_000,
};
const GLANCE: Effort = Effort {
    rounds: 1,
    batches: 1,
    batch: 64,
    tokens: 64,
    nonces: 1_000,
    starts: 1,
    few_tokens: 10,
    many_tokens: 100,
    lookups: 10,
    live_nonces: 100,
};
