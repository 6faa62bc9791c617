//! The administration's API, over real HTTP: keys, resources, and what attackers and clumsy programs send.

#[path = "../support/mod.rs"]
mod support;

mod api_keys;
mod attacks;
mod document;
mod keys;
mod misread;
mod people;
mod resources;
mod revisions;
