//! The server on a real PostgreSQL: flows, commands, keys, imports, several nodes, and what a dump holds.
//!
//! It starts one, so that only its name runs it: `./dev test postgres`. `COUNTERSIGN_TEST_POSTGRES_URL` names another for those that
//! neither kill nor search it; each test takes a new schema there.
#![cfg(unix)]

mod changes;
mod commands;
mod flows;
mod keys;
mod nodes;
mod own_pages;
mod scene;
mod secrets;

#[path = "../support/mod.rs"]
mod support;

#[expect(dead_code, clippy::unwrap_used, reason = "each test uses its part")]
#[path = "../../../store-sqlx/tests/postgres/server.rs"]
mod real;
