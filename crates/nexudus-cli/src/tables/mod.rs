//! The tables of the model as a person at a keyboard meets them: names that forgive, flags, columns.
//!
//! No entity is named here. What a flag is called, which columns are shown and which flags are common are facts of
//! the tables or rules over them.

mod columns;
mod flags;
mod location;
mod names;
mod personal;

pub(crate) use columns::{default_columns, is_looked_for, label_field};
pub(crate) use flags::{Flag, Role, filter_flags, write_flags};
pub(crate) use location::{location_entity, location_field};
pub(crate) use names::{Lookup, look_up, squash, suggest};
pub(crate) use personal::{personal_by_name, token_word};
