//! Against a real Redis, started for each test on a socket of its own.
//!
//! It must be installed, so that only its name runs these: `./dev test stores`.
#![cfg(unix)]

#[path = "../support/redis.rs"]
mod redis;
#[path = "../support/rows.rs"]
mod rows;
#[path = "../support/sentinel.rs"]
mod sentinel_process;
#[path = "../support/temporaries.rs"]
mod temporaries;

mod bytes;
mod changes;
mod clocks;
mod cluster;
mod contract;
mod crashes;
mod faults;
mod fence;
mod losses;
mod nodes;
mod refusals;
mod sentinel;
mod support;
mod tcp;
#[cfg(feature = "tls")]
mod tls;
