//! A record and its entity, seen without their types.
//!
//! A record knows its table, and a table makes records; so they stand in one file.

use std::any::Any;
use std::fmt;
use std::ops::Deref;

use super::extra::Extra;
use crate::generated::Common;
use crate::json::DecodeError;
use crate::table::EntityFacts;
use crate::value::{Slot, Slots};

/// A record, seen without its type. Implemented by generated code.
pub trait Record: Slots + Any + Send + Sync {
    /// The record without its type. Code that works with all entities alike goes through this and not through a
    /// coercion of its own, for what a coercion needs is compiled anew in every crate that has one.
    fn as_dyn(&self) -> &dyn Record;
    /// The record without its type, for writing.
    fn as_dyn_mut(&mut self) -> &mut dyn Record;
    /// What is known of its entity.
    fn describe(&self) -> &'static EntityTable;
    /// The properties that every record has.
    fn common(&self) -> &Common;
    /// The properties that every record has, for writing.
    fn common_mut(&mut self) -> &mut Common;
    /// What the typed fields can't say.
    fn extra(&self) -> &Extra;
    /// What the typed fields can't say, for writing.
    fn extra_mut(&mut self) -> &mut Extra;
}

/// Records of an entity that is known only by its table. It is a `Vec` of them.
pub trait Rows: Any + Send + Sync {
    /// Adds an empty record.
    #[doc(hidden)]
    fn add(&mut self) -> Option<&mut dyn Record>;
    /// The number of records.
    fn count(&self) -> usize;
    /// The record at a position, counted from 0.
    fn row(&self, at: usize) -> Option<&dyn Record>;
    /// Keeps those records that this says yes to.
    fn keep(&mut self, test: &mut dyn FnMut(&dyn Record) -> bool);
    /// Takes more records in behind its own. Fails if they are another entity's.
    fn append(&mut self, more: Box<dyn Rows>) -> Result<(), DecodeError>;
    /// The entity.
    fn table(&self) -> &'static EntityTable;
}

impl dyn Rows {
    /// The records, one after the other.
    pub fn iter(&self) -> impl Iterator<Item = &dyn Record> {
        (0..self.count()).filter_map(|at| self.row(at))
    }
}

impl fmt::Debug for dyn Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// An entity that is known by its table: the facts, and what makes its records.
///
/// It is also what keeps the code that makes records in the crate that has them, so that others need not compile
/// it.
#[derive(Debug)]
pub struct EntityTable {
    pub(crate) facts: EntityFacts,
    pub(crate) record: fn() -> Box<dyn Record>,
    pub(crate) rows: fn() -> Box<dyn Rows>,
}

impl EntityTable {
    /// An empty record.
    pub fn make(&self) -> Box<dyn Record> {
        (self.record)()
    }

    /// No records, with room for them.
    pub fn make_rows(&self) -> Box<dyn Rows> {
        (self.rows)()
    }
}

impl Deref for EntityTable {
    type Target = EntityFacts;

    fn deref(&self) -> &EntityFacts {
        &self.facts
    }
}

/// The slot of any property, an entity's own or a common one.
pub(crate) fn slot_of<'a>(record: &'a dyn Record, table: &EntityFacts, at: usize) -> Option<&'a dyn Slot> {
    match at.checked_sub(table.fields.len()) {
        None => record.slot(at),
        Some(at) => record.common().slot(at),
    }
}

/// The slot of any property, for writing.
pub(crate) fn slot_of_mut<'a>(record: &'a mut dyn Record, table: &EntityFacts, at: usize) -> Option<&'a mut dyn Slot> {
    match at.checked_sub(table.fields.len()) {
        None => record.slot_mut(at),
        Some(at) => record.common_mut().slot_mut(at),
    }
}
