//! What must hold for every entity, shown on all of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod drafts;
mod each_entity;
mod fixtures;
mod memory;
mod observed;
mod records;
mod tables;
mod untyped;
mod values;
