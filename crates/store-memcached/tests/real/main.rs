//! Against a real Memcached, started for each test on a socket of its own.
//!
//! It must be installed, so that only its name runs these: `./dev test stores`.
#![cfg(unix)]

#[path = "../support/memcached.rs"]
mod memcached;
#[path = "../../../store-redis/tests/support/rows.rs"]
mod rows;
#[path = "../../../store-redis/tests/support/temporaries.rs"]
mod temporaries;

mod contract;
mod faults;
mod records;
mod support;
