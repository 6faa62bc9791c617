//! Over real HTTP, or through the app alone: the script of every framework, the middleware, the page, the examples.

mod endpoints;
mod examples;
#[path = "../../../axum/tests/flow/mod.rs"]
mod flow;
mod owner;
mod pending;
mod protect;
mod protocols;
mod script;
mod support;
