//! Complete records, which can be sent back.

use std::fmt;
use std::ops::{Deref, DerefMut};

use bytes::Bytes;

use super::diff::{Change, diff};
use super::typed::Entity;
use crate::codec::{self, Context, Keep};
use crate::json::DecodeError;
use crate::record::{AnyRecord, EntityTable, Origin, Record};
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
/// another record into its place is noticed when it is sent: see [`Full::body`].
#[derive(Clone)]
pub struct Full<E> {
    record: E,
    received: Received,
}

/// A complete record of an entity that is known only by its table: a [`Full`] without its type.
#[derive(Clone)]
pub struct AnyFull {
    record: AnyRecord,
    received: Received,
}

/// A response to a get.
#[derive(Clone)]
struct Received {
    json: Bytes,
    /// Only a record without its type may have none.
    id: Option<i64>,
}

impl Received {
    fn record(&self, table: &EntityTable) -> AnyRecord {
        let mut record = table.make();
        // These bytes were decoded once already; were they not, an empty record would make every property a change.
        codec::record(&self.json, &mut *record, Origin::Full, &mut Context::lenient(table)).ok();
        record
    }
}

impl AnyFull {
    /// Decodes the answer to a get of an entity that is known by its table.
    pub fn decode(table: &EntityTable, json: impl Into<Bytes>) -> Result<Self, DecodeError> {
        let json = json.into();
        let mut record = table.make();
        codec::record(&json, &mut *record, Origin::Full, &mut Context::lenient(table))?;
        let id = record.common().id;
        Ok(Self { record, received: Received { json, id } })
    }

    /// The same with the type of its entity. Fails if it is another's, or if it has no id.
    pub fn typed<E: Entity>(self) -> Result<Full<E>, DecodeError> {
        Full::from_untyped(Ok(self), |error| error)
    }

    fn with_id<X>(untyped: Result<Self, X>, other: fn(DecodeError) -> X) -> Result<Self, X> {
        let full = untyped?;
        match full.received.id {
            Some(_) => Ok(full),
            None => Err(other(DecodeError::without_id(full.record.describe().name))),
        }
    }

    /// The record as it was received.
    pub fn received(&self) -> AnyRecord {
        self.received.record(self.record.describe())
    }

    /// What was changed since the record was received.
    pub fn changes(&self) -> Vec<Change> {
        diff(&*self.received(), &*self.record)
    }

    /// What an update sends: see [`Full::body`].
    pub fn body(&self) -> Result<Vec<u8>, NotFull> {
        body(&*self.record)
    }
}

impl<E: Entity> Full<E> {
    /// The same record with the type of its entity. What depends on the entity is compiled for each, in the programs
    /// that get it, so it is as little as can be.
    #[doc(hidden)]
    pub fn from_untyped<X>(untyped: Result<AnyFull, X>, other: fn(DecodeError) -> X) -> Result<Self, X> {
        match AnyFull::with_id(untyped, other) {
            Ok(AnyFull { record, received }) => match E::from_record(record) {
                Ok(record) => Ok(Self { record, received }),
                Err(error) => Err(other(error)),
            },
            Err(error) => Err(error),
        }
    }

    /// Decodes the answer to a get.
    pub fn decode(json: impl Into<Bytes>) -> Result<Self, DecodeError> {
        AnyFull::decode(E::table(), json)?.typed()
    }

    /// The id of the record, as it was received.
    pub fn id(&self) -> Id<E> {
        // A record without an id is none of these: see `typed`.
        Id::new(self.received.id.unwrap_or_default())
    }

    /// The record as it was received.
    pub fn received(&self) -> AnyRecord {
        self.received.record(E::table())
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

    /// The record alone, which can't be sent back any more.
    pub fn into_record(mut self) -> E {
        self.record.as_dyn_mut().extra_mut().set_origin(Origin::New);
        self.record
    }
}

fn body(record: &dyn Record) -> Result<Vec<u8>, NotFull> {
    match record.origin() {
        Origin::Full => Ok(codec::to_vec(record, Keep::ForUpdate)),
        origin => Err(NotFull { entity: record.describe().name, origin }),
    }
}

impl<E> Deref for Full<E> {
    type Target = E;

    fn deref(&self) -> &E {
        &self.record
    }
}

impl<E> DerefMut for Full<E> {
    fn deref_mut(&mut self) -> &mut E {
        &mut self.record
    }
}

impl<E: PartialEq> PartialEq for Full<E> {
    fn eq(&self, other: &Self) -> bool {
        self.record == other.record
    }
}

impl<E: Entity> fmt::Debug for Full<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(self.record.as_dyn(), f)
    }
}

impl Deref for AnyFull {
    type Target = dyn Record;

    fn deref(&self) -> &Self::Target {
        &*self.record
    }
}

impl DerefMut for AnyFull {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut *self.record
    }
}

impl fmt::Debug for AnyFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(&*self.record, f)
    }
}

fn show(record: &dyn Record, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.debug_tuple("Full").field(&record).finish()
}
