//! Records as JSON.
//!
//! A property is written where it was received or set, and nowhere else. A field that still means what was
//! received is written in the received spelling.

use serde_json::{Map, Value};

use crate::facts::EntityFacts;
use crate::record::{Record, slot_of};
use crate::value::{Token, print_bare, print_json};

/// Which properties go into the text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// All that were received or set.
    All,
    /// The same without null in properties that are only ever written: in an update they would be noise.
    ForUpdate,
}

/// The property at a position as it is to be written; `None` if it was neither received nor set.
pub(crate) fn token_at<'a>(record: &'a dyn Record, table: &EntityFacts, at: usize) -> Option<Token<'a>> {
    let slot = slot_of(record, table, at)?;
    let extra = record.extra();
    match extra.odd_at(at) {
        Some(raw) if slot.means(raw) => Some(Token::of(raw)),
        _ => match slot.write() {
            None if extra.was_received(at) => Some(Token::Null),
            token => token,
        },
    }
}

/// The record as JSON text.
pub(crate) fn to_vec(record: &dyn Record, keep: Keep) -> Vec<u8> {
    let table = record.describe();
    let extra = record.extra();
    let mut out = Vec::with_capacity(1024);
    out.push(b'{');
    for (at, field) in table.all_fields().enumerate() {
        let Some(slot) = slot_of(record, table, at) else { continue };
        // Most fields are written, so a key that turns out to have no value is taken back.
        let start = out.len();
        if start > 1 {
            out.push(b',');
        }
        // The names of the spec are identifiers, so they need no escape.
        print_bare(&mut out, field.name);
        out.push(b':');
        let written = match extra.odd_at(at) {
            Some(raw) if slot.means(raw) => {
                print_json(&mut out, raw);
                true
            }
            _ => slot.print(&mut out),
        };
        if !written && extra.was_received(at) && !(keep == Keep::ForUpdate && field.is_write_only()) {
            out.extend_from_slice(b"null");
        } else if !written {
            out.truncate(start);
        }
    }
    for (name, value) in extra.unknown() {
        if out.len() > 1 {
            out.push(b',');
        }
        print_json(&mut out, name);
        out.push(b':');
        print_json(&mut out, value);
    }
    out.push(b'}');
    out
}

/// The record as a JSON object.
pub(crate) fn to_map(record: &dyn Record) -> Map<String, Value> {
    let table = record.describe();
    let mut map = Map::new();
    for (at, field) in table.all_fields().enumerate() {
        if let Some(token) = token_at(record, table, at) {
            map.insert(field.name.to_owned(), token.into_value());
        }
    }
    map.extend(record.extra().unknown().map(|(name, value)| (name.clone(), value.clone())));
    map
}
