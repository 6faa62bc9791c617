//! Tokens, audit log and usage for administrators, over real HTTP: what is shown, what is taken away, what is ended, and by whom.

#[path = "../support/mod.rs"]
mod support;

mod access;
mod audit;
mod export;
mod stage;
mod tokens;
mod usage;
