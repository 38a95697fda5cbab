//! Entities as programs use them: typed records, pages, and access by JSON names.
//!
//! This room uses records and their codec, and no requests.

mod access;
mod diff;
mod full;
mod page;
mod typed;

pub use access::SetError;
pub use diff::{Change, diff, same};
pub use full::{AnyFull, Full, NotFull};
pub use page::{AnyPage, Page, PageInfo, UnreadableRow, decode_rows, decode_rows_at_most};
pub use typed::{
    CanCreate, CanDelete, CanGet, CanList, CanUpdate, Draft, Entity, from_json, from_json_strict, from_value,
};
pub use typed::{deserialize, edit, put, serialize};
