//! Over real HTTP, or through the bare service: the README's example, every code, the layer, the page, the examples.

mod body_hash;
mod codes;
mod endpoints;
mod examples;
#[path = "../flow/mod.rs"]
mod flow;
mod layer;
mod owner;
mod pending;
mod protocols;
// Public, as `app` of the example in it is.
pub mod readme;
mod script;
mod scripted;
mod support;
