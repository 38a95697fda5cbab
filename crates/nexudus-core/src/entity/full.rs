//! Complete records, which can be sent back.

use std::fmt;

use bytes::Bytes;

use super::diff::{Change, diff};
use super::typed::Entity;
use crate::codec::{self, Context, Keep};
use crate::json::DecodeError;
use crate::record::{AsRecord, EntityTable, Origin, Record};
use crate::value::Id;

/// Why a record can't be sent back whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotFull {
    entity: &'static str,
    origin: Origin,
}

impl NotFull {
    /// How much of the record the service had sent.
    pub fn origin(&self) -> Origin {
        self.origin
    }
}

impl fmt::Display for NotFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.origin {
            Origin::New => "was made by the program",
            Origin::Summary => "came from a list, which leaves properties out",
            Origin::Full => "is complete",
        };
        write!(
            f,
            "this {} {what}: writing it back would clear what it lacks; get it by its id and change that",
            self.entity
        )
    }
}

impl std::error::Error for NotFull {}

/// A complete record, as it was fetched by its id. It can be sent back.
///
/// It derefs to the record; change the fields in place. Only the client makes one from a response. Putting
/// another record into its place is noticed when it is sent: see [`Full::body`]. `Full<dyn Record>` is one of an
/// entity that is known only by its table.
#[derive(Clone)]
pub struct Full<E: ?Sized> {
    record: Box<E>,
    received: Bytes,
    /// As it was received. Only a record without its type may have none.
    id: Option<i64>,
}

impl Full<dyn Record> {
    /// Decodes the answer to a get of an entity that is known by its table.
    pub fn decode_as(table: &EntityTable, json: impl Into<Bytes>) -> Result<Self, DecodeError> {
        let received = json.into();
        let mut record = table.make();
        codec::record(&received, &mut *record, Origin::Full, &mut Context::lenient(table))?;
        let id = record.common().id;
        Ok(Self { record, received, id })
    }

    /// The same with the type of its entity. Fails if it is another's, or if it has no id.
    pub fn typed<E: Entity>(self) -> Result<Full<E>, DecodeError> {
        let Self { record, received, id } = self.with_id()?;
        let found = record.describe().name;
        match E::from_record(record) {
            Some(record) => Ok(Full { record: Box::new(record), received, id }),
            None => Err(DecodeError::other_entity(E::NAME, found)),
        }
    }

    // Apart from `typed`, which is compiled for each entity.
    fn with_id(self) -> Result<Self, DecodeError> {
        match self.id {
            Some(_) => Ok(self),
            None => Err(DecodeError::without_id(self.record.describe().name)),
        }
    }
}

impl<E: AsRecord + ?Sized> Full<E> {
    /// The record as it was received.
    pub fn received(&self) -> Box<dyn Record> {
        received(self.record.as_dyn().describe(), &self.received)
    }

    /// What was changed since the record was received.
    pub fn changes(&self) -> Vec<Change> {
        diff(&*self.received(), self.record.as_dyn())
    }

    /// What an update sends: everything received, as edited, and what was set. Null `New…`, `Clear…`, `Added…`
    /// and `Removed…` properties are left out. Fails if the record in here is not the complete one any more.
    pub fn body(&self) -> Result<Vec<u8>, NotFull> {
        body(self.record.as_dyn())
    }
}

fn received(table: &EntityTable, json: &[u8]) -> Box<dyn Record> {
    let mut record = table.make();
    // These bytes were decoded once already; were they not, an empty record would make every property a change.
    codec::record(json, &mut *record, Origin::Full, &mut Context::lenient(table)).ok();
    record
}

fn body(record: &dyn Record) -> Result<Vec<u8>, NotFull> {
    match record.origin() {
        Origin::Full => Ok(codec::to_vec(record, Keep::ForUpdate)),
        origin => Err(NotFull { entity: record.describe().name, origin }),
    }
}

impl<E: Entity> Full<E> {
    /// Decodes the answer to a get.
    pub fn decode(json: impl Into<Bytes>) -> Result<Self, DecodeError> {
        Full::decode_as(E::table(), json)?.typed()
    }

    /// The id of the record, as it was received.
    pub fn id(&self) -> Id<E> {
        // A record without an id is none of these: see `typed`.
        Id::new(self.id.unwrap_or_default())
    }

    /// The record alone, which can't be sent back any more.
    pub fn into_record(self) -> E {
        let mut record = *self.record;
        record.as_dyn_mut().extra_mut().set_origin(Origin::New);
        record
    }
}

impl<E: ?Sized> std::ops::Deref for Full<E> {
    type Target = E;

    fn deref(&self) -> &E {
        &self.record
    }
}

impl<E: ?Sized> std::ops::DerefMut for Full<E> {
    fn deref_mut(&mut self) -> &mut E {
        &mut self.record
    }
}

impl<E: PartialEq + ?Sized> PartialEq for Full<E> {
    fn eq(&self, other: &Self) -> bool {
        self.record == other.record
    }
}

impl<E: fmt::Debug + ?Sized> fmt::Debug for Full<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Full").field(&&*self.record).finish()
    }
}
