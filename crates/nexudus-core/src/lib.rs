//! The definitions of records, fields, pages and envelopes of the Nexudus REST API.
//!
//! The API is uniform: some 210 entities with the same operations. This crate holds the code that all of them share; it
//! interprets tables. The model crate contains the generated tables and structs. Most programs use this crate through
//! `nexudus-client`.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod codec;
mod entity;
mod facts;
#[rustfmt::skip]
#[allow(clippy::wildcard_imports, reason = "the spec says which types the common properties have")]
mod generated;
mod json;
mod query;
mod record;
#[cfg(test)]
mod sample;
mod table;
#[cfg(test)]
mod tests;
pub mod transport;
mod value;

pub use codec::{Envelope, FieldError, Leniency, LeniencyKind};
pub use entity::{
    AnyFull, AnyPage, CanCreate, CanDelete, CanGet, CanList, CanUpdate, Change, Draft, Entity, Full, NotFull, Page,
    PageInfo, SetError, UnreadableRow, decode_rows, decode_rows_at_most, diff, from_json, from_json_strict, from_value,
};
#[doc(hidden)]
pub use entity::{deserialize, edit, put, same, serialize};
#[doc(hidden)]
pub use facts::fact;
pub use facts::{
    Action, ActionBody, CommandFacts, Doubt, EnumFormat, EnumTable, Field, Kind, Parameter, Personal, Provenance,
    ResponseContent,
};
pub use generated::{Common, service};
pub use json::{DecodeError, Json, JsonError, JsonRef, OneLine};
pub use query::{
    ActionOf, CommandOf, CommonFilters, Condition, Direction, Equal, EqualOrWithin, FileOf, Filter, ListQuery, OrderBy,
    QueryValue, TakesRange, TakesValue, Within,
};
pub use record::{AnyRecord, AsRecord, EntityTable, Extra, OpaqueBox, Origin, Record, Rows};
pub use table::{DefaultOrder, EntityFacts, FileFacts, Operation, RelatedFilter};
pub use value::{
    CivilDateTime, DateTime, EntityName, Guid, GuidError, Id, OpenEnum, Read, Reading, Slot, SlotValue, Slots,
    TimeError, Token, Unlisted,
};

/// A decimal number of up to 28 digits, exact to the last.
pub use rust_decimal::Decimal;

/// What generated code uses.
#[doc(hidden)]
pub mod prelude {
    pub use crate::{
        Action, ActionBody, ActionOf, AsRecord, CanCreate, CanDelete, CanGet, CanList, CanUpdate, CivilDateTime,
        CommandFacts, CommandOf, Common, CommonFilters, DateTime, Decimal, DefaultOrder, Doubt, Draft, Entity,
        EntityFacts, EntityName, EntityTable, EnumTable, Equal, EqualOrWithin, Extra, Field, FileFacts, FileOf, Filter,
        Guid, Id, Json, Kind, OpaqueBox, OpenEnum, Operation, Parameter, Provenance, Record, RelatedFilter,
        ResponseContent, Rows, Slot, SlotValue, Slots, Unlisted, Within,
    };
}
