//! The turnkey server: the binary's parts, as a library so that tests and benches enter where requests do.
//!
//! ```text
//!   cli ─▶ config ─▶ stores ─▶ app ─▶ serve          every test enters at `app`
//!                                │
//!                 endpoints · protected routes · pages (login, consent, verifier, error, home, help) · edge
//! ```

mod admin_api;
mod administration;
pub mod app;
mod audit;
pub mod cache;
mod callback;
mod check;
pub mod cli;
pub mod config;
pub mod database;
mod days;
mod demo;
mod edge;
mod error;
mod gate;
pub mod jwt;
mod login;
mod look;
mod loopback;
mod metrics;
mod names;
mod network;
mod own_pages;
mod pace;
mod pages;
mod password;
mod private_file;
mod public_key;
mod rate;
mod readiness;
mod reseal;
mod resources;
mod rfc3339;
mod ring;
mod serve;
mod session;
mod sign_in;
mod sign_up;
mod span;
mod spreadsheet;
mod stall;
mod stamp;
pub mod stores;
mod telemetry;
mod throttle;
mod tls;
mod trace;
mod trust;
mod usage;
mod weakness;
mod wire;
mod words;

pub use error::Error;
pub use serve::{Ready, serve, unverified};
