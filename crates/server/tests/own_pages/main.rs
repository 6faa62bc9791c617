//! Sign-in and consent on pages of the operator's own: their backend answers through the administration's API.

#[path = "../support/mod.rs"]
mod support;

mod attacks;
mod flow;
#[expect(dead_code, reason = "each test uses its part")]
mod scene;
