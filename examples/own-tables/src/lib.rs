//! Countersign's store traits on tables that are there already.
//!
//! - [`with_sqlx`]: every trait, on a shop's tables (`shop.sql`), by statements.
//! - [`with_sea_orm`]: the same on SeaORM's entities of the same tables.
//! - [`partner_file`]: clients alone, from a file that is followed; a store of another kind keeps the rest.
//!
//! `tests/` runs the contract of `countersign_store` against each, and counts their lines.

pub mod partner_file;
pub mod with_sea_orm;
pub mod with_sqlx;
