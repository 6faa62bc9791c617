//! The four conversations from end to end, on no framework: what must work, and what must not.

mod attacks;
mod flow;
mod logs;
mod observed;
mod policy;
mod races;
mod scopes;
mod support;
mod unchanged;
