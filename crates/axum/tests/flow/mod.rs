//! What every framework's tests share: a server at an address, and a provider whose clock is in the test's hands.

pub(crate) mod wire;
pub(crate) mod world;
