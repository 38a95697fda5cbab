//! The types that a property can hold, and access to them without their type.
//!
//! This room works on single values: no records, no tables, no envelopes.

mod guid;
mod id;
mod kinds;
mod open_enum;
mod slot;
mod time;
mod token;

pub use guid::{Guid, GuidError};
pub use id::{EntityName, Id};
pub use open_enum::{OpenEnum, Unlisted};
pub use slot::{Read, Reading, Slot, SlotValue, Slots};
pub use time::{CivilDateTime, DateTime, TimeError};
pub(crate) use token::Spelling;
pub use token::Token;
