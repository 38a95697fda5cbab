//! An entity by its type: its record, its operations, its drafts.

use std::any::Any;
use std::fmt;

use super::access::SetError;
use crate::codec::{self, Context, Leniency};
use crate::json::{DecodeError, Json};
use crate::record::{EntityTable, Origin, Record, Rows};
use crate::table::EntityFacts;
use crate::value::Id;

/// An entity of the service. It is the record's own type, and the tag of its ids. Implemented by generated code.
pub trait Entity: Record + Clone + Default + PartialEq + fmt::Debug + 'static {
    /// What is known of this entity.
    fn table() -> &'static EntityTable;

    // The next three are the same for all entities. They are not provided here but written into each, so that they
    // are compiled once, with the records, and not in every program that uses them.

    #[doc(hidden)]
    fn boxed(untyped: Box<dyn Record>) -> Result<Box<Self>, DecodeError>;

    #[doc(hidden)]
    fn rows(untyped: Box<dyn Rows>) -> Result<Vec<Self>, DecodeError>;

    #[doc(hidden)]
    fn fmt_page(records: &[Self], info: &dyn fmt::Debug, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// The id of this record, if it has one.
    fn id(&self) -> Option<Id<Self>> {
        self.common().id.map(Id::new)
    }

    /// How much of the record the service sent.
    fn origin(&self) -> Origin {
        self.extra().origin()
    }

    /// A property by its name on the wire, as it would be sent; `None` if it was neither received nor set.
    fn property(&self, name: &str) -> Option<Json> {
        self.as_dyn().property(name)
    }

    /// Sets a property by its name on the wire. Null empties it. A name that the spec does not know is kept
    /// and sent as it is.
    fn set_property(&mut self, name: &str, value: impl Into<Json>) -> Result<(), SetError> {
        self.as_dyn_mut().set_property(name, value)
    }

    /// The record as a JSON object: what was received, as edited, and what was set.
    fn to_value(&self) -> Json {
        self.as_dyn().to_value()
    }
}

/// Marks the entities whose records can be listed.
#[diagnostic::on_unimplemented(
    message = "the service has no list operation for `{Self}`",
    label = "`{Self}` can't be listed",
    note = "the operations of each entity stand in its documentation"
)]
pub trait CanList: Entity {}

/// Marks the entities whose records can be got by id.
#[diagnostic::on_unimplemented(
    message = "the service has no get operation for `{Self}`",
    label = "`{Self}` can't be got by id",
    note = "the operations of each entity stand in its documentation"
)]
pub trait CanGet: Entity {}

/// Marks the entities whose records can be created.
#[diagnostic::on_unimplemented(
    message = "the service has no create operation for `{Self}`",
    label = "`{Self}` can't be created",
    note = "the operations of each entity stand in its documentation"
)]
pub trait CanCreate: Entity {
    /// A record to create.
    type New: Draft<Self>;
}

/// Marks the entities whose records can be updated.
#[diagnostic::on_unimplemented(
    message = "the service has no update operation for `{Self}`",
    label = "`{Self}` can't be updated",
    note = "the operations of each entity stand in its documentation"
)]
pub trait CanUpdate: CanGet {}

/// Marks the entities whose records can be deleted.
#[diagnostic::on_unimplemented(
    message = "the service has no delete operation for `{Self}`",
    label = "`{Self}` can't be deleted",
    note = "the operations of each entity stand in its documentation"
)]
pub trait CanDelete: Entity {}

/// A record to create: its required properties are there, and nothing that was not set is sent.
pub trait Draft<E: Entity>: Send + Sync {
    /// What was set.
    fn record(&self) -> &E;
}

impl<E: Entity> Rows for Vec<E> {
    fn add(&mut self) -> Option<&mut dyn Record> {
        self.push(E::default());
        self.last_mut().map(E::as_dyn_mut)
    }

    fn count(&self) -> usize {
        self.len()
    }

    fn row(&self, at: usize) -> Option<&dyn Record> {
        self.get(at).map(E::as_dyn)
    }

    fn keep(&mut self, test: &mut dyn FnMut(&dyn Record) -> bool) {
        self.retain(|record| test(record.as_dyn()));
    }

    fn append(&mut self, more: Box<dyn Rows>) -> Result<(), DecodeError> {
        self.append(&mut more.typed()?);
        Ok(())
    }

    fn table(&self) -> &'static EntityTable {
        E::table()
    }
}

/// What [`Entity::boxed`] does.
#[doc(hidden)]
pub fn downcast<E: Entity>(untyped: Box<dyn Record>) -> Result<Box<E>, DecodeError> {
    let entity = untyped.describe().name;
    let any: Box<dyn Any> = untyped;
    any.downcast().map_err(|_| DecodeError::other_entity(E::table().name, entity))
}

/// What [`Entity::rows`] does.
#[doc(hidden)]
pub fn downcast_rows<E: Entity>(untyped: Box<dyn Rows>) -> Result<Vec<E>, DecodeError> {
    let entity = untyped.table().name;
    let any: Box<dyn Any> = untyped;
    match any.downcast() {
        Ok(records) => Ok(*records),
        Err(_) => Err(DecodeError::other_entity(E::table().name, entity)),
    }
}

/// What [`Entity::fmt_page`] does.
#[doc(hidden)]
pub fn fmt_page<E: Entity>(records: &[E], info: &dyn fmt::Debug, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.debug_struct("Page").field("records", &records).field("info", info).finish()
}

impl dyn Rows {
    /// The records with the type of their entity. Fails if it is another.
    pub fn typed<E: Entity>(self: Box<Self>) -> Result<Vec<E>, DecodeError> {
        E::rows(self)
    }
}

impl EntityTable {
    #[doc(hidden)]
    pub const fn of<E: Entity>(facts: EntityFacts) -> Self {
        Self { facts, record: || Box::<E>::default(), rows: || Box::<Vec<E>>::default() }
    }
}

/// Decodes a record from JSON text as a summary.
pub fn from_json<E: Entity>(json: &[u8]) -> Result<E, DecodeError> {
    let mut record = E::default();
    codec::record(json, record.as_dyn_mut(), Origin::Summary, &mut Context::lenient(E::table()))?;
    Ok(record)
}

/// Decodes a record from a JSON value as a summary.
pub fn from_value<E: Entity>(json: &Json) -> Result<E, DecodeError> {
    from_json(json.text().as_bytes())
}

/// Decodes a record and reports every leniency that was taken, with its JSON path: for tests that want to see
/// the service drift from the spec.
pub fn from_json_strict<E: Entity>(json: &[u8], origin: Origin) -> Result<(E, Vec<Leniency>), DecodeError> {
    let mut record = E::default();
    let mut context = Context::strict(E::table());
    codec::record(json, record.as_dyn_mut(), origin, &mut context)?;
    Ok((record, context.into_leniencies()))
}
