//! Encoding of records to JSON text.
//!
//! A property is written only if it was received or set. A field whose value has not changed is written as it was
//! received, byte for byte.

use crate::facts::Field;
use crate::json::{Json, print_bare};
use crate::record::{Extra, Record, slot_of};
use crate::table::EntityFacts;

/// Which properties go into the text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// All that were received or set.
    All,
    /// The same without null in properties that are only ever written: in an update they would be noise.
    ForUpdate,
}

/// Appends the property at a position; says whether it was received or set.
fn print_property(
    (record, extra): (&dyn Record, &Extra),
    table: &EntityFacts,
    (at, field): (usize, &Field),
    out: &mut Vec<u8>,
) -> bool {
    let Some(slot) = slot_of(record, table, at) else { return false };
    if let Some(kept) = extra.kept_at(at)
        && slot.means(kept)
    {
        out.extend_from_slice(kept.text().as_bytes());
        return true;
    }
    if slot.print(out, field.enum_format()) {
        return true;
    }
    let received = extra.was_received(at);
    if received {
        out.extend_from_slice(b"null");
    }
    received
}

/// The property at a position as it is to be written; `None` if it was neither received nor set.
pub(crate) fn property_at(record: &dyn Record, table: &EntityFacts, at: usize) -> Option<Json> {
    let field = table.field(at)?;
    let mut there = false;
    let json = Json::printed(|out| there = print_property((record, record.extra()), table, (at, field), out));
    there.then_some(json)
}

/// The record as JSON text.
pub(crate) fn to_vec(record: &dyn Record, keep: Keep) -> Vec<u8> {
    let (table, extra) = (record.describe(), record.extra());
    let mut out = Vec::with_capacity(1024);
    out.push(b'{');
    for (at, field) in table.all_fields().enumerate() {
        // Most fields are written, so a key that turns out to have no value is taken back.
        let start = out.len();
        if start > 1 {
            out.push(b',');
        }
        // The names of the spec are identifiers, so they need no escape.
        print_bare(&mut out, field.name);
        out.push(b':');
        let value = out.len();
        let written = print_property((record, extra), table, (at, field), &mut out);
        let is_noise = || keep == Keep::ForUpdate && field.is_write_only() && out.get(value..) == Some(b"null");
        if !written || is_noise() {
            out.truncate(start);
        }
    }
    let unknown = extra.unknown_text();
    if !unknown.is_empty() {
        if out.len() > 1 {
            out.push(b',');
        }
        out.extend_from_slice(unknown.as_bytes());
    }
    out.push(b'}');
    out
}
