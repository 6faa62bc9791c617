//! The server on a real MariaDB: the flows, commands and keys that are tested on PostgreSQL too, and what its files hold.
//!
//! It starts one, so that only its name runs it: `./dev test mysql`. `COUNTERSIGN_TEST_MYSQL_URL` names another for those that do not
//! search it; each test takes a new database there.
#![cfg(unix)]

#[path = "../postgres/commands.rs"]
mod commands;
#[path = "../postgres/flows.rs"]
mod flows;
#[path = "../postgres/keys.rs"]
mod keys;
mod scene;
#[path = "../postgres/secrets.rs"]
mod secrets;

#[path = "../support/mod.rs"]
mod support;

#[expect(dead_code, clippy::unwrap_used, reason = "each test uses its part")]
#[path = "../../../store-sqlx/tests/mysql/server.rs"]
mod real;
