//! Records.
//!
//! A record is a struct with public typed fields, a [`Common`] with the properties of every entity, and an [`Extra`]:
//! the received keys, values in another spelling than the canonical one, and properties that the spec does not know.
//! Together they hold a received JSON object without loss, so writing a record back clears nothing.
//!
//! The code here works through `dyn Record`, so it is compiled once and not for each entity. This room contains no JSON
//! text and no operations.

mod extra;
mod opaque;
mod untyped;

pub(crate) use extra::Received;
pub use extra::{Extra, Origin};
pub use opaque::OpaqueBox;
pub use untyped::{AnyRecord, AsRecord, EntityTable, Record, Rows};
pub(crate) use untyped::{AsRecords, slot_of, slot_of_mut};
