//! A real PostgreSQL: the contract, and what happens when the server is killed, stopped, or shared by many.
//!
//! It must be installed, so that only its name runs it: `./dev test postgres`. The tests start servers of their own, on Unix
//! sockets in folders of their own. `COUNTERSIGN_TEST_POSTGRES_URL` names a database for those that neither kill nor stop one;
//! each takes a new schema there.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod changes;
mod contract;
mod dump;
mod faults;
mod limits;
#[path = "../support/load.rs"]
mod load;
mod logs;
mod messages;
mod open;
mod place;
#[path = "../support/refusals.rs"]
mod refusals;
mod server;
#[path = "../support/sweep.rs"]
mod sweep;
#[path = "../support/things.rs"]
mod things;
mod tls;
