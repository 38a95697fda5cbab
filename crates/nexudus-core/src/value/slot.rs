//! Access to the typed fields of a record by position.
//!
//! A record is a struct, and the code that decodes, encodes and compares records uses only its table. [`Slot`] connects
//! the two: it is implemented once for `Option<T>` with a few value types, and one generated `match` for each entity
//! maps a position to a slot.
//!
//! Decoding a value has four results, see [`Reading`]. In all but the first, the record keeps the text of the value
//! next to the typed field and writes it back, until the field is set to another value. No JSON value is rejected: a
//! value that a field cannot hold leaves it empty.

use std::any::Any;

use super::token::Token;
use crate::facts::{EnumFormat, Kind};
use crate::json::{Json, JsonRef};

/// How well a value was understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// As it will be written again.
    Exact,
    /// As the spec says, but spelt otherwise than it would be written: `1E5`, `[1, 2]`.
    Equivalent,
    /// Not as the spec says, but it can only mean one thing: an id as text, `1` for `true`.
    Lenient,
    /// Nothing that the field can hold. The field is empty.
    Unreadable,
}

/// A typed field of a record, seen without its type.
pub trait Slot {
    /// Takes a value in. `form` is what the property's table says of its form on the wire.
    fn read(&mut self, token: Token<'_>, form: EnumFormat) -> Reading;
    /// Appends the value as JSON text, if there is one; says whether there was.
    fn print(&self, out: &mut Vec<u8>, form: EnumFormat) -> bool;
    /// An empty field of the same type.
    #[doc(hidden)]
    fn empty(&self) -> Box<dyn Slot>;
    /// Whether another field is of the same kind and holds the same.
    fn equals(&self, other: &dyn Slot) -> bool;
    /// Takes the value of another field of the same type.
    #[doc(hidden)]
    fn copy(&mut self, other: &dyn Slot);
    #[doc(hidden)]
    fn as_any(&self) -> &dyn Any;
    /// Whether the field holds a value.
    fn is_set(&self) -> bool;
    /// Makes the field empty.
    fn clear(&mut self);
    /// What the field takes, for messages.
    fn expected(&self) -> &'static str;
}

impl dyn Slot + '_ {
    /// Whether a JSON value means just what the field holds now.
    pub fn means(&self, json: JsonRef<'_>) -> bool {
        let mut other = self.empty();
        other.read(Token::of(json.raw()), EnumFormat::Number);
        self.equals(&*other)
    }

    /// The value as JSON, if there is one.
    pub fn to_json(&self, form: EnumFormat) -> Option<Json> {
        self.is_set().then(|| {
            Json::printed(|out| {
                self.print(out, form);
            })
        })
    }
}

/// What came of reading a value of type `T`: a struct, so that code that is compiled for each type has nothing to
/// match.
#[derive(Clone, Debug, PartialEq)]
pub struct Read<T> {
    /// How well the value was understood.
    pub reading: Reading,
    /// The value; there is none if it was unreadable.
    pub value: Option<T>,
}

impl<T> Read<T> {
    /// Nothing that a `T` can hold.
    pub const UNREADABLE: Self = Self { reading: Reading::Unreadable, value: None };

    /// As it will be written again.
    pub const fn exact(value: T) -> Self {
        Self { reading: Reading::Exact, value: Some(value) }
    }

    /// Exact if the condition holds, else equivalent.
    pub(super) fn exact_if(exact: bool, value: T) -> Self {
        Self { reading: if exact { Reading::Exact } else { Reading::Equivalent }, value: Some(value) }
    }

    /// Lenient if there is a value.
    pub(super) fn lenient(value: Option<T>) -> Self {
        Self { reading: if value.is_some() { Reading::Lenient } else { Reading::Unreadable }, value }
    }
}

/// A type that a field can hold.
pub trait SlotValue: Sized + Clone + PartialEq + 'static {
    /// What it takes, for messages.
    const EXPECTED: &'static str;
    /// What a table says of it.
    const KIND: Kind;
    /// Reads a value. Never called with null.
    fn read(token: Token<'_>, form: EnumFormat) -> Read<Self>;
    /// Appends the value as JSON text.
    fn print(&self, out: &mut Vec<u8>, form: EnumFormat);
}

impl<T: SlotValue> Slot for Option<T> {
    fn read(&mut self, token: Token<'_>, form: EnumFormat) -> Reading {
        if matches!(token, Token::Null) {
            assign(self, None);
            return Reading::Exact;
        }
        let read = T::read(token, form);
        assign(self, read.value);
        read.reading
    }

    fn print(&self, out: &mut Vec<u8>, form: EnumFormat) -> bool {
        if let Some(value) = self {
            value.print(out, form);
        }
        self.is_some()
    }

    fn empty(&self) -> Box<dyn Slot> {
        Box::new(None::<T>)
    }

    fn equals(&self, other: &dyn Slot) -> bool {
        other.as_any().downcast_ref::<Self>() == Some(self)
    }

    fn copy(&mut self, other: &dyn Slot) {
        if let Some(other) = other.as_any().downcast_ref::<Self>() {
            assign(self, other.clone());
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn is_set(&self) -> bool {
        self.is_some()
    }

    fn clear(&mut self) {
        assign(self, None);
    }

    fn expected(&self) -> &'static str {
        T::EXPECTED
    }
}

/// Sets a field. Apart, so that dropping what it held is compiled once a type.
#[inline(never)]
fn assign<T>(field: &mut Option<T>, value: Option<T>) {
    *field = value;
}

/// The typed fields of a record by their position in its table. Implemented by generated code.
pub trait Slots {
    /// The field at a position, for reading.
    fn slot(&self, at: usize) -> Option<&dyn Slot>;
    /// The field at a position, for writing.
    fn slot_mut(&mut self, at: usize) -> Option<&mut dyn Slot>;
}
