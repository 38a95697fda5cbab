//! What is known of an entity and of its properties, as data.
//!
//! The generator turns the spec into these tables and into nothing else that could be called logic. Decoding,
//! encoding, redaction, the sandbox's validation and the flags of the command-line tool all read the same
//! rows, so a fact stands in one place and a wrong one is mended in one place.
//!
//! This room holds facts and nothing that acts on them: no value, no record, no JSON.

mod command;
mod enums;
pub(crate) mod field;
mod index;

pub use command::{Action, ActionBody, Answer, CommandFacts, Parameter};
pub use enums::EnumTable;
pub use field::{Doubt, Field, Kind, Personal, Provenance, WireForm, fact};
pub use index::FieldIndex;
