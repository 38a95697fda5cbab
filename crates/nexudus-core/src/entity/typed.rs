//! An entity by its type: its record, its operations, its drafts.

use std::any::Any;
use std::ops::DerefMut;
use std::{fmt, mem};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::access::SetError;
use crate::codec::{self, Context, Leniency};
use crate::facts::FieldIndex;
use crate::generated::Common;
use crate::json::{DecodeError, Json};
use crate::record::{AnyRecord, AsRecord, AsRecords, EntityTable, Origin, Record, Rows};
use crate::table::EntityFacts;
use crate::value::{EntityName, Id};

/// An entity of the service. It is the record's own type, and the tag of its ids. Implemented by generated code.
pub trait Entity: EntityName + AsRecord + Clone + Default + PartialEq + fmt::Debug + Send + Sync + 'static {
    /// What is known of this entity.
    fn table() -> &'static EntityTable;

    /// A record with its type. Fails if it is another entity's.
    #[doc(hidden)]
    fn from_record(untyped: AnyRecord) -> Result<Self, DecodeError>;

    /// Changes a record that is known by its table, with its type; `false` if it is another entity's.
    #[doc(hidden)]
    fn edit(untyped: &mut dyn Record, change: &mut dyn FnMut(&mut Self)) -> bool;

    /// The properties that every record has.
    fn common(&self) -> &Common {
        self.as_dyn().common()
    }

    /// The properties that every record has, for writing.
    fn common_mut(&mut self) -> &mut Common {
        self.as_dyn_mut().common_mut()
    }

    /// The id of this record, if it has one.
    fn id(&self) -> Option<Id<Self>> {
        self.common().id.map(Id::new)
    }

    /// How much of the record the service sent.
    fn origin(&self) -> Origin {
        self.as_dyn().origin()
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
    label = "`{Self}` cannot be listed",
    note = "the documentation of each entity lists its operations"
)]
pub trait CanList: Entity {}

/// Marks the entities whose records can be fetched by id.
#[diagnostic::on_unimplemented(
    message = "the service has no get operation for `{Self}`",
    label = "`{Self}` cannot be fetched by its id",
    note = "the documentation of each entity lists its operations"
)]
pub trait CanGet: Entity {}

/// Marks the entities whose records can be created.
#[diagnostic::on_unimplemented(
    message = "the service has no create operation for `{Self}`",
    label = "`{Self}` cannot be created",
    note = "the documentation of each entity lists its operations"
)]
pub trait CanCreate: Entity {
    /// A record to create.
    type New: Draft<Self>;
}

/// Marks the entities whose records can be updated.
#[diagnostic::on_unimplemented(
    message = "the service has no update operation for `{Self}`",
    label = "`{Self}` cannot be updated",
    note = "the documentation of each entity lists its operations"
)]
pub trait CanUpdate: CanGet {}

/// Marks the entities whose records can be deleted.
#[diagnostic::on_unimplemented(
    message = "the service has no delete operation for `{Self}`",
    label = "`{Self}` cannot be deleted",
    note = "the documentation of each entity lists its operations"
)]
pub trait CanDelete: Entity {}

/// A record to create: its required properties are there, and nothing that was not set is sent.
pub trait Draft<E: Entity>: Send + Sync {
    /// What was set.
    fn record(&self) -> &E;
}

// What the methods of an entity do. Each of them is one call of a function here, so rustc checks the code once and not for
// each entity; it is compiled for each, with the records.

/// What [`Entity::edit`] does.
#[doc(hidden)]
pub fn edit<E: Entity + DerefMut<Target = P>, P: Record>(
    untyped: &mut dyn Record,
    change: &mut dyn FnMut(&mut E),
) -> bool {
    let untyped: &mut dyn Any = untyped;
    let Some(properties) = untyped.downcast_mut::<P>() else { return false };
    // The entity is a box around its properties, so they are in one for as long as the change takes.
    let mut whole = E::default();
    mem::swap(&mut *whole, properties);
    change(&mut whole);
    mem::swap(&mut *whole, properties);
    true
}

/// A record as its JSON object.
#[doc(hidden)]
pub fn serialize<S: Serializer>(record: &dyn Record, serializer: S) -> Result<S::Ok, S::Error> {
    record.to_value().serialize(serializer)
}

/// A record from a JSON object, as a summary.
#[doc(hidden)]
pub fn deserialize<'de, E: Entity, D: Deserializer<'de>>(deserializer: D) -> Result<E, D::Error> {
    from_value(&Json::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

/// Fills a field. Apart, so that dropping what it held is compiled once a type.
#[doc(hidden)]
#[inline(never)]
pub fn put<T>(field: &mut Option<T>, value: T) {
    *field = Some(value);
}

impl<E: Entity> AsRecords for Vec<E> {
    fn take(&mut self, record: AnyRecord) -> Result<(), DecodeError> {
        match E::from_record(record) {
            Ok(record) => {
                self.push(record);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn row(&self, at: usize) -> Option<&dyn Record> {
        match self.get(at) {
            Some(record) => Some(record.as_dyn()),
            None => None,
        }
    }
}

impl Rows {
    /// The records with the type of their entity. Fails if it is another.
    pub fn typed<E: Entity>(self) -> Result<Vec<E>, DecodeError> {
        let mut typed = Vec::new();
        self.move_to(&mut typed).map(|()| typed)
    }
}

impl EntityTable {
    #[doc(hidden)]
    pub const fn of<P: Record + Default>(facts: EntityFacts) -> Self {
        Self { facts, record: AnyRecord::empty::<P>, index: FieldIndex::new() }
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
