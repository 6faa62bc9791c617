//! What must not work, each test named after the attack or the rule that stops it.

mod answers;
mod clients;
mod keys;
mod limits;
mod methods;
mod origin;
mod owners;
mod replay;
mod requests;
mod stores;
mod temporary;
mod tokens;
mod transport;
