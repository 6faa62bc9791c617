//! The pages for administrators: what they do, and those who would do it without being one.

#[path = "../support/mod.rs"]
mod support;

mod access;
mod stage;
