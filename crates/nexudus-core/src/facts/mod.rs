//! The known facts of entities and properties, as data.
//!
//! The generator turns the spec into these tables and generates no logic. Decoding, encoding, redaction, the sandbox's
//! validation and the flags of the command-line tool use the same rows, so each fact is stored and corrected in one
//! place.
//!
//! This room contains facts only: no values, no records, no JSON.

mod command;
mod enums;
pub(crate) mod field;
mod index;

pub use command::{Action, ActionBody, CommandFacts, Parameter, ResponseContent};
pub use enums::EnumTable;
pub use field::{Doubt, EnumFormat, Field, Kind, Personal, Provenance, fact};
pub(crate) use index::FieldIndex;
