//! Records and entities without their types.
//!
//! A record refers to its table, and a table creates records, so both are in one file.

use std::any::Any;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::extra::Extra;
use crate::facts::{Field, FieldIndex};
use crate::generated::Common;
use crate::json::DecodeError;
use crate::table::EntityFacts;
use crate::value::{Slot, Slots};

/// A record, seen without its type. Implemented by generated code, by as few methods as will do: each is compiled for
/// every entity.
pub trait Record: Slots + Any + Send + Sync {
    /// What is known of its entity.
    fn describe(&self) -> &'static EntityTable;
    /// The properties that every record has, and what the typed fields can't say.
    #[doc(hidden)]
    fn parts(&self) -> (&Common, &Extra);
    /// The same for writing.
    #[doc(hidden)]
    fn parts_mut(&mut self) -> (&mut Common, &mut Extra);
}

impl dyn Record + '_ {
    /// The properties that every record has.
    pub fn common(&self) -> &Common {
        self.parts().0
    }

    /// The properties that every record has, for writing.
    pub fn common_mut(&mut self) -> &mut Common {
        self.parts_mut().0
    }

    pub(crate) fn extra(&self) -> &Extra {
        self.parts().1
    }

    pub(crate) fn extra_mut(&mut self) -> &mut Extra {
        self.parts_mut().1
    }
}

/// A record of an entity that is known only by its table.
///
/// A copy shares the properties until one of the two is changed. Not a box: dropping a box is compiled into each of the
/// many places that a program drops a record in.
#[derive(Clone)]
pub struct AnyRecord(Arc<dyn Record>);

impl AnyRecord {
    /// An empty record.
    #[inline(never)]
    pub(crate) fn empty<P: Record + Default>() -> Self {
        Self(Arc::new(P::default()))
    }

    fn copy_of(from: &dyn Record) -> Self {
        let mut copy = from.describe().make();
        for at in 0..from.describe().fields.len() {
            if let (Some(from), Some(to)) = (from.slot(at), copy.slot_mut(at)) {
                to.copy(from);
            }
        }
        let (common, extra) = copy.parts_mut();
        (*common, *extra) = (from.common().clone(), from.extra().clone());
        copy
    }
}

impl Deref for AnyRecord {
    type Target = dyn Record;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl DerefMut for AnyRecord {
    #[expect(
        clippy::expect_used,
        reason = "there are no weak pointers, and a copy that was made here has no other owner"
    )]
    fn deref_mut(&mut self) -> &mut Self::Target {
        if Arc::strong_count(&self.0) > 1 {
            *self = Self::copy_of(&**self);
        }
        Arc::get_mut(&mut self.0).expect("a record with one owner")
    }
}

impl fmt::Debug for AnyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// What can be seen as a record without its type: every entity.
pub trait AsRecord {
    /// The record without its type. Code that works with all entities alike goes through this and not through a
    /// coercion of its own, for what a coercion needs is compiled anew in every crate that has one.
    fn as_dyn(&self) -> &dyn Record;
    /// The record without its type, for writing.
    fn as_dyn_mut(&mut self) -> &mut dyn Record;
}

/// A list of an entity, seen without its type. A trait of its own and not closures, which would bring a function more
/// for each entity.
pub(crate) trait AsRecords {
    /// Adds a record. Fails if it is another entity's.
    fn take(&mut self, record: AnyRecord) -> Result<(), DecodeError>;
    /// The record at a position, counted from 0.
    fn row(&self, at: usize) -> Option<&dyn Record>;
}

impl fmt::Debug for dyn AsRecords + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries((0..).map_while(|at| self.row(at))).finish()
    }
}

/// Records of an entity that is known only by its table.
///
/// A struct and not a trait of `Vec<E>`: lists are handled by code that is compiled once, and get their type at the
/// end.
pub struct Rows {
    table: &'static EntityTable,
    records: Vec<AnyRecord>,
}

impl Rows {
    /// No records of this entity.
    pub const fn new(table: &'static EntityTable) -> Self {
        Self { table, records: Vec::new() }
    }

    /// The entity.
    pub const fn table(&self) -> &'static EntityTable {
        self.table
    }

    /// The number of records.
    pub fn count(&self) -> usize {
        self.records.len()
    }

    /// The record at a position, counted from 0.
    pub fn row(&self, at: usize) -> Option<&dyn Record> {
        self.records.get(at).map(AnyRecord::deref)
    }

    /// The records, one after the other.
    pub fn iter(&self) -> impl Iterator<Item = &dyn Record> {
        self.records.iter().map(AnyRecord::deref)
    }

    /// Adds an empty record.
    #[doc(hidden)]
    pub fn add(&mut self) -> Option<&mut dyn Record> {
        self.records.push(self.table.make());
        self.records.last_mut().map(AnyRecord::deref_mut)
    }

    /// Keeps those records that this says yes to.
    pub fn keep(&mut self, test: &mut dyn FnMut(&dyn Record) -> bool) {
        self.records.retain(|record| test(&**record));
    }

    /// Takes more records in behind its own. Fails if they are another entity's.
    pub fn append(&mut self, mut more: Self) -> Result<(), DecodeError> {
        if !std::ptr::eq(self.table, more.table) {
            return Err(DecodeError::other_entity(self.table.name, more.table.name));
        }
        self.records.append(&mut more.records);
        Ok(())
    }

    /// Hands the records over, one after the other. Fails where one is not taken.
    pub(crate) fn move_to(self, typed: &mut dyn AsRecords) -> Result<(), DecodeError> {
        self.records.into_iter().try_for_each(|record| typed.take(record))
    }
}

impl fmt::Debug for Rows {
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
    pub(crate) record: fn() -> AnyRecord,
    pub(crate) index: FieldIndex,
}

impl EntityTable {
    /// An empty record.
    pub fn make(&self) -> AnyRecord {
        (self.record)()
    }

    /// The position of a property, by its exact name on the wire.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.find(name).map(|(at, _)| at)
    }

    /// A property by its exact name on the wire, with its position.
    pub(crate) fn find(&self, name: &str) -> Option<(usize, &'static Field)> {
        self.index.find(name, |at| self.field(at), self.field_count())
    }

    /// No records, with room for them.
    pub fn make_rows(&'static self) -> Rows {
        Rows::new(self)
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
