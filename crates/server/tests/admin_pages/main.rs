//! The pages for administrators: what they do, and those who would do it without being one.

#[path = "../support/mod.rs"]
mod support;

mod access;
mod accounts;
mod applications;
mod approvals;
mod attacks;
mod audit;
mod confirmation;
mod invitations;
mod stage;
