//! Records as JSON.
//!
//! A property is written where it was received or set, and nowhere else. A field that still means what was
//! received is written in the received spelling.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::record::{Record, slot_of};
use crate::slot::Token;
use crate::table::EntityTable;

/// Which properties go into the text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// All that were received or set.
    All,
    /// The same without null in properties that are only ever written: in an update they would be noise.
    ForUpdate,
}

/// The property at a position as it is to be written; `None` if it was neither received nor set.
pub(crate) fn token_at<'a>(record: &'a dyn Record, table: &EntityTable, at: usize) -> Option<Token<'a>> {
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
    let mut out = Vec::with_capacity(1024);
    out.push(b'{');
    for (at, field) in table.all_fields().enumerate() {
        match token_at(record, table, at) {
            None => {}
            Some(Token::Null) if keep == Keep::ForUpdate && field.is_write_only() => {}
            Some(token) => {
                write_key(&mut out, field.name);
                write_token(&mut out, token);
            }
        }
    }
    for (name, value) in record.extra().unknown() {
        write_key(&mut out, name);
        write_json(&mut out, value);
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

fn write_key(out: &mut Vec<u8>, name: &str) {
    if out.len() > 1 {
        out.push(b',');
    }
    write_json(out, name);
    out.push(b':');
}

fn write_token(out: &mut Vec<u8>, token: Token<'_>) {
    match token {
        Token::Null => out.extend_from_slice(b"null"),
        Token::Bool(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
        Token::Int(value) => write_json(out, &value),
        Token::UInt(value) => write_json(out, &value),
        Token::Float(value) => write_json(out, &value),
        Token::Text(Cow::Borrowed(text)) => write_json(out, text),
        Token::Text(Cow::Owned(text)) => write_json(out, &text),
        Token::Ints(values) => write_json(out, &values),
        Token::Tree(tree) => write_json(out, tree.as_ref()),
    }
}

/// JSON values, text and numbers into memory: this has no way to fail.
fn write_json<T: serde::Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(out, value).ok();
}
