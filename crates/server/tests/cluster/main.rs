//! Three nodes behind nginx, on PostgreSQL and Redis: replays sent to another node, two `kill -9`, a rolling restart, a revocation.
//!
//! It starts real ones and takes a minute, so that only its name runs it: `./dev test cluster`.

#[cfg(unix)]
mod load;
#[cfg(unix)]
mod nginx;
#[cfg(unix)]
mod nodes;
#[cfg(unix)]
mod report;

#[cfg(unix)]
#[path = "../support/mod.rs"]
mod support;

#[cfg(unix)]
#[expect(dead_code, clippy::unwrap_used, reason = "a suite uses its part")]
#[path = "../../../store-sqlx/tests/postgres/server.rs"]
mod postgres;

#[cfg(unix)]
#[path = "../../../store-redis/tests/support/redis.rs"]
mod redis;

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    let cluster = nodes::Cluster::start();
    let checks = [
        ("replays to another node, two kills", report::replays(&cluster)),
        ("rolling restart", report::restart(&cluster)),
        ("revocation", report::revocation(&cluster)),
    ];
    let mut sum = (0, 0);
    for (name, outcome) in checks {
        match outcome {
            Ok(()) => sum.0 += 1,
            Err(why) => {
                println!("FAILED  {name}: {why}");
                sum.1 += 1;
            }
        }
    }
    println!("cluster: {} passed, {} failed, 0 skipped", sum.0, sum.1);
    if sum.1 == 0 { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}

#[cfg(not(unix))]
fn main() {
    println!("cluster: 0 passed, 0 failed, 1 skipped: it needs a Unix");
}
