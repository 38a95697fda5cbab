//! What a record is.
//!
//! A record is a plain struct with public typed fields, a [`Common`] with the properties that every entity
//! has, and an [`Extra`] with what the struct can't say: which keys were received, spellings that differ from
//! our own, and properties that the spec does not know. Together they hold a received JSON object without
//! loss, so that writing a record back clears nothing.
//!
//! Everything here works through `dyn Record`, so it is compiled once and not once an entity. This room holds what
//! a record is: no JSON text, no operation.

mod extra;
mod opaque;
mod untyped;

pub use extra::{Extra, Origin};
pub use opaque::OpaqueBox;
pub use untyped::{AsRecord, EntityTable, Record, Rows};
pub(crate) use untyped::{slot_of, slot_of_mut};
