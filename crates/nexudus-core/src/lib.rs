//! What a record, a field, a page and an envelope of the Nexudus REST API are.
//!
//! The API is uniform: some 210 entities with the same verbs. So everything that can be said of all of them
//! is written here once, by hand, and interprets tables; the model crate holds the tables and the structs,
//! which are generated. Most programs use this crate through `nexudus-client`.

mod decode;
mod encode;
mod envelope;
mod file;
mod filter;
mod full;
#[rustfmt::skip]
mod generated;
mod guid;
mod id;
mod opaque;
mod open_enum;
mod page;
mod record;
#[cfg(test)]
mod sample;
mod slot;
mod table;
#[cfg(test)]
mod tests;
mod time;
pub mod transport;

pub use decode::{DecodeError, Leniency, LeniencyKind};
pub use envelope::{Envelope, FieldError};
pub use file::FileOf;
pub use filter::{
    CommonFilters, Condition, Direction, Equal, EqualOrWithin, Filter, ListQuery, OrderBy, QueryValue, TakesRange,
    TakesValue, Within,
};
pub use full::{Full, NotFull};
pub use generated::{Common, service};
pub use guid::{Guid, GuidError};
pub use id::Id;
pub use opaque::OpaqueBox;
pub use open_enum::{EnumTable, OpenEnum, Unlisted};
pub use page::{AnyPage, Page, PageInfo, Rows, decode_rows};
pub use record::{
    CanCreate, CanDelete, CanGet, CanList, CanUpdate, Change, Draft, Entity, Extra, Origin, Record, SetError, Slots,
    diff, from_json, from_json_strict, from_value, same,
};
pub use slot::{Read, Reading, Slot, SlotValue, Token};
pub use table::{Doubt, EntityTable, Field, FieldIndex, File, Kind, Maker, Operation, Provenance, RelatedFilter};
pub use time::{CivilDateTime, DateTime, TimeError};

/// Any JSON value.
pub use serde_json::Value as Json;

/// A decimal number, exact to 15 digits on its way over the wire.
pub use rust_decimal::Decimal;

/// What generated code uses.
#[doc(hidden)]
pub mod prelude {
    pub use crate::{
        CanCreate, CanDelete, CanGet, CanList, CanUpdate, CivilDateTime, Common, DateTime, Decimal, Doubt, Draft,
        Entity, EntityTable, EnumTable, Equal, EqualOrWithin, Extra, Field, FieldIndex, File, FileOf, Filter, Guid, Id,
        Json, Kind, Maker, OpaqueBox, OpenEnum, Operation, Provenance, Record, RelatedFilter, Slot, Slots, Unlisted,
        Within,
    };
}
