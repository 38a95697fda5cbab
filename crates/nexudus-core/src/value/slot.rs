//! Access to the typed fields of a record by position.
//!
//! A record is a plain struct; the code that decodes, encodes and compares records knows only its table. What
//! joins the two is [`Slot`], implemented once for `Option<T>` over a handful of kinds, and one generated
//! `match` an entity from a position to a slot. A value on its way in or out is a [`Token`]: one JSON value,
//! borrowed from the input where that is possible.
//!
//! Reading is where fidelity is decided. A kind accepts its own spelling as plain; another spelling of the
//! right thing (an id as text) as odd, which makes the record keep the original beside the typed value; and
//! the right JSON type with a content that the type can't hold as unreadable, which is kept the same way while
//! the typed field stays empty. Only a JSON type that can't be meant is an error.

use std::any::Any;

use serde_json::Value;

use super::token::Token;

/// How well a value was understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// In the spelling that it will be written in again.
    Plain,
    /// In another spelling; the original must be kept.
    Odd,
    /// Of the right JSON type, but not a value that the field can hold; the original must be kept.
    Unreadable,
    /// Of a JSON type that can't be meant.
    Wrong,
}

/// A typed field of a record, seen without its type.
pub trait Slot {
    /// Takes a value in. The token is used up only by a [`Reading::Plain`].
    fn read(&mut self, token: &mut Token<'_>) -> Reading;
    /// The value, if there is one.
    fn write(&self) -> Option<Token<'_>>;
    /// Appends the value as JSON text, if there is one; says whether there was.
    fn print(&self, out: &mut Vec<u8>) -> bool;
    /// Whether a JSON value means just what the field holds now.
    fn means(&self, raw: &Value) -> bool;
    /// Whether another field is of the same kind and holds the same.
    fn equals(&self, other: &dyn Slot) -> bool;
    #[doc(hidden)]
    fn as_any(&self) -> &dyn Any;
    /// Whether the field holds a value.
    fn is_set(&self) -> bool;
    /// Makes the field empty.
    fn clear(&mut self);
    /// What the field takes, for messages.
    fn expected(&self) -> &'static str;
}

/// What came of reading a value of type `T`.
pub enum Read<T> {
    /// In the spelling that it will be written in again.
    Plain(T),
    /// In another spelling.
    Odd(T),
    /// Nothing that a `T` can hold, though of the right JSON type.
    Unreadable,
    /// Of a JSON type that can't be meant.
    Wrong,
}

/// A type that a field can hold.
pub trait SlotValue: Sized + Clone + PartialEq + 'static {
    /// What it takes, for messages.
    const EXPECTED: &'static str;
    /// Reads a value; the token is used up only where the answer is plain. Never called with null.
    fn read(token: &mut Token<'_>) -> Read<Self>;
    /// The value as it is written.
    fn write(&self) -> Token<'_>;
    /// Appends the value as JSON text.
    fn print(&self, out: &mut Vec<u8>) {
        self.write().print(out);
    }
}

impl<T: SlotValue> Slot for Option<T> {
    fn read(&mut self, token: &mut Token<'_>) -> Reading {
        *self = None;
        if matches!(token, Token::Null) {
            return Reading::Plain;
        }
        match T::read(token) {
            Read::Plain(value) => {
                *self = Some(value);
                Reading::Plain
            }
            Read::Odd(value) => {
                *self = Some(value);
                Reading::Odd
            }
            Read::Unreadable => Reading::Unreadable,
            Read::Wrong => Reading::Wrong,
        }
    }

    fn write(&self) -> Option<Token<'_>> {
        self.as_ref().map(T::write)
    }

    fn print(&self, out: &mut Vec<u8>) -> bool {
        if let Some(value) = self {
            value.print(out);
        }
        self.is_some()
    }

    fn means(&self, raw: &Value) -> bool {
        let mut other = None;
        other.read(&mut Token::of(raw)) != Reading::Wrong && *self == other
    }

    fn equals(&self, other: &dyn Slot) -> bool {
        other.as_any().downcast_ref::<Self>() == Some(self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn is_set(&self) -> bool {
        self.is_some()
    }

    fn clear(&mut self) {
        *self = None;
    }

    fn expected(&self) -> &'static str {
        T::EXPECTED
    }
}

/// The typed fields of a record by their position in its table. Implemented by generated code.
pub trait Slots {
    /// The field at a position, for reading.
    fn slot(&self, at: usize) -> Option<&dyn Slot>;
    /// The field at a position, for writing.
    fn slot_mut(&mut self, at: usize) -> Option<&mut dyn Slot>;
}
