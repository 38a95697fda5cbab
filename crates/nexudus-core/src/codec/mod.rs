//! Records as JSON text, there and back, and the envelopes around them.
//!
//! What is read goes through a record's table; no entity's type is known here.

mod decode;
mod encode;
mod envelope;
mod leniency;

pub(crate) use decode::{Context, Slotted, page, record, rows};
pub(crate) use encode::{Keep, property_at, to_vec};
pub use envelope::{Envelope, FieldError};
pub use leniency::{Leniency, LeniencyKind};
