//! Decoding and encoding of records, and of the envelopes around them.
//!
//! The code uses a record's table; it does not know the type of an entity.

mod decode;
mod encode;
mod envelope;
mod leniency;

pub(crate) use decode::{Context, Slotted, page, record, rows};
pub(crate) use encode::{Keep, property_at, to_vec};
pub use envelope::{Envelope, FieldError};
pub use leniency::{Leniency, LeniencyKind};
