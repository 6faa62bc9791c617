//! What every framework's tests share: a server at an address, a provider whose clock is in the test's hands, and one script
//! that drives them all.

pub(crate) mod script;
mod transcript;
pub(crate) mod walk;
pub(crate) mod wire;
pub(crate) mod world;
