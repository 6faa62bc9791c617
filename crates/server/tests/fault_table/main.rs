//! One fault after another on real stores under load: what was acknowledged, lost, accepted twice, and the time to recover.
//!
//! It takes minutes and needs real stores, so that only its name runs it: `./dev test faults`. Words behind `--` choose rows.
#![cfg(unix)]

mod clocks;
mod disk;
mod failover;
mod ground;
mod hangs;
mod kills;
mod migrations;
mod table;

#[path = "../support/mod.rs"]
mod support;

#[path = "../../../store-redis/tests/support/redis.rs"]
mod redis;

#[path = "../../../store-redis/tests/support/sentinel.rs"]
mod sentinel;

#[expect(dead_code, clippy::unwrap_used, reason = "each test uses its part")]
#[path = "../../../store-sqlx/tests/postgres/server.rs"]
mod real;

#[expect(dead_code, reason = "each test uses its part")]
#[path = "../postgres/scene.rs"]
mod scene;

use std::{panic::catch_unwind, process::ExitCode, thread, time::Instant};
use table::Row;

type Fault = (&'static str, fn() -> Row);

/// One after another: each has the machine for itself.
const FAULTS: [Fault; 11] = [
    ("kill of a node: SQLite", kills::node_on_sqlite),
    ("kill of one node of two: PostgreSQL and Redis", kills::node_on_postgres_and_redis),
    ("kill of Redis, appendfsync always", kills::redis),
    ("kill of PostgreSQL", kills::postgres),
    ("full disk under SQLite", disk::full),
    ("hung PostgreSQL, 30 s", hangs::postgres),
    ("hung Redis, 30 s", hangs::redis),
    ("failover of Redis, fence", failover::fenced),
    ("failover of Redis, danger_no_fence: control", failover::control),
    ("failing migration: SQLite", migrations::sqlite),
    ("failing migration: PostgreSQL", migrations::postgres),
];

/// At once: they wait for time to pass, and measure no haste.
const CLOCKS: [Fault; 4] = [
    ("clock of one node 10 min ahead: PostgreSQL", clocks::ahead_on_postgres),
    ("clock of one node 10 min behind: PostgreSQL", clocks::behind_on_postgres),
    ("clock of one node 10 min ahead: PostgreSQL and Redis", clocks::ahead_on_redis),
    ("clock of one node 10 min behind: PostgreSQL and Redis", clocks::behind_on_redis),
];

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted =
        |(name, _): &&Fault| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    let mut rows: Vec<Row> = FAULTS.iter().filter(wanted).map(shown).collect();
    thread::scope(|scope| {
        let clocks: Vec<_> = CLOCKS.iter().filter(wanted).map(|fault| scope.spawn(|| shown(fault))).collect();
        rows.extend(clocks.into_iter().map(|row| row.join().expect("a row, be it of a panic")));
    });
    table::print(&rows);
    let passed = rows.iter().filter(|row| row.passed()).count();
    println!("faults: {passed} passed, {} failed, 0 skipped", rows.len() - passed);
    if passed == rows.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A row, and at once what is to be said of it.
fn shown((name, fault): &Fault) -> Row {
    let start = Instant::now();
    let mut row = catch_unwind(fault).unwrap_or_else(|_| Row::broken("it panicked: see above"));
    row.fault = name;
    println!("{name}: {} in {} s", if row.passed() { "passed" } else { "FAILED" }, start.elapsed().as_secs());
    for problem in row.problems.iter().take(10) {
        println!("  {problem}");
    }
    row
}
